import { series } from '@tocsin/protocols'
import type { FetchedSeries, RollupQuery, RollupStore } from '@tocsin/rollup/store'
import { expect, it } from 'vitest'

import { readHistory } from '../history.ts'

const slot = (key: string, value: number | string | null): FetchedSeries => ({
  series: series(key),
  start: 0,
  periodMs: 60_000,
  values: [value],
})

it('gives each series its own values, also when one comes into the store between two answers', async () => {
  const answers: Partial<Record<RollupQuery['value'], FetchedSeries[]>> = {
    average: [slot('load', 1.5), slot('sent', null), slot('version', null)],
    rate: [slot('a new one', 7), slot('load', null), slot('sent', 100), slot('version', null)],
    last: [slot('a new one', 7), slot('load', 2), slot('sent', 600), slot('version', '1.1')],
  }
  const rollups: Pick<RollupStore, 'fetch'> = { fetch: async ({ value }) => answers[value] ?? [] }
  const history = await readHistory(rollups, new URLSearchParams({ from: '0', to: '60000' }))
  expect('series' in history && history.series.map(({ key, values }) => [key, values])).toEqual([
    ['load', [1.5]],
    ['sent', [100]],
    ['version', ['1.1']],
  ])
})
