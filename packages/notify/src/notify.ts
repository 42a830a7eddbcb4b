import { createProblemReporter } from '@tocsin/core'
import { diagnosticsChannel } from '@tocsin/core/diagnostics-channel'
import { EMPTY, from, Observable, Subject, takeUntil, tap } from 'rxjs'
import type { ObservableInput, OperatorFunction } from 'rxjs'

import type { NotifyEvent } from './model/event.ts'
import type { PolicyInput } from './model/policy.ts'
import type { DetectorSignal } from './model/signal.ts'
import { messageOf } from './errors.ts'
import { resolveNotify } from './options.ts'
import type { NotifyOptions } from './options.ts'
import type { NotifyProblem } from './problem.ts'
import { followPolicies } from './runtime/policies.ts'
import { Run } from './runtime/run.ts'

/**
 * Turns faults into alerts, tells people, and sees to it that they were told.
 *
 * Emits every decision, and why, after it is durable, in the order of what came in, but for a command
 * that finds no room. Each signal is answered by exactly one
 * `created`, `reopened`, `duplicate`, `severity`, `reason`, `muted`, `cleared` or `refused`, which says with reason `malformed` that it is none. A `normal` is
 * answered by `cleared` where it ends an alert that was open before a restart and that no signal has confirmed since; everywhere
 * else it changes nothing and is not answered. Each command is answered by exactly one `acknowledged`, `unacknowledged`, `cleared`,
 * `maintenance-set`, `maintenance-ended` or `command-refused`, whatever JSON it is.
 * Completes when the source has, every wait is over and every planned notification is delivered, dead or superseded.
 * Errors with the source, or with a {@link NotifyError} when the store cannot be loaded or was closed, or when a stream of policies ends
 * without one. Failed deliveries are events. A store that takes a change no more, or does not answer within `storePatienceMs`, holds nobody
 * up: people are told all the same, of notifications that say `unstored`, and it is tried again until it has taken everything; problems of
 * reason `store-failed` and an alert of rule set `tocsin.notify` say so meanwhile.
 * Policies may be a stream: nothing is decided before the first; with another one every open state is kept; one that does not hold is a
 * problem, and the one before it stays; its end and its errors change nothing.
 * Memory: the open alerts, at most `maxOpenAlerts`, with at most one notification per alert and place; `maxPending`
 * inputs, of severity 1 and ends four times that, beyond which a signal is dropped as a problem of reason `overflow`, which raises an alert
 * of its own, and a command refused at once; the ended episodes of the last 24 hours, at most 1,000,000.
 * Time: waits count from the event time of the signal; the scheduler wakes when no signal comes, and at least once a minute while
 * something is due, so that a clock that was set and a machine that slept delay nobody for longer.
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
  policy: PolicyInput | ObservableInput<PolicyInput>,
  options: NotifyOptions,
): OperatorFunction<DetectorSignal, NotifyEvent> {
  const resolved = resolveNotify(policy, options)
  const channel = diagnosticsChannel('tocsin:notify:event')
  const events: OperatorFunction<DetectorSignal, NotifyEvent> = (source) =>
    new Observable((subscriber) => {
      const { commands = EMPTY, clock, scheduler, problems } = resolved.options
      const report = createProblemReporter<NotifyProblem>({
        from: 'notify',
        clock: clock ?? scheduler,
        listener: problems,
      })
      const run = new Run(resolved.options, subscriber, report)
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
      if (!subscriber.closed) {
        followPolicies(resolved.policy, {
          notifiers: Object.keys(resolved.options.notifiers),
          report,
          until: stopped,
          govern: (held) => run.govern(held),
          fail: (error) => subscriber.error(error),
        })
      }
      if (subscriber.closed) return
      source.pipe(takeUntil(stopped)).subscribe({
        next: (signal) => run.offer({ type: 'signal', signal }),
        error: (error: unknown) => subscriber.error(error),
        complete: () => run.end(),
      })
    })
  return (source) =>
    events(source).pipe(
      tap((event) => {
        if (channel.hasSubscribers) channel.publish(event)
      }),
    )
}
