import type { CheckResult } from '@tocsin/protocols/checks'
import { of, toArray } from 'rxjs'
import { expect, it } from 'vitest'

import { upSamples } from '../up.ts'

it('takes an answer that is bad for down, and says nothing of what nobody knows', async () => {
  const states = ['good', 'warning', 'bad', 'unknown'] as const
  const results = states.map((state) => ({ check: 'shop', time: 1, state }) as CheckResult)
  const samples = await new Promise<readonly { value: unknown }[]>((resolve) => {
    of(...results)
      .pipe(upSamples(), toArray())
      .subscribe(resolve)
  })
  expect(samples.map(({ value }) => value)).toEqual([1, 1, 0])
})
