import { describe, expect, it } from 'vitest'

import { hour } from '../support/samples.ts'
import { crashAt, cuts, operationsOf, script } from './living/crash-at.ts'

describe('a store that loses power at any operation', () => {
  it.each(
    Object.keys(cuts).flatMap(
      (name) =>
        [
          [name, hour],
          [name, 0],
        ] as const,
    ),
  )(
    'has what it acknowledged, and with the rest says what it says without a crash (the disk keeps %s, the log %i ms)',
    async (name, rawHorizonMs) => {
      const operations = await operationsOf(script, rawHorizonMs)
      const found: string[] = []
      for (let operation = 1; operation <= operations + 1; operation += 1) {
        const wrong = await crashAt(script, { operation, cut: cuts[name] ?? {}, rawHorizonMs })
        found.push(...wrong.slice(0, 3).map((one) => `${operation}: ${one}`))
      }
      expect(found).toEqual([])
    },
  )
})
