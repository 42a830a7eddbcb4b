import { describe, expect, it } from 'vitest'

import type { Sample } from '@tocsin/core'

import { parserConformance, type ParserUnderTest, type TestedParser } from '../../src/testing/index.ts'
import { parsersUnderTest } from './parsers-under-test.ts'

const long = 'x'.repeat(4000)

describe.each(Object.entries(parsersUnderTest(2000)))('the parser of %s', (name, whole) => {
  // Megabytes of names take long: those of the others come in parser-conformance.long.test.ts.
  const subject = name === 'statsd' ? whole : { ...whole, names: undefined }
  it.each(parserConformance(subject).map(({ name, run }) => [name, run] as const))('%s', (__, run) => run())
})

const series = { key: 'a', metric: 'a', tags: {} }
const sampleOf = (value: number): Sample => ({ series, time: 0, value, kind: 'gauge' })

/** Takes lines of one digit each, and does one thing otherwise than it should. */
function digits(
  fault: (bytes: Uint8Array, start: number, end: number) => 'throw' | 'skip' | 'nan' | 'far' | undefined,
): TestedParser {
  return {
    parse(bytes, _, sink) {
      for (let start = 0; start < bytes.length;) {
        const found = bytes.indexOf(0x0a, start)
        const end = found < 0 ? bytes.length : found
        const own = fault(bytes, start, end)
        if (own === 'throw') throw new RangeError('too far')
        const digit = (bytes[start] ?? 0) - 0x30
        if (own === 'nan') sink.sample(sampleOf(Number.NaN))
        else if (end - start === 1 && digit >= 0 && digit <= 9) sink.sample(sampleOf(digit))
        else if (end > start && own !== 'skip')
          sink.problem({
            reason: 'bad-value',
            message: 'one digit',
            start,
            end: own === 'far' ? end + 1 : end,
          })
        start = end + 1
      }
    },
  }
}

async function failuresOf(subject: Partial<ParserUnderTest>): Promise<readonly string[]> {
  const cases = parserConformance({
    create: () => digits(() => undefined),
    corpus: ['1\n2\n'],
    lines: true,
    ...subject,
  })
  const outcomes = await Promise.allSettled(cases.map(({ run }) => run()))
  return outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as Error).message] : [],
  )
}

describe('the suite of parsers', () => {
  it('passes one that keeps all promises', async () => {
    expect(await failuresOf({})).toEqual([])
  })

  it('leaves the corpus as it is, also where its messages are Buffers', async () => {
    const message = Buffer.from('1\n2\n')
    expect(await failuresOf({ corpus: [message] })).toEqual([])
    expect(message.toString()).toBe('1\n2\n')
  })

  it.each([
    [
      'throws at bytes that are no ASCII',
      { create: () => digits((bytes) => (bytes.includes(0x80) ? 'throw' : undefined)) },
      'it threw RangeError: too far at',
    ],
    [
      'gives what is no number',
      { create: () => digits((_, start, end) => (end - start > 2 ? 'nan' : undefined)) },
      'a sample is not whole',
    ],
    ['says a place that is not there', { create: () => digits(() => 'far') }, 'a problem is at'],
    [
      'passes a line over',
      { create: () => digits((_, start, end) => (end - start > 2 ? 'skip' : undefined)) },
      'nothing came of a line',
    ],
    [
      'takes the last line for another',
      {
        create: () => digits((bytes, start, end) => (start > 0 && end === bytes.length ? 'nan' : undefined)),
      },
      'lines are taken otherwise together than alone',
    ],
    [
      'passes bytes over',
      { corpus: ['1#note\n'], create: () => digitsWithNotes() },
      'byte 2 is passed over: "1#note\\n"',
    ],
    ['does not take its corpus', { corpus: ['x'] }, '"one digit": "x"'],
    [
      'changes the bytes',
      {
        create: () => {
          const parser = digits(() => undefined)
          return {
            parse(bytes, at, sink) {
              parser.parse(bytes, at, sink)
              bytes[0] = 0x31
            },
          }
        },
        corpus: ['2\n'],
      },
      'bytes were changed',
    ],
    [
      'keeps a view of the bytes',
      {
        create: () => ({
          parse: (bytes, _, sink) => sink.sample({ ...sampleOf(1), value: bytes as never }),
        }),
      },
      'a sample changed with its bytes',
    ],
    [
      'sees where a stream was cut',
      { open: (sink) => ({ push: (chunk) => sink.sample(sampleOf(chunk.length)) }) },
      'pieces are taken otherwise than the whole',
    ],
    [
      'keeps every name',
      {
        create: () => {
          const kept: Uint8Array[] = []
          const parser = digits(() => undefined)
          return {
            parse(bytes, at, sink) {
              kept.push(bytes.slice())
              parser.parse(bytes, at, sink)
            },
          }
        },
        names: { message: (index) => `${index}${long}`, maxKeptBytes: 1_000_000 },
      },
      'it kept',
    ],
  ] satisfies readonly (readonly [string, Partial<ParserUnderTest>, string])[])(
    'finds one that %s',
    async (_, subject, seen) => {
      expect(await failuresOf(subject)).toContainEqual(expect.stringContaining(seen))
    },
  )

  it('leaves bytes alone that may be passed over', async () => {
    const ignores = (_: Uint8Array, offset: number): boolean => offset > 1
    const subject = { corpus: ['1#note\n'], create: digitsWithNotes, lines: false, open: undefined, ignores }
    expect(await failuresOf(subject)).toEqual([])
  })

  it('leaves out what it has no means for', () => {
    const create = (): TestedParser => digits(() => undefined)
    expect(parserConformance({ create, corpus: ['1'] })).toHaveLength(4)
    expect(parserConformance({ create, corpus: ['1'], lines: true })).toHaveLength(6)
  })

  it.each([
    ['no corpus', { corpus: [] }],
    ['a corpus of numbers', { corpus: [1] as never }],
    ['no parser', { create: undefined as never }],
    ['names without a limit', { names: { message: () => '' } as never }],
  ])('refuses %s at the call', (_, wrong: Partial<ParserUnderTest>) => {
    expect(() =>
      parserConformance({ create: () => digits(() => undefined), corpus: ['1'], ...wrong }),
    ).toThrow('PROTOCOL_BAD_OPTION')
  })
})

/** What stands behind a mark is for people. */
function digitsWithNotes(): TestedParser {
  const parser = digits(() => undefined)
  return {
    parse(bytes, at, sink) {
      const mark = bytes.indexOf(0x23)
      parser.parse(mark < 0 ? bytes : bytes.subarray(0, mark), at, sink)
    },
  }
}
