import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createCheckPlaces } from '../../src/ticking/check-places.ts'

const act = fc.record({
  kind: fc.constantFrom('wait', 'wait', 'next', 'next', 'free', 'leave'),
  host: fc.constantFrom('a', 'b', 'c'),
  which: fc.nat(20),
})

describe('places', () => {
  it('are given to who came first and whose host has one', () => {
    fc.assert(
      fc.property(
        fc.array(act, { maxLength: 80, size: 'max' }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        (acts, total, perHost) => {
          const places = createCheckPlaces<number>(total, perHost)
          const waiting: { readonly item: number; readonly host: string }[] = []
          const taken: string[] = []
          for (const [item, { kind, host, which }] of acts.entries()) {
            if (kind === 'wait') {
              waiting.push({ item, host })
              places.wait(item, host)
            } else if (kind === 'leave') {
              for (const gone of waiting.splice(which, 1)) places.leave(gone.item, gone.host)
            } else if (kind === 'free') {
              for (const free of taken.splice(which, 1)) places.free(free)
            } else {
              const at = waiting.findIndex(
                (one) => taken.filter((name) => name === one.host).length < perHost,
              )
              const [first] = taken.length < total && at >= 0 ? waiting.splice(at, 1) : []
              expect(places.next()).toBe(first?.item)
              if (first !== undefined) taken.push(first.host)
            }
          }
        },
      ),
    )
  })
})
