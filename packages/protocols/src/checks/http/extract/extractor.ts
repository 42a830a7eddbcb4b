import { type Check as OptionCheck, type Checks, buildSeries, optional, type Sample } from '@tocsin/core'

import type { CheckContext, CheckOutcome } from '../../check.ts'
import type { Findings } from '../../findings.ts'

/** An answer that came whole. */
export interface HttpAnswer {
  /** Its status. */
  readonly status: number
  /** Its headers, with names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Its body, decoded. */
  readonly body: Buffer
}

/**
 * Takes what it finds in an answer into `found` of the context. An outcome that it gives and that is not good is that of the run; where it
 * throws, the run is bad. A series that the run has already is left out, and told.
 */
export type Extractor = (
  answer: HttpAnswer,
  context: CheckContext,
) => CheckOutcome | undefined | PromiseLike<CheckOutcome | undefined>

/** What an extractor takes, and how that is named and of what kind it is. Names are also meant by their last parts behind a backtick. */
export interface ExtractOptions {
  /**
   * Names to take.
   * @defaultValue all
   */
  readonly only?: readonly string[] | undefined
  /**
   * What stands before each name.
   * @defaultValue none
   */
  readonly prefix?: string | undefined
  /**
   * Names of numbers that only grow until their target begins anew.
   * @defaultValue none: all are gauges
   */
  readonly counters?: readonly string[] | undefined
}

/** What each of {@link ExtractOptions} is where it is left out. */
export const defaultExtractOptions: Required<ExtractOptions> = {
  only: undefined,
  prefix: '',
  counters: undefined,
}

/** A list of names. */
export const areNames: OptionCheck = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string') ? undefined : 'a list of names'

/** What each of {@link ExtractOptions} may be. */
export const extractChecks: Checks<ExtractOptions> = {
  only: optional(areNames),
  prefix: (value) => (typeof value === 'string' ? undefined : 'a string'),
  counters: optional(areNames),
}

/** Takes values as {@link ExtractOptions} have it. */
export interface Extraction {
  number(name: string, value: number | bigint): void
  text(name: string, value: string): void
  sample(sample: Sample): void
}

export function createExtraction(
  found: Findings,
  { only, prefix = '', counters }: ExtractOptions,
): Extraction {
  const isTaken = only === undefined ? (): boolean => true : named(only)
  const grows = counters === undefined ? (): boolean => false : named(counters)
  return {
    number(name, value) {
      if (!isTaken(name)) return
      if (grows(name)) found.counter(prefix + name, value)
      else found.gauge(prefix + name, value)
    },
    text(name, value) {
      if (isTaken(name)) found.text(prefix + name, value)
    },
    sample(sample) {
      const { series, kind } = sample
      if (!isTaken(series.metric)) return
      const built = prefix === '' ? undefined : buildSeries(prefix + series.metric, series.tags)
      found.add([
        {
          ...sample,
          ...(kind === 'gauge' && grows(series.metric) && { kind: 'counter' }),
          ...(built?.ok === true && { series: built.value }),
        } as Sample,
      ])
    },
  }
}

function named(names: readonly string[]): (name: string) => boolean {
  const known = new Set(names)
  return (name) => known.has(name) || known.has(name.slice(name.lastIndexOf('`') + 1))
}
