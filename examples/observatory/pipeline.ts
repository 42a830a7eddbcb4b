import { evaluate } from '@tocsin/fault'
import type { FaultEvent, RuleSet } from '@tocsin/fault'
import { ackAfter } from '@tocsin/journal'
import type { Batch, Journal } from '@tocsin/journal'
import { notify } from '@tocsin/notify'
import type { CommandInput, Notifier, NotifyEvent, NotifyStore, Policy } from '@tocsin/notify'
import type { Sample } from '@tocsin/protocols'
import type { RollupStore } from '@tocsin/rollup/store'
import { defer, ignoreElements, merge, switchMap, tap } from 'rxjs'
import type { Observable } from 'rxjs'

/** What the pipeline is assembled from. */
export interface Parts {
  /** What the sources collect. */
  readonly collected: Observable<Batch<Sample>>
  readonly journal: Journal<Sample>
  readonly rollups: Pick<RollupStore, 'write'>
  readonly rules: readonly RuleSet[]
  readonly policy: Policy
  readonly alerts: NotifyStore
  readonly notifiers: Readonly<Record<string, Notifier>>
  /** Is told what the rules find, before anybody else. */
  readonly faults: (event: FaultEvent) => void
  /** What people ask for, such as an acknowledgement. */
  readonly commands: Observable<CommandInput>
}

/**
 * The whole way of a sample: collected, journaled, then on two feeds rolled up (durable, catches up) and judged (live, never
 * replayed). Emits what the notifications do. A branch that fails holds itself back and none of the others.
 */
export function pipeline(parts: Parts): Observable<NotifyEvent> {
  const { collected, journal, rollups, rules, policy, alerts, notifiers, faults, commands } = parts
  const judge = evaluate<Sample>(rules, { open: alerts })
  const judged = journal.tail().pipe(
    judge,
    tap((event) => faults(event)),
    notify(policy, { store: alerts, notifiers, commands, stillOpen: judge.stillOpen }),
  )
  const stored = defer(() => journal.subscriber('storage')).pipe(
    switchMap((storage) => storage.batches()),
    ackAfter((batch) => rollups.write(batch)),
    ignoreElements(),
  )
  // The readers first: what is collected meets a pipeline that is complete.
  return merge(judged, stored, collected.pipe(journal.writeBatches(), ignoreElements()))
}
