import type { Checks, Defined } from '@tocsin/core'
import { resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultNameBytes, limit, nameBytesLimit } from '../option-checks.ts'
import type { ParseSink } from './parse-sink.ts'

/** Limits of a parser of lines. */
export interface LineParserOptions {
  /**
   * Longest line, bytes.
   * @defaultValue 8192
   */
  readonly maxLineBytes?: number | undefined
  /**
   * Most bytes of memory for what is kept of names: the cache of series, and the same again for the last values of gauges (statsd).
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
}

/** A parser of whole lines: pure, no sockets, no clock. */
export interface LineParser {
  /**
   * Takes lines that end in LF or at the end of the bytes. Each line that is not blank gives samples, a problem, or both where only some of its
   * values can be taken.
   * Never throws, whatever the bytes; keeps no reference to them.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of samples that bring none
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): void
}

/** The defaults. */
export const defaultLineParserOptions: Defined<LineParserOptions> = {
  maxLineBytes: 8192,
  maxNameBytes: defaultNameBytes,
}

/** What is allowed. */
export const lineParserChecks: Checks<LineParserOptions> = {
  maxLineBytes: limit,
  maxNameBytes: nameBytesLimit,
}

/** The limits, checked. */
export const resolveLineParserOptions = (options: LineParserOptions): Defined<LineParserOptions> =>
  resolveOptions<Defined<LineParserOptions>>(defaultLineParserOptions, options, lineParserChecks, badOption)
