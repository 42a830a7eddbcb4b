import fc from 'fast-check'
import { expect } from 'vitest'

import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { brief, collectBody } from '../collect.ts'
import { grammar } from './trap-bodies.ts'

const tokens = [
  ...Array.from('{}[],:"\\-+.0e '),
  '\u0000',
  '"_value":',
  '"_ts":',
  '"_type":',
  '"\\ud800"',
  '1e999',
  'null',
  '[[[[[[',
].map((text) => Buffer.from(text))
const edit = fc.record({
  at: fc.nat({ max: 200 }),
  removed: fc.nat({ max: 3 }),
  put: fc.oneof(fc.constantFrom(...tokens), fc.uint8Array({ maxLength: 3 })),
})

const spoilt = fc
  .record({ body: fc.constantFrom(...grammar), edits: fc.array(edit, { minLength: 1, maxLength: 4 }) })
  .map(({ body, edits }) =>
    edits.reduce<Buffer>((bytes, { at, removed, put }) => {
      const from = at % (bytes.length + 1)
      return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + removed)])
    }, Buffer.from(body)),
  )

/**
 * Whatever becomes of a body: nothing is thrown, each problem lies in the body, values are counted, and a parser that has read other
 * bodies makes of it what a new one makes.
 */
export function checkSpoiltBodies(numRuns: number): void {
  const used = createHttpTrapParser({ maxNameBytes: 20_000, maxDepth: 5 })
  fc.assert(
    fc.property(spoilt, (bytes) => {
      const { samples, problems, outcome } = collectBody(used, bytes)
      const again = collectBody(createHttpTrapParser({ maxDepth: 5 }), bytes)
      expect([samples.map(brief), problems, outcome]).toEqual([
        again.samples.map(brief),
        again.problems,
        again.outcome,
      ])
      for (const { start, end } of problems) {
        expect(start).toBeGreaterThanOrEqual(0)
        expect(end).toBeLessThanOrEqual(bytes.length)
        expect(start).toBeLessThan(end)
      }
      expect(outcome.filtered + samples.length).toBeGreaterThanOrEqual(problems.length === 0 ? 0 : 1)
      if (outcome.stopped !== undefined) expect(outcome.stopped.end).toBe(bytes.length)
    }),
    { numRuns },
  )
}
