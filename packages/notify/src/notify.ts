import { createProblemReporter } from '@tocsin/core'
import { EMPTY, from, Observable, Subject, takeUntil } from 'rxjs'
import type { OperatorFunction } from 'rxjs'

import type { NotifyEvent } from './model/event.ts'
import type { PolicyInput } from './model/policy.ts'
import type { DetectorSignal } from './model/signal.ts'
import { messageOf } from './errors.ts'
import { resolveNotify } from './options.ts'
import type { NotifyOptions } from './options.ts'
import type { NotifyProblem } from './problem.ts'
import { Run } from './runtime/run.ts'

/**
 * Turns faults into alerts, tells people, and sees to it that they were told.
 *
 * Emits every decision, and why, after it is durable, in the order of what came in, but for a command
 * that finds no room. Each signal is answered by exactly one
 * `created`, `duplicate`, `severity`, `cleared` or `refused`, which says with reason `malformed` that it is none. A `normal` is
 * answered by `cleared` where it ends an alert that was open before a restart and that no signal has confirmed since; everywhere
 * else it changes nothing and is not answered. Each command is answered by exactly one `acknowledged`, `unacknowledged`,
 * `maintenance-set`, `maintenance-ended` or `command-refused`, whatever JSON it is.
 * Completes when the source has, every wait is over and every planned notification is delivered or dead.
 * Errors with the source, or with a {@link NotifyError} when the store cannot be loaded or was closed. Failed deliveries
 * are events. When the store takes a change no more, it goes on in memory and tells so as problems of reason
 * `store-failed`: people are told all the same, but what was decided since does not survive a restart.
 * Memory: the open alerts, at most `maxOpenAlerts`, with at most one notification per alert and notifier; `maxPending`
 * inputs, beyond which a signal is dropped as a problem of reason `overflow`, and a command refused at once; the last 1000 ended
 * episodes.
 * Time: waits count from the event time of the signal; the scheduler wakes when no signal comes.
 * The policy is checked at the call, which throws `NOTIFY_BAD_POLICY` with the path of what is wrong; it needs no type, and
 * `satisfies Policy` lets the compiler find the same.
 *
 * @example
 * ```ts
 * import { notify } from '@tocsin/notify'
 * import type { FaultSignal } from '@tocsin/notify'
 * import { of } from 'rxjs'
 *
 * const opened: FaultSignal = {
 *   type: 'opened', id: '1', fault: 'f1', ruleSet: 'queue', severity: 2, openedAt: 0, time: 0,
 *   series: { key: 'jobs', metric: 'jobs', tags: {} }, cause: { reason: 'above' },
 * }
 * const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
 * const pager = { send: async () => undefined }
 *
 * of(opened).pipe(notify(policy, { notifiers: { pager } })).subscribe((event) => {
 *   console.log(event.type) // => created
 *   // => planned
 *   // => delivered
 * })
 * ```
 */
export function notify(
  policy: PolicyInput,
  options: NotifyOptions,
): OperatorFunction<DetectorSignal, NotifyEvent> {
  const resolved = resolveNotify(policy, options)
  return (source) =>
    new Observable((subscriber) => {
      const { commands = EMPTY, clock, scheduler, problems } = resolved.options
      const report = createProblemReporter<NotifyProblem>({
        from: 'notify',
        clock: clock ?? scheduler,
        listener: problems,
      })
      const run = new Run(resolved.policy, resolved.options, subscriber, report)
      const stopped = new Subject<void>()
      subscriber.add(() => {
        stopped.next()
        run.stop()
      })
      // Before the start: who hears of what was restored may ask for something at once.
      from(commands)
        .pipe(takeUntil(stopped))
        .subscribe({
          next: (command) => run.offer({ type: 'command', command }),
          error: (error: unknown) =>
            report('commands-failed', () => ({ message: `no more commands: ${messageOf(error)}` })),
        })
      if (!subscriber.closed) run.start()
      if (subscriber.closed) return
      source.pipe(takeUntil(stopped)).subscribe({
        next: (signal) => run.offer({ type: 'signal', signal }),
        error: (error: unknown) => subscriber.error(error),
        complete: () => run.end(),
      })
    })
}
