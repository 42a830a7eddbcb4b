import { evaluate, explain } from '@tocsin/fault'
import type { RuleSet } from '@tocsin/fault'
import { ackAfter } from '@tocsin/journal'
import type { Journal } from '@tocsin/journal'
import { notify } from '@tocsin/notify'
import type { Notifier, NotifyEvent, NotifyStore, Policy } from '@tocsin/notify'
import type { Sample } from '@tocsin/protocols'
import type { RollupStore } from '@tocsin/rollup'
import { defer, ignoreElements, map, merge, switchMap } from 'rxjs'
import type { Observable, SchedulerLike } from 'rxjs'

/** What the pipeline is assembled from. */
export interface Parts {
  /** What the sources collect; each array came in one piece. */
  readonly collected: Observable<readonly Sample[]>
  readonly journal: Journal<Sample>
  readonly rollups: RollupStore
  readonly rules: readonly RuleSet[]
  readonly policy: Policy
  readonly alerts: NotifyStore
  readonly notifiers: Readonly<Record<string, Notifier>>
  readonly scheduler?: SchedulerLike
}

/**
 * The whole way of a sample: collected, journaled, then on two feeds rolled up (durable, catches up) and judged (live, never
 * replayed). Emits what the notifications do; ends with the first error that cannot be survived.
 */
export function pipeline(parts: Parts): Observable<NotifyEvent> {
  const { collected, journal, rollups, rules, policy, alerts, notifiers } = parts
  const time = parts.scheduler === undefined ? {} : { scheduler: parts.scheduler }

  const judged = defer(() => {
    // A fault that was open before a restart is known to be open, so that its end is told.
    const open = alerts.openAlerts().map((alert) => alert.signal)
    return journal.tail().pipe(
      evaluate(rules, { open, ...time }),
      map((event) => ({ ...event, text: explain(event) })),
      notify(policy, { store: alerts, notifiers, ...time }),
    )
  })
  const stored = defer(() => journal.subscriber('storage', { from: 'oldest' })).pipe(
    switchMap((storage) => storage.batches()),
    ackAfter((batch) => rollups.write(batch)),
    ignoreElements(),
  )
  const journaled = collected.pipe(journal.writeBatches(), ignoreElements())

  // The readers first: what is collected meets a pipeline that is complete.
  return merge(judged, stored, journaled)
}
