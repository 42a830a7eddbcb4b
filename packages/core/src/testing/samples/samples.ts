import type { Observable } from 'rxjs'

import type { Sample } from '../../sample.ts'
import { readMarbles, writeMarbles } from './marbles.ts'
import type { Marbles, MarblesOptions } from './marbles.ts'
import { readNotation } from './notation.ts'
import { playArrivals } from './play.ts'

/** Samples in a readable notation: a stream that brings each when it arrives, and the same as a list. */
export interface SampleSequence extends Observable<Sample>, Iterable<Sample> {
  /** All samples, by arrival; those of one moment by line. Iterating the sequence gives the same. */
  readonly list: readonly Sample[]
  /** The notation that it was made from. */
  readonly text: string
  /** The same for `cold` and `hot` of rxjs' `TestScheduler.run`: `cold(...samples('cpu 1 2 @10s').marbles())`. */
  marbles(): Marbles
  /** The call that makes it, which is what a property that fails shows. */
  toString(): string
}

/** Where {@link samples} begin. */
export interface SamplesOptions {
  /** Arrival of the first slot, ms since the Unix epoch. @defaultValue 0 */
  readonly start?: number | undefined
}

/** What fast-check calls to print a value. */
const toStringMethod = Symbol.for('fast-check/toStringMethod')

/**
 * Samples, one line for each series: its name, the values of its slots, and the time between slots.
 *
 *     samples('cpu|ST[host:a] 1 2 _ 3 NaN @10s')
 *
 * | Word              | What it stands for                                                                  |
 * | ----------------- | ----------------------------------------------------------------------------------- |
 * | `1` `-2.5` `NaN`  | a sample; a whole number beyond 2^53 is `exact` too                                 |
 * | `"up"`            | a text                                                                              |
 * | `_`               | nothing in this slot                                                                |
 * | `stale`           | the source says that it reports the series no longer                                |
 * | `5*3`, `_*3`      | three times                                                                         |
 * | `0+10*4`          | 0 10 20 30                                                                          |
 * | `5w10`            | a weight of 10                                                                      |
 * | `5@-30s`          | arrives in its slot (`receivedAt`), but is of 30 seconds before; `5@+1m` is of later |
 * | `counter` and so on, before the first value | the kind of the samples; `gauge` where none is said        |
 * | `@10s`, `@10s+5m` | last: the time between slots; the line begins five minutes later                    |
 *
 * Emits: each sample when it arrives, by `asyncScheduler`, so in virtual time; what is due already at once. `list` has the same
 * samples in the same order.
 * Completes: in the last slot, also where nothing arrives there: `_*6` keeps the stream open.
 * Errors: never; a text that cannot be read throws `SAMPLES_BAD_NOTATION` at the call, a start that is none `SAMPLES_BAD_OPTION`.
 * Memory: all samples; a line has at most 100,000 slots, a text a million samples.
 * Time: `asyncScheduler`; one action at a time for each subscription.
 *
 * @example
 * ```ts
 * import { samples } from '@tocsin/fault/testing'
 *
 * const [first, second] = samples('queue|ST[shop:berlin] 3 _ 120@-5s @10s').list
 * console.log(first?.value, second?.time, second?.receivedAt) // => 3 15000 20000
 * ```
 */
export function samples(text: string, { start = 0 }: SamplesOptions = {}): SampleSequence {
  if (!Number.isFinite(start)) {
    const message = `SAMPLES_BAD_OPTION: start must be ms since the Unix epoch, got ${String(start)}`
    throw Object.assign(new RangeError(message), { code: 'SAMPLES_BAD_OPTION' })
  }
  const { arrivals, end } = readNotation(text, start)
  const list = arrivals.map(({ value }) => value)
  const call = `samples(${JSON.stringify(text)}${start === 0 ? '' : `, { start: ${start} }`})`
  return Object.assign(playArrivals(arrivals, end), {
    list,
    text,
    marbles: () => writeMarbles(arrivals, start, end),
    toString: () => call,
    [toStringMethod]: () => call,
    [Symbol.iterator]: () => list[Symbol.iterator](),
  })
}

/**
 * Samples of one series from a marble diagram: each character is a slot, `-` an empty one, `|` the last one; digits stand for
 * themselves, other marbles for what `values` says, as words of the notation of {@link samples}.
 *
 * @example
 * ```ts
 * import { samplesFromMarbles } from '@tocsin/fault/testing'
 *
 * console.log(samplesFromMarbles('cpu', '12-h|', { step: '10s', values: { h: 97.5 } }).text) // => cpu 1 2 _ 97.5 _ @10s
 * ```
 */
export function samplesFromMarbles(
  series: string,
  diagram: string,
  options: MarblesOptions & SamplesOptions,
): SampleSequence {
  return samples(readMarbles(series, diagram, options), options)
}
