import { buildSeries, type Sample } from '@tocsin/core'

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

/** How what an extractor finds is named, and what kind it is. */
export interface ExtractOptions {
  /**
   * What stands before each name.
   * @defaultValue none
   */
  readonly prefix?: string | undefined
  /**
   * Numbers that only grow until their target begins anew: their names, or the last parts of these behind a backtick.
   * @defaultValue none: all are gauges
   */
  readonly counters?: readonly string[] | undefined
}

/** Takes values as {@link ExtractOptions} have it. */
export interface Extraction {
  number(name: string, value: number): void
  text(name: string, value: string): void
  sample(sample: Sample): void
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const maxDigits = 400

/** The number that a text is as a whole; NaN where it is none. */
export const numberOf = (text: string): number =>
  text.length <= maxDigits && decimal.test(text) ? Number(text) : Number.NaN

export function createExtraction(
  found: Findings,
  { prefix = '', counters = [] }: ExtractOptions,
): Extraction {
  const growing = new Set(counters)
  const grows = (name: string): boolean =>
    growing.size > 0 && (growing.has(name) || growing.has(name.slice(name.lastIndexOf('`') + 1)))
  return {
    number(name, value) {
      if (grows(name)) found.counter(prefix + name, value)
      else found.gauge(prefix + name, value)
    },
    text: (name, value) => found.text(prefix + name, value),
    sample(sample) {
      const { series, kind } = sample
      const built = prefix === '' ? undefined : buildSeries(prefix + series.metric, series.tags)
      const isCounter = kind === 'gauge' && grows(series.metric)
      found.add([
        {
          ...sample,
          ...(isCounter && { kind: 'counter' }),
          ...(built?.ok === true && { series: built.value }),
        } as Sample,
      ])
    },
  }
}
