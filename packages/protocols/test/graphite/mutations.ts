import fc from 'fast-check'
import { expect } from 'vitest'

import { createGraphiteParser } from '../../src/graphite/graphite-parser.ts'
import { createPickleParser } from '../../src/graphite/pickle-parser.ts'
import { brief, collect } from '../collect.ts'
import { pickles } from './pickles.ts'

interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: Uint8Array
}

const edits = fc.array(
  fc.record<Edit>({
    at: fc.nat(4096),
    remove: fc.nat(6),
    // What stands for most: operations, digits, blanks, braces.
    insert: fc
      .array(
        fc.oneof(fc.constantFrom(...Buffer.from('(.01tlaepqgh]\x85\x86\x94\x8a\x95 \n;={"},-')), fc.nat(255)),
        {
          maxLength: 4,
        },
      )
      .map((bytes) => Uint8Array.from(bytes)),
  }),
  { minLength: 1, maxLength: 6 },
)

const edited = (bytes: Buffer, changes: readonly Edit[]): Buffer =>
  changes.reduce((before, { at, remove, insert }) => {
    const from = at % (before.length + 1)
    return Buffer.concat([before.subarray(0, from), insert, before.subarray(from + remove)])
  }, bytes)

/** Breaks pickles of Python in so many ways: each is refused with one problem, or each of its points is taken or is one problem. */
export function breakPickles(numRuns: number): void {
  const good = Buffer.from('((Vgood\n(I1\nI2\nttl.')
  const parser = createPickleParser({ maxNameBytes: 20_000, maxValues: 4000 })
  const seeds = fc.constantFrom(...pickles.map(({ hex }) => Buffer.from(hex, 'hex').subarray(0, 2000)))
  fc.assert(
    fc.property(seeds, edits, (seed, changes) => {
      const bytes = edited(seed, changes)
      const { samples, problems } = collect(parser, bytes)
      for (const { value, time } of samples) expect([value, time].every(Number.isFinite)).toBe(true)
      for (const { start, end } of problems)
        expect(0 <= start && start <= end && end <= bytes.length).toBe(true)
      expect(collect(parser, bytes)).toEqual({ samples, problems })
      expect(collect(parser, good).samples.map(brief)).toEqual(['good gauge 2 @1000'])
    }),
    { numRuns },
  )
}

const lines = Buffer.from(
  'servers.web1.cpu 42.5 1700000000\ndisk.used;host=web1;disk=sda -3e2 -1\r\nfoo{tag="v",b="\\"x"} 1 1700000000.25\n\tcafé 9007199254740993 2\n',
)

/** Breaks lines in so many ways: each that is not empty is a sample or one problem. */
export function breakLines(numRuns: number): void {
  const parser = createGraphiteParser({ maxLineBytes: 60, maxNameBytes: 20_000 })
  fc.assert(
    fc.property(edits, (changes) => {
      const bytes = edited(lines, changes)
      const { samples, problems } = collect(parser, bytes)
      const whole = bytes.toString('latin1').split('\n')
      expect(samples.length + problems.length).toBe(whole.filter((line) => !/^\r?$/.test(line)).length)
    }),
    { numRuns },
  )
}
