import { evaluate, ruleSet } from '@tocsin/fault'
import type { EvaluateOptions, FaultChange, FaultInput, FaultMuted } from '@tocsin/fault'
import { ackAfter } from '@tocsin/journal'
import type { Journal } from '@tocsin/journal'
import type { Sample } from '@tocsin/journal/samples'
import { notify } from '@tocsin/notify'
import type { Notifier, NotifyEvent } from '@tocsin/notify'
import type { RollupStore, StoredBatch } from '@tocsin/rollup/store'
import { defer, switchMap } from 'rxjs'
import type { Observable, OperatorFunction } from 'rxjs'

const rules = [ruleSet('queue').select('__name:queue').above(100, 1).above(50, 3).build()]
const policy = {
  groups: { ops: { notifiers: ['pager'] } },
  routes: [{ group: 'ops', wait: { '3': '1m' } }],
}

/** What is kept: each sample of the journal in the rollups, once, whatever happens. */
export const keep = (journal: Journal<Sample>, rollups: RollupStore): Observable<StoredBatch> =>
  defer(() => journal.subscriber('storage', { from: 'oldest' })).pipe(
    switchMap((storage) => storage.batches()),
    ackAfter((batch) => rollups.write(batch)),
  )

/** What is wrong: live, or in a replay of the journal. What samples have wrong themselves goes to `problems`. */
export const judge = (
  problems: EvaluateOptions['problems'],
): OperatorFunction<FaultInput, FaultChange | FaultMuted> => evaluate(rules, { open: [], problems })

/** Who is told. */
export const tell = (pager: Notifier): OperatorFunction<FaultChange | FaultMuted, NotifyEvent> =>
  notify(policy, { notifiers: { pager } })
