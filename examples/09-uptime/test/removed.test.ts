import { pollCheck } from '@tocsin/protocols/checks'
import { of, toArray } from 'rxjs'
import { expect, it } from 'vitest'

import { removedSamples } from '../removed.ts'

const named = (...names: readonly string[]) =>
  names.map((name) => ({ check: pollCheck(name, async () => ({})), periodMs: 1000 }))

it('ends what is judged of the targets that are taken out, and of no others', async () => {
  const lists = of(named('shop', 'pay'), named('pay', 'blog'), named('pay', 'blog'), named())
  const samples = await new Promise<readonly { kind: string; series: { key: string } }[]>((resolve) => {
    lists.pipe(removedSamples(), toArray()).subscribe(resolve)
  })
  expect(samples.every(({ kind }) => kind === 'stale')).toBe(true)
  expect(samples.map(({ series }) => series.key)).toEqual(
    ['shop', 'pay', 'blog'].flatMap((name) => [
      `hard_state|ST[check:${name}]`,
      `cert_end_in|ST[check:${name}]`,
    ]),
  )
})
