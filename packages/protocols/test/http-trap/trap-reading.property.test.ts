import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { collectBody } from '../collect.ts'
import { checkSpoiltBodies } from './spoilt-bodies.ts'
import { documents, flattened, written } from './trap-bodies.ts'

const lines = (parser: ReturnType<typeof createHttpTrapParser>, body: string): readonly string[] =>
  collectBody(parser, body).samples.map(
    ({ series, value, exact }) => `${series.key}=${String(exact ?? (value as number | string))}`,
  )
const space = fc.constantFrom('', ' ', '\n\t')

describe('a body', () => {
  it('gives what a plain walk finds, each digit and each name that comes twice', () => {
    fc.assert(
      fc.property(documents, space, (bodies, between) => {
        const body = bodies.map((one) => written(one, between)).join(between)
        expect(lines(createHttpTrapParser(), body)).toEqual(bodies.flatMap((one) => flattened(one)))
      }),
      runs(500),
    )
  })

  it('gives the same whatever bodies came before it, in whatever order their names were', () => {
    const used = createHttpTrapParser({ maxNameBytes: 30_000 })
    fc.assert(
      fc.property(documents, space, (bodies, between) => {
        const body = bodies.map((one) => written(one, between)).join(between)
        expect(lines(used, body)).toEqual(bodies.flatMap((one) => flattened(one)))
      }),
      runs(500),
    )
  })

  it('is taken or left out, whatever two thousand spoilt ones hold, and nothing throws', () => {
    checkSpoiltBodies(Number(process.env['FC_NUM_RUNS'] ?? 2000))
  })
})
