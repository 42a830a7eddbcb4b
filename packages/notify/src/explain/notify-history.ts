import { resolveOptions, wholeNumber } from '@tocsin/core'
import type { Defined } from '@tocsin/core'
import { tap } from 'rxjs'
import type { MonoTypeOperatorFunction } from 'rxjs'

import { badOption } from '../errors.ts'
import type { NotifyEvent } from '../model/event.ts'
import { describeEvent } from './describe-event.ts'

/** Options of `notifyHistory`. */
export interface NotifyHistoryOptions {
  /** Most bytes of events that are remembered, as their JSON has characters; the oldest go first. @defaultValue 16777216 */
  readonly maxBytes?: number | undefined
}

/** The defaults of {@link NotifyHistoryOptions}. */
export const defaultNotifyHistoryOptions: Defined<NotifyHistoryOptions> = Object.freeze({
  maxBytes: 16_777_216,
})

/** What is to be explained; what is left out is not asked for. */
export interface ExplainQuestion {
  /** Id of an alert. */
  readonly alert?: string | undefined
  /** Name of a place. */
  readonly place?: string | undefined
  /** First moment, ms since the Unix epoch. @defaultValue as long as is remembered */
  readonly from?: number | undefined
  /** First moment after it, ms since the Unix epoch. @defaultValue until now */
  readonly to?: number | undefined
}

/** One decision, and why. */
export interface ExplainedEvent {
  /** When, ms since the Unix epoch. */
  readonly time: number
  /** In one sentence. */
  readonly text: string
  /** The decision itself. */
  readonly event: NotifyEvent
}

/** The answer to a question. */
export interface Explanation {
  /** In the order in which it was decided. */
  readonly decisions: readonly ExplainedEvent[]
  /** What was decided before is not known, ms since the Unix epoch; absent while everything is remembered that came. */
  readonly unknownBefore?: number
}

/** What `notify` decided lately, to be asked. */
export interface NotifyHistory {
  /** Remembers what passes. */
  record(): MonoTypeOperatorFunction<NotifyEvent>
  /** Why somebody was told or was not. */
  explain(question: ExplainQuestion): Explanation
}

/**
 * Remembers what `notify` decided, so that "why was nobody told" has an answer.
 *
 * Emits: what comes, at once.
 *
 * Completes, errors: as its source. The call throws `NOTIFY_BAD_OPTION`.
 *
 * Memory: `maxBytes`. Time: that of the events.
 *
 * @example
 * ```ts
 * import { notify, notifyHistory, series } from '@tocsin/notify'
 * import { of } from 'rxjs'
 *
 * const history = notifyHistory()
 * const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops', severities: [1] }] }
 * await of({
 *   type: 'opened' as const, id: '1', fault: 'f1', ruleSet: 'queue', severity: 3 as const, openedAt: 0, time: 0,
 *   series: series('jobs'), cause: { reason: 'above' },
 * })
 *   .pipe(notify(policy, { notifiers: { pager: { send: async () => undefined } } }), history.record())
 *   .forEach(() => undefined)
 * for (const { text } of history.explain({}).decisions) console.log(text) // => the alert opened with severity 3
 * // => nobody is told of jobs: no route of the policy is about it
 * ```
 */
export function notifyHistory(options?: NotifyHistoryOptions): NotifyHistory {
  const { maxBytes } = resolveOptions<NotifyHistoryOptions>(
    defaultNotifyHistoryOptions,
    options,
    { maxBytes: wholeNumber(1) },
    badOption,
  ) as Defined<NotifyHistoryOptions>
  let events: { readonly event: NotifyEvent; readonly bytes: number }[] = []
  /** Those before it are forgotten. */
  let first = 0
  let bytes = 0
  let unknownBefore: number | undefined

  const remember = (event: NotifyEvent): void => {
    const size = JSON.stringify(event).length
    events.push({ event, bytes: size })
    bytes += size
    for (let oldest = events[first]; bytes > maxBytes && oldest !== undefined; oldest = events[first]) {
      bytes -= oldest.bytes
      unknownBefore = oldest.event.time + 1
      first += 1
    }
    if (first < 1024 || first < events.length / 2) return
    events = events.slice(first)
    first = 0
  }

  return {
    record: () => tap(remember),
    explain: ({ alert, place, from = -Infinity, to = Infinity }) => {
      const decisions = events
        .slice(first)
        .map(({ event }) => event)
        .filter(
          (event) =>
            event.time >= from &&
            event.time < to &&
            (alert === undefined || ('alert' in event && event.alert === alert)) &&
            (place === undefined || ('place' in event && event.place === place)),
        )
        .map((event): ExplainedEvent => ({ time: event.time, text: describeEvent(event), event }))
      return { decisions, ...(unknownBefore !== undefined && { unknownBefore }) }
    },
  }
}
