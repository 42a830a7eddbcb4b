import { describe, expect, it } from 'vitest'

import type { Sample } from '@tocsin/core'

import { createGraphiteParser } from '../../src/graphite/graphite-parser.ts'
import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { createStatsdParser } from '../../src/statsd/statsd-parser.ts'
import { parserConformance, type ParserUnderTest, type TestedParser } from '../../src/testing/index.ts'

const mutations = process.env['TOCSIN_LONG'] === '1' ? 100_000 : 2000
const maxNameBytes = 1_000_000
const long = 'x'.repeat(4000)

/** What it says of the rest of a body is a problem as any other. */
const trap = (): TestedParser => {
  const parser = createHttpTrapParser({ maxNameBytes })
  return {
    parse(bytes, receivedAt, sink) {
      const { filtered, stopped } = parser.parse(bytes, receivedAt, sink)
      if (stopped !== undefined) sink.problem(stopped)
      return filtered
    },
  }
}

const subjects: Readonly<Record<string, ParserUnderTest>> = {
  statsd: {
    create: () => createStatsdParser({ maxNameBytes }),
    corpus: [
      'hits:1|c\nload:0.5|g\nload:+0.25|g\ntime:320|ms|@0.5\nusers:ada|s\n',
      'page.load:1:2:3|d|@0.5|#page:home,env:prod\n',
      'queue;host=web1:12|g\nqueue,host=web1:12|g\r\n',
      'total:18446744073709551615|c|T1700000000\n',
    ],
    lines: true,
    names: { message: (index) => `${index}${long}:1|c`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
  graphite: {
    create: () => createGraphiteParser({ maxNameBytes }),
    corpus: [
      'disk.used;host=web1 42.5 1700000000\ncpu 1e3 -1\r\n',
      'big\t18446744073709551615 1700000000.5\n',
    ],
    lines: true,
    names: { message: (index) => `${index}${long} 1 1700000000\n`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
  'http-trap': {
    create: trap,
    corpus: [
      '{"a":{"b":1.5},"c":[1,"two",true]}',
      '{"n":{"_type":"L","_value":"18446744073709551615","_ts":1700000000000,"_tags":["a:b"]}}',
    ],
    names: { message: (index) => `{"${index}${long}":1}`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
}

describe.each(Object.entries(subjects))('the parser of %s', (_, subject) => {
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
