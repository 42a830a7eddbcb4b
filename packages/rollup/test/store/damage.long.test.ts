import { describe, expect, it } from 'vitest'

import { filesOf, filledStore, flipped, untold } from './living/damaged-store.ts'
import { directory } from './living/living-store.ts'

describe('a damaged store', () => {
  it.each([
    ['few windows', false, 1],
    ['a day that is sealed', true, 151],
  ] as const)(
    'says no wrong number that it does not tell of, whichever byte of whichever file is flipped (%s)',
    async (_what, isFull, step) => {
      const { memory, samples } = await filledStore(isFull)
      const found: string[] = []
      for (const name of await filesOf(memory)) {
        const { length } = memory.contents(`${directory}/${name}`)
        for (let at = 0; at < length; at += step) {
          const { wrong } = await untold(flipped(memory, name, at), samples)
          found.push(...wrong.slice(0, 3).map((one) => `${name} byte ${at}: ${one}`))
        }
      }
      expect(found).toEqual([])
    },
  )
})
