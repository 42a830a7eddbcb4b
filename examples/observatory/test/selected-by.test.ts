import { series } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import { expect, it, onTestFinished } from 'vitest'

import { selectedBy } from '../server/answers/selected-by.ts'
import { SeriesIndex } from '../server/answers/series-index.ts'
import { temporaryFolder } from './fault-log-rig.ts'

it('a query selects a series by its key where the store knows it, and none where that cannot be said', async () => {
  const store = await openRollupStore(await temporaryFolder())
  onTestFinished(() => store.close())
  const isSelected = selectedBy(store, new SeriesIndex(store))
  const berlin = series('jobs', { shop: 'berlin' })
  const rome = series('jobs', { shop: 'rome' })
  expect(isSelected('shop:berlin', berlin.key)).toBe(false)
  await store.write({
    values: [berlin, rome].map((one) => ({ series: one, time: Date.now(), value: 1, kind: 'gauge' })),
    position: { journalId: 'a', firstSeq: 1, lastSeq: 2 },
    gaps: [],
  })
  expect(isSelected('shop:berlin', berlin.key)).toBe(true)
  expect(isSelected('or(shop:paris,__name:jobs)', berlin.key)).toBe(true)
  expect(isSelected('shop:berlin', rome.key)).toBe(false)
  expect(isSelected('no query(', berlin.key)).toBe(false)
})

it('a query that takes long selects nothing, and does not hold up who is told', () => {
  const one = series('jobs', { shop: 'a' })
  const index = { all: () => new Map([[one.key, one]]), categoriesOf: () => new Set<string>() }
  const endless = {
    series: (): never => {
      for (;;);
    },
  }
  expect(selectedBy(endless, index)('shop:a', one.key)).toBe(false)
})
