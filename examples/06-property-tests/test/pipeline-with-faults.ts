import { evaluate, ruleSet } from '@tocsin/fault'
import type { FaultChange, FaultMuted } from '@tocsin/fault'
import { ackAfter } from '@tocsin/journal'
import { notify } from '@tocsin/notify'
import type { NotifyEvent, Policy } from '@tocsin/notify'
import { concatMap, defer, firstValueFrom, of, switchMap, throttleTime, timer } from 'rxjs'
import type { Observable, OperatorFunction } from 'rxjs'

import type * as right from '../pipeline.ts'

const rules = [ruleSet('queue').select('__name:queue').above(100, 1).above(50, 3).build()]
const policy: Policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

/** Acknowledges what it will write in a minute. */
export const keep = ((journal, rollups): Observable<unknown> =>
  defer(() => journal.subscriber('storage', { from: 'oldest' })).pipe(
    switchMap((storage) => storage.batches()),
    ackAfter((batch) => of(firstValueFrom(timer(60_000)).then(() => rollups.write(batch)))),
  )) satisfies (...parts: Parameters<typeof right.keep>) => unknown

/** Looks something up for each sample, which a replay does not wait for. */
export const judge: typeof right.judge = (problems) => (samples) =>
  samples.pipe(
    concatMap(async (sample) => sample),
    evaluate(rules, { open: [], problems }),
  )

/** Wants less noise, and silences what is another fault. */
export const tell =
  (...[pager]: Parameters<typeof right.tell>): OperatorFunction<FaultChange | FaultMuted, NotifyEvent> =>
  (faults) =>
    faults.pipe(throttleTime(60_000), notify(policy, { notifiers: { pager } }))
