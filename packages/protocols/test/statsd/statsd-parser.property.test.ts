import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createStatsdParser } from '../../src/statsd/statsd-parser.ts'
import { collect } from '../collect.ts'

/** Text that is often nearly a statsd line. */
const fragments = fc.constantFrom(
  ...[
    'a',
    'metric',
    '__proto__',
    ':',
    '|',
    '|c',
    '|g',
    '|ms',
    '|s',
    '|h',
    '|@0.5',
    '|@',
    '|#',
    'k:v',
    ',',
    ';',
    '=',
  ],
  ...[
    '1',
    '-2.5',
    '+3',
    '1e400',
    '.',
    '|T1700000000',
    '|c:',
    '_e{1,1}:',
    '#',
    '[k=v]',
    ' ',
    '|e:',
    '_sc|',
    '\n',
    '\r\n',
    '\u0000',
    'é',
    '\xff',
  ],
)
const nearlyLines = fc
  .array(fragments, { maxLength: 40 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))
const anyBytes = fc.oneof(nearlyLines, fc.uint8Array({ maxLength: 200 }))

describe('the statsd parser', () => {
  it('gives samples or problems for each line that is not blank, whatever the bytes, and no byte to two problems', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const parser = createStatsdParser({ maxLineBytes: 60, maxNameBytes: 4000 })
        for (const line of Buffer.from(bytes).toString('latin1').split('\n')) {
          const { samples, problems } = collect(parser, Buffer.from(line, 'latin1'))
          const blank = line === '' || line === '\r'
          expect(samples.length + problems.length > 0).toBe(!blank)
          let behind = 0
          for (const { start, end } of problems) {
            expect(start).toBeGreaterThanOrEqual(behind)
            expect(end).toBeLessThanOrEqual(line.length)
            behind = end
          }
          // Where one is about the whole line, nothing of it was taken.
          if (problems[0]?.start === 0) expect([samples.length, problems.length]).toEqual([0, 1])
        }
      }),
    )
  })

  it('takes bits together as it takes them one by one', () => {
    const bit = fc.constantFrom(
      '1|c',
      ' 2 |ms',
      'x|c',
      '3|zz',
      '4|c|@0.5',
      '5|c|@2',
      '+6|g',
      '-7|g',
      '-8|ms',
      '9:x|h',
      'm|s',
      '|c',
    )
    fc.assert(
      fc.property(fc.array(bit, { minLength: 1, maxLength: 8 }), (bits) => {
        const together = collect(createStatsdParser({ maxNameBytes: 4000 }), `a:${bits.join(':')}`)
        const parser = createStatsdParser({ maxNameBytes: 4000 })
        const single = bits.map((text) => collect(parser, `a:${text}`))
        expect(together.samples).toEqual(single.flatMap(({ samples }) => samples))
        expect(together.problems.map(({ reason }) => reason)).toEqual(
          single.flatMap(({ problems }) => problems.map(({ reason }) => reason)),
        )
      }),
    )
  })

  it('takes lines together as it takes them one by one', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = Buffer.from(bytes).toString('latin1')
        const whole = collect(createStatsdParser({ maxNameBytes: 4000 }), bytes)
        const parser = createStatsdParser({ maxNameBytes: 4000 })
        const single = text.split('\n').map((line) => collect(parser, Buffer.from(line, 'latin1')))
        expect(whole.samples).toEqual(single.flatMap(({ samples }) => samples))
        expect(whole.problems.map(({ reason }) => reason)).toEqual(
          single.flatMap(({ problems }) => problems.map(({ reason }) => reason)),
        )
      }),
    )
  })

  it('says where a problem is: parsing its bytes alone gives the same problem', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const { reason, start, end } of collect(createStatsdParser({ maxNameBytes: 4000 }), bytes)
          .problems) {
          const isWhole = start === 0 || bytes[start - 1] === 0x0a
          const piece = Buffer.concat([Buffer.from(isWhole ? '' : 'a:'), bytes.subarray(start, end)])
          const again = collect(createStatsdParser({ maxNameBytes: 4000 }), piece)
          expect(again.problems).toMatchObject([{ reason, start: 0, end: piece.length }])
        }
      }),
    )
  })

  it('knows a header again by all of its bytes', () => {
    // Zeros, and lengths around the four bytes of a word.
    const part = fc.stringMatching(/^[\0ab]{1,9}$/)
    const header = fc.record({ name: part, tag: fc.option(part, { nil: undefined }) })
    fc.assert(
      fc.property(fc.array(header, { maxLength: 30 }), (headers) => {
        const parser = createStatsdParser()
        for (const { name, tag } of headers) {
          const line = `a${name}:1|c${tag === undefined ? '' : `|#${tag}`}`
          expect(collect(parser, line)).toEqual(collect(createStatsdParser({ maxNameBytes: 4000 }), line))
        }
      }),
    )
  })

  it('reads back what a client writes', () => {
    const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9._-]{0,20}$/)
    const tags = fc.uniqueArray(fc.tuple(name, name), { selector: ([category]) => category, maxLength: 5 })
    const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })
    const rate = fc.constantFrom(1, 0.5, 0.25, 0.1)
    fc.assert(
      fc.property(name, tags, value, rate, (metric, pairs, number, sampleRate) => {
        const tagField = pairs.map(([category, text]) => `${category}:${text}`).join(',')
        const { samples } = collect(
          createStatsdParser({ maxNameBytes: 4000 }),
          `${metric}:${number}|h|@${sampleRate}|#${tagField}`,
        )
        expect(samples).toMatchObject([
          { value: number, series: { metric, tags: Object.fromEntries(pairs) } },
        ])
        expect(samples[0]?.weight ?? 1).toBe(1 / sampleRate)
      }),
    )
  })
})
