import { buildSeries, type Sample, type Series, type Tags } from '@tocsin/core'

import { hideTexts } from '../source/hide-texts.ts'
import type { CheckOutcome } from './check-outcome.ts'
import { keptTags, keptText } from './values/kept-text.ts'
import { readSamples } from './outcome.ts'
import { measuredValue } from './values/read-number.ts'

/** Takes what one run measures, and makes its outcome. */
export interface Findings {
  /**
   * A number as it is now. One that is not finite, or a name that cannot be one, is left out and counted in the status. A `bigint` stays
   * exact beyond 2^53.
   */
  gauge(metric: string, value: number | bigint, tags?: Tags): void
  /** A number that only grows until its target begins anew. */
  counter(metric: string, value: number | bigint, tags?: Tags): void
  /** A text, at most 1024 characters of it. */
  text(metric: string, value: string, tags?: Tags): void
  /** Samples as they are. Throws where one is none, which makes the whole run `wrong-outcome`. */
  add(samples: readonly Sample[]): void
  /**
   * Secrets that the target could repeat: from now on `...` stands for them in texts and in the status, and what has one in its name or
   * its tags is left out and counted there. Forms of JSON, addresses and Base64 are known, numbers stay as they are; those of less than 8
   * characters are hidden as words of their own, and those of less than 3 not at all.
   */
  hide(...secrets: readonly string[]): void
  /** All is well. */
  good(status?: string): CheckOutcome
  /** It works, and somebody should look. */
  warning(status: string): CheckOutcome
  /** It answered, and is not well. */
  bad(status: string): CheckOutcome
  /** It cannot be told, so that nobody may take it for good or bad. */
  unknown(status: string): CheckOutcome
}

/** The findings of one run, and what they are so far. */
export interface TakenFindings extends Findings {
  readonly samples: readonly Sample[]
  /** How many could not be taken. */
  leftOut(): number
  /** A sentence without what is to be hidden. */
  shown(sentence: string): string
  /** Nothing is taken any more. */
  close(): void
}

/** Most samples of one run; a target decides how many it tells. */
const maxSamples = 10_000

const maxTextLength = 1024

export function createFindings(now: () => number): TakenFindings {
  const samples: Sample[] = []
  const secrets = new Set<string>()
  let hide: ((text: string) => string) | undefined
  let leftOut = 0
  let closed = false
  // When it is needed, since some hide one after another, or the same again and again.
  const plain = (text: string): string =>
    secrets.size === 0 ? text : (hide ??= hideTexts([...secrets]))(text)
  const isPlain = ({ metric, tags }: Series): boolean =>
    secrets.size === 0 || [metric, ...Object.entries(tags).flat()].every((part) => plain(part) === part)
  const take = (
    metric: string,
    given: number | bigint | string,
    kind: 'gauge' | 'counter' | 'text',
    tags: Tags,
  ): void => {
    if (closed) return
    if (samples.length >= maxSamples) {
      leftOut += 1
      return
    }
    const { value, exact } =
      typeof given === 'bigint' ? measuredValue(given) : { value: given, exact: undefined }
    const kept = typeof value === 'string' ? keptText(plain(value), maxTextLength) : value
    const fits = kind === 'text' ? typeof value === 'string' : Number.isFinite(value)
    const built = buildSeries(keptText(metric), keptTags(tags))
    if (!built.ok || !fits || !isPlain(built.value)) leftOut += 1
    else if (exact !== undefined)
      samples.push({ series: built.value, time: now(), value: kept, kind, exact } as Sample)
    else samples.push({ series: built.value, time: now(), value: kept, kind } as Sample)
  }
  const withPlainText = (sample: Sample): Sample =>
    typeof sample.value === 'string' ? ({ ...sample, value: plain(sample.value) } as Sample) : sample
  const ending =
    (state: CheckOutcome['state']) =>
    (status?: string): CheckOutcome => ({ state, ...(status !== undefined && { status }) })
  return {
    samples,
    // No getter: an object with one of its own has a shape of its own, which lives, with all that it sees, until the next full collection.
    leftOut: () => leftOut,
    gauge: (metric, value, tags = {}) => take(metric, value, 'gauge', tags),
    counter: (metric, value, tags = {}) => take(metric, value, 'counter', tags),
    text: (metric, value, tags = {}) => take(metric, value, 'text', tags),
    add(more) {
      if (closed || (Array.isArray(more) && more.length === 0)) return
      const { read, beyond } = readSamples(more, maxSamples - samples.length)
      const shown =
        secrets.size === 0 ? read : read.filter(({ series }) => isPlain(series)).map(withPlainText)
      leftOut += beyond + read.length - shown.length
      samples.push(...shown)
    },
    hide(...more) {
      for (const secret of more) {
        if (typeof secret !== 'string') throw new TypeError('hide takes texts')
        if (secrets.has(secret)) continue
        secrets.add(secret)
        hide = undefined
      }
    },
    shown: (sentence) => plain(sentence),
    good: ending('good'),
    warning: ending('warning'),
    bad: ending('bad'),
    unknown: ending('unknown'),
    close: () => (closed = true),
  }
}
