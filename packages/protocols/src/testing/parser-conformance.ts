import { callback, type Check, type Checks, flag, optional, resolveOptions, wholeNumber } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { openLines, parserPromises, type ParserScene } from './parser-promises.ts'
import type { TestedParser, TestedReader } from './parser-scene.ts'
import type { ConformanceCase } from './source-conformance.ts'

/** A parser of one's own, and what it can be tried with. */
export interface ParserUnderTest {
  /** A new parser that remembers nothing; called often. */
  readonly create: () => TestedParser
  /** Messages that it takes without a problem, a text as UTF-8: lines, datagrams or bodies, of all kinds that there are, each short. */
  readonly corpus: readonly (string | Uint8Array)[]
  /** Whether each line of a message stands for itself. @defaultValue false */
  readonly lines?: boolean | undefined
  /**
   * Opens a reader of a stream, which is pushed pieces that are cut anywhere.
   * @defaultValue with `lines` what the listeners read lines with, else none
   */
  readonly open?: ((sink: ParseSink) => TestedReader) | undefined
  /** Which bytes of a message of the corpus may be passed over, such as fields that the format leaves free. @defaultValue none */
  readonly ignores?: ((message: Uint8Array, offset: number) => boolean) | undefined
  /**
   * A message for each number, with a name of its own (long names find more), and how many bytes a parser of `create` may keep of all
   * of them together.
   * @defaultValue none: memory is not looked at
   */
  readonly names?: NamesUnderTest | undefined
  /** How many mutations of the corpus are tried for each promise about any bytes. @defaultValue 2000 */
  readonly mutations?: number | undefined
  /** What the mutations are drawn from: the same ones from the same seed. @defaultValue 1 */
  readonly seed?: number | undefined
}

/** Messages with names of their own, of which a parser keeps what it may. */
export interface NamesUnderTest {
  /** The message of a number. */
  readonly message: (index: number) => string | Uint8Array
  /** How many bytes a parser may keep of all of them together. */
  readonly maxKeptBytes: number
}

/**
 * What every parser promises, as tests for any runner: it takes its corpus, never throws, accounts for each line and each byte, does not
 * see where a stream was cut, neither changes nor keeps the bytes, and keeps no more of names than it may. What fails says
 * the bytes. Time is not looked at: what a refusal costs beside a line that is taken belongs into a benchmark.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION` at the call.
 *
 * @returns the cases, each to be run in any order; those whose means are not given are left out
 *
 * @example
 * ```ts
 * import { createGraphiteParser } from '@tocsin/protocols/engine'
 * import { parserConformance } from '@tocsin/protocols/testing'
 *
 * const cases = parserConformance({
 *   create: () => createGraphiteParser({ maxNameBytes: 1_000_000 }),
 *   corpus: ['disk.used;host=web1 42.5 1700000000\n'],
 *   lines: true,
 *   names: { message: (index) => `${index}${'x'.repeat(500)} 1 1700000000\n`, maxKeptBytes: 4_000_000 },
 *   mutations: 200,
 * })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases.length) // => 7
 * ```
 */
export function parserConformance(subject: ParserUnderTest): readonly ConformanceCase[] {
  const resolved = resolveOptions<Resolved>(defaults as Resolved, subject, checks, badOption)
  const { create, lines, names } = resolved
  const scene: ParserScene = {
    ...resolved,
    corpus: resolved.corpus.map(toBytes),
    open: resolved.open ?? (lines ? openLines(create) : undefined),
    names: names && { ...names, message: (index) => toBytes(names.message(index)) },
  }
  return Object.entries(parserPromises)
    .filter(([, { needs }]) => needs === undefined || Boolean(scene[needs]))
    .map(([name, { check }]) => ({
      name,
      run: () =>
        new Promise((resolve) => {
          try {
            check(scene)
          } catch (error) {
            throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
              cause: error,
            })
          }
          resolve()
        }),
    }))
}

type Resolved = {
  readonly [Name in keyof Omit<ParserUnderTest, 'open' | 'names'>]-?: NonNullable<ParserUnderTest[Name]>
} & Pick<ParserUnderTest, 'open' | 'names'>

// What has no default is missed by its check.
const defaults: Partial<Resolved> = { lines: false, mutations: 2000, seed: 1, ignores: () => false }

const isMessage = (value: unknown): boolean => typeof value === 'string' || value instanceof Uint8Array

const corpus: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(isMessage)
    ? undefined
    : 'a list of messages, texts or bytes'

const names: Check = (value) => {
  const { message, maxKeptBytes } = (value ?? {}) as Record<string, unknown>
  return callback(message) === undefined && wholeNumber(1)(maxKeptBytes) === undefined
    ? undefined
    : 'an object with message and maxKeptBytes'
}

const checks: Checks<ParserUnderTest> = {
  create: callback,
  corpus,
  lines: flag,
  open: optional(callback),
  ignores: callback,
  names: optional(names),
  mutations: wholeNumber(0),
  seed: wholeNumber(0),
}

const encoder = new TextEncoder()
/** No Buffer, whose slices are no copies. */
const toBytes = (message: string | Uint8Array): Uint8Array =>
  typeof message === 'string' ? encoder.encode(message) : new Uint8Array(message)
