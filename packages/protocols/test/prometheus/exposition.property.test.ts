import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createPrometheusParser, type PrometheusParserOptions } from '../../src/prometheus/index.ts'
import { arrival } from '../collect.ts'

type Parser = ReturnType<typeof createPrometheusParser>

/** All that comes of a page, in its order. */
function read(parser: Parser, page: Uint8Array): unknown {
  const told: unknown[] = []
  const outcome = parser.parse(page, arrival, {
    sample: (sample) => told.push(sample),
    problem: (problem) => told.push(problem),
  })
  return { told, ...outcome }
}

const family = fc.constantFrom(
  ['# TYPE a counter', 'a_total{b="c"} 1', 'a_total{b="d"} 2 5', 'a_created{b="d"} 3 5'],
  ['# HELP a Help.', '# TYPE a gauge', 'a 1', 'a{b="c"} 2', 'a {b="c"} 3', 'a  {b="c"} 3', 'a  4', 'a\t5'],
  ['# TYPE a_total counter', 'a_total{b="c"} 1', 'a_total{b="c"}1', 'a_total{b="}"}  18446744073709551615'],
  ['# TYPE h histogram', 'h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 3', 'h_count 3', 'h_sum 5'],
  ['# TYPE h gauge', 'h_count 3', 'h_sum -5 1 # {t="u"} 1', 'h_count NaN', '  h_count 4'],
  ['# UNIT s_seconds seconds', '# TYPE s_seconds summary', 's_seconds{quantile="0.5"} 2', 's_seconds_sum 1'],
  ['# TYPE c counter', 'c_total 1 # {t="u"} 0.5', 'c 1', 'c_total 2', '# a comment', '', 'c_total '],
  ['{"a.b",c="d"} 1', 'a{b="c", } 1', 'a{b="c"} 1 2', 'a{b="c"} 1 2 3', 'a{b="', 'up 1', 'up', '# EOF'],
)
/** Mostly whole pages, with lines left out, twice, in another order, or with other bytes. */
const page = fc
  .tuple(
    fc.array(family, { maxLength: 5 }),
    fc.array(fc.tuple(fc.constantFrom('drop', 'swap', 'twice', 'byte'), fc.nat(), fc.nat(127)), {
      maxLength: 3,
    }),
    fc.constantFrom('', '\n', '# EOF', '# EOF\n', '# EOF\n'),
    fc.option(fc.nat(), { freq: 8, nil: undefined }),
  )
  .map(([families, changes, ending, cut]) => {
    const lines: string[] = families.flat()
    for (const [change, where, byte] of changes) {
      const at = where % Math.max(1, lines.length)
      const line = lines[at] ?? ''
      const other = where % (line.length + 1)
      if (change === 'drop') lines.splice(at, 1)
      else if (change === 'twice') lines.splice(at, 0, line)
      else if (change === 'swap') lines.splice(at, 2, ...lines.slice(at, at + 2).toReversed())
      else lines[at] = line.slice(0, other) + String.fromCharCode(byte) + line.slice(other + 1)
    }
    const bytes = Buffer.from(`${lines.join('\n')}\n${ending}`)
    return cut === undefined ? bytes : bytes.subarray(0, cut % (bytes.length + 1))
  })

const options: readonly PrometheusParserOptions[] = [
  {},
  { format: 'openmetrics' },
  { histograms: 'bins' },
  { maxLineBytes: 22 },
  { maxSamples: 6, maxLabels: 1 },
  { histograms: 'bins', format: 'openmetrics' },
]

describe('a parser that has seen pages', () => {
  it.each(options)('makes of any page after any others what a new one does, with %o', (option) => {
    fc.assert(
      fc.property(fc.array(page, { minLength: 2, maxLength: 6 }), (pages) => {
        const parser = createPrometheusParser(option)
        for (const one of pages) {
          const scratch = Buffer.from(one)
          expect(read(parser, scratch)).toEqual(read(createPrometheusParser(option), one))
          // What was handed over may be used again at once.
          scratch.fill(0x7a)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('takes nearly every page whole, so that lines are known', () => {
    const whole = fc.sample(page, { numRuns: 500, seed: 1 }).filter((one) => {
      const { failure } = createPrometheusParser().parse(one, 0, {
        sample: () => undefined,
        problem: () => undefined,
      })
      return failure === undefined
    })
    expect(whole.length).toBeGreaterThan(100)
  })
})
