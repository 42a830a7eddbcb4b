import { buildSeries, optional, port, resolveOptions, text } from '@tocsin/core'
import type { Check, Defined, Sample, Series, Tags } from '@tocsin/core'
import { defer, mergeMap } from 'rxjs'
import type { OperatorFunction } from 'rxjs'

import type { Alert } from '../model/alert.ts'
import type { NotifyEvent } from '../model/event.ts'
import type { Severity } from '../model/signal.ts'
import { badOption } from '../errors.ts'

/** Options of `notifySamples`. */
export interface NotifySamplesOptions {
  /** What is open before the first event, such as the store of `notify`; read at each subscription. @defaultValue nothing */
  readonly open?:
    | {
        /** The open alerts. */
        openAlerts(): readonly Pick<Alert, 'severity'>[]
      }
    | undefined
  /** Stands before each name, with a dot. @defaultValue `'notify'` */
  readonly prefix?: string | undefined
  /** Tags of every sample. @defaultValue none */
  readonly tags?: Tags | undefined
}

/** The defaults of {@link NotifySamplesOptions}. */
export const defaultNotifySamplesOptions: Defined<Pick<NotifySamplesOptions, 'prefix' | 'tags'>> =
  Object.freeze({
    prefix: 'notify',
    tags: Object.freeze({}),
  })

const severities = [1, 2, 3, 4, 5] as const

const isTags: Check = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every((tag) => typeof tag === 'string')
    ? undefined
    : 'an object of strings'

/**
 * The samples of what `notify` decides, so that alerting is watched as anything else.
 *
 * - `notify.open_alerts`, kind `gauge`, with tag `severity`: all five with the first alert that opens, changes or ends, then
 *   each that has changed. Alerts of an earlier life count only with the option `open`; a count is never below 0.
 * - `notify.opened`, also for one that opened again, and `notify.cleared`, kind `delta`, with tag `severity`: 1 for each alert, a cleared one by its last severity.
 * - `notify.planned`, kind `delta`, with tag `notifier`: 1 for each notification.
 * - `notify.deliveries`, kind `delta`, with tags `notifier` and `result` (`delivered`, `dead`, `superseded`): 1 for each notification
 *   that ended. What was planned is the sum of these and of what is not ended yet.
 * - `notify.suppressed`, kind `delta`, with tag `reason`: 1 whenever somebody was not told.
 * - `notify.failed_attempts`, kind `delta`, with tags `notifier` and `failure`: 1 for each attempt.
 * - `notify.delivery_ms`, kind `observation`, with tag `notifier`: from planning to delivery, of what was delivered.
 *
 * Emits: at once, in order. A notifier whose name cannot be a tag (over 256 characters with its category) has none.
 * Completes, errors: as its source.
 * Memory: five counts.
 * Time: that of the event.
 *
 * @example
 * ```ts
 * import { notifySamples } from '@tocsin/notify'
 * import type { NotifyEvent } from '@tocsin/notify'
 * import { of } from 'rxjs'
 *
 * const created: NotifyEvent = {
 *   type: 'created', time: 0, alert: 'a', ruleSet: 'queue', series: 'jobs', severity: 2, signal: '1',
 * }
 * of(created).pipe(notifySamples()).subscribe(({ series, value }) => {
 *   if (value === 1) console.log(series.key) // => notify.opened|ST[severity:2]
 *   // => notify.open_alerts|ST[severity:2]
 * })
 * ```
 */
export function notifySamples(options?: NotifySamplesOptions): OperatorFunction<NotifyEvent, Sample> {
  const resolved = resolveOptions<NotifySamplesOptions>(
    defaultNotifySamplesOptions,
    options,
    { open: optional(port('openAlerts')), prefix: text(), tags: isTags },
    badOption,
  ) as NotifySamplesOptions & typeof defaultNotifySamplesOptions
  const { open, prefix, tags: common } = resolved
  if (!buildSeries(`${prefix}.open_alerts`, { ...common, severity: '1' }).ok) {
    throw badOption('options "prefix" and "tags" must make a name of a series')
  }
  const sample: MakeSample = (time, name, kind, value, tags) => {
    const built = buildSeries(`${prefix}.${name}`, { ...common, ...tags })
    return built.ok ? [{ series: built.value, time, kind, value }] : []
  }
  return (source) =>
    defer(() => {
      const counts = createCounts(open?.openAlerts() ?? [], sample)
      return source.pipe(mergeMap((event) => [...changesOf(event, sample), ...counts(event)]))
    })
}

type NotifySample = Sample<Series, 'gauge' | 'delta' | 'observation'>

/** One sample; none where a tag cannot be one. */
type MakeSample = (
  time: number,
  name: string,
  kind: NotifySample['kind'],
  value: number,
  tags: Tags,
) => readonly NotifySample[]

/** What one event stands for by itself. */
function changesOf(event: NotifyEvent, sample: MakeSample): readonly Sample[] {
  const delta = (name: string, tags: Tags): readonly Sample[] => sample(event.time, name, 'delta', 1, tags)
  const { type } = event
  if (type === 'created' || type === 'reopened') return delta('opened', { severity: `${event.severity}` })
  if (type === 'cleared') return delta('cleared', { severity: `${event.severity}` })
  if (type === 'attempt-failed') {
    return delta('failed_attempts', { notifier: event.notifier, failure: event.failure })
  }
  if (type === 'planned') return delta('planned', { notifier: event.notifier })
  if (type === 'suppressed') return delta('suppressed', { reason: event.reason })
  if (type !== 'delivered' && type !== 'dead' && type !== 'superseded') return []
  const { notifier } = event
  const deliveries = delta('deliveries', { notifier, result: type })
  if (type !== 'delivered') return deliveries
  const tookMs = Math.max(0, event.time - event.plannedAt)
  return [...deliveries, ...sample(event.time, 'delivery_ms', 'observation', tookMs, { notifier })]
}

/** Counts open alerts by severity; gives the counts that have changed since they were given. */
function createCounts(
  open: readonly { readonly severity: Severity }[],
  sample: MakeSample,
): (event: NotifyEvent) => readonly Sample[] {
  const counts = { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 }
  for (const { severity } of open) counts[severity] += 1
  const given: Partial<typeof counts> = {}
  const leave = (severity: Severity): void => void (counts[severity] = Math.max(0, counts[severity] - 1))
  return (event) => {
    const { type } = event
    if (type !== 'created' && type !== 'reopened' && type !== 'severity' && type !== 'cleared') return []
    if (event.type === 'cleared') leave(event.severity)
    else counts[event.severity] += 1
    if (event.type === 'severity') leave(event.from)
    return severities.flatMap((severity) => {
      const count = counts[severity]
      if (given[severity] === count) return []
      given[severity] = count
      return sample(event.time, 'open_alerts', 'gauge', count, { severity: `${severity}` })
    })
  }
}
