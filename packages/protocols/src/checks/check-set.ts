import { createTickEngine, type CheckAction, type CheckSkip } from '../ticking/check-engine.ts'
import type { CheckLimits } from '../ticking/check-limits.ts'
import type { Defined } from '@tocsin/core'
import type { CheckResult } from './check.ts'
import { createCheckAttempts, type CheckAttempts } from './check-attempts.ts'
import { type CheckRun, type RunFinding, type RunPorts, startCheck } from './check-run.ts'
import type { TimedCheck } from './definitions.ts'

/** Checks that run at their times; may be changed while they do. */
export interface CheckSet {
  /** From now on these, and no others; what is the same goes on as it was. */
  define(checks: ReadonlyMap<string, TimedCheck>): void
  /** Does what is due. */
  wake(): void
  /** When to wake it at the latest, ms since the Unix epoch. */
  nextDue(): number
  /** Aborts what runs; nothing is told after that. */
  stop(): void
}

interface Listener {
  result(result: CheckResult): void
  /** `nextDue()` may have changed. */
  moved(): void
}

interface Ongoing {
  readonly run: CheckRun
  /** As it was defined when the run began. */
  readonly timed: TimedCheck
}

/** Carries out what the engine decides; each tick leads to exactly one result. */
export function createCheckSet(limits: Defined<CheckLimits>, ports: RunPorts, listener: Listener): CheckSet {
  const { clock, stopwatch } = ports
  const engine = createTickEngine(limits)
  const ongoing = new Map<number, Ongoing>()
  const counts = new Map<string, CheckAttempts>()
  let defined: ReadonlyMap<string, TimedCheck> = new Map()
  let followers: ReadonlyMap<string, readonly string[]> = new Map()
  let stopped = false

  function perform(actions: readonly CheckAction[]): void {
    for (const action of actions) {
      if (stopped) return
      if (action.kind === 'skip')
        listener.result(skipped(action, clock.now(), defined.get(action.key)?.attempts ?? 1))
      else if (action.kind === 'start') start(action.key, action.tick, action.run)
      else cut(action.run, action.kind)
    }
    if (!stopped) listener.moved()
  }

  function start(name: string, tick: number, number: number): void {
    const timed = defined.get(name)
    if (timed === undefined) return
    const run = startCheck(
      timed.check,
      ports,
      (finding) => end(number, timed, tick, finding),
      () => {
        ongoing.delete(number)
        if (!stopped) perform(engine.settled(number, clock.now(), stopwatch.now()))
      },
    )
    ongoing.set(number, { run, timed })
  }

  function end(number: number, timed: TimedCheck, time: number, finding: RunFinding): void {
    if (stopped) return
    const { name, attempts, retryMs } = timed
    const counted = counts.get(name)?.count(finding.state) ?? { attempt: 1, hard: false }
    if (retryMs !== undefined && !counted.hard) engine.retry(number, retryMs, clock.now())
    const lateMs = finding.startedAt - time
    listener.result({ type: 'check', check: name, time, lateMs, attempts, ...counted, ...finding })
    for (const follower of followers.get(name) ?? [])
      if (!stopped) perform(engine.ask(follower, time, clock.now(), stopwatch.now()))
  }

  function cut(number: number, kind: 'time-out' | 'removed'): void {
    const going = ongoing.get(number)
    if (going === undefined) return
    const { timeoutMs } = going.timed.timing
    if (kind === 'time-out') going.run.cut('timed-out', `gave no answer in ${timeoutMs} ms`)
    else going.run.cut('removed', 'was taken out while it ran')
  }

  return {
    nextDue: () => engine.nextDue(),
    wake: () => perform(engine.advance(clock.now(), stopwatch.now())),
    define(checks) {
      const before = defined
      const isGone = ({ name, timing }: TimedCheck): boolean => checks.get(name)?.timing.host !== timing.host
      const gone = [...before.values()].filter(isGone)
      for (const { name } of gone) perform(engine.remove(name, clock.now(), stopwatch.now()))
      defined = checks
      followers = followersOf(checks)
      for (const name of before.keys()) if (!checks.has(name)) counts.delete(name)
      for (const { name, timing, attempts } of checks.values()) {
        engine.set(name, timing, clock.now(), stopwatch.now())
        if (before.get(name)?.attempts !== attempts) counts.set(name, createCheckAttempts(attempts))
      }
      perform([])
    },
    stop() {
      stopped = true
      for (const { run } of ongoing.values()) run.abort(new Error('nobody is subscribed any more'))
    },
  }
}

function followersOf(checks: ReadonlyMap<string, TimedCheck>): ReadonlyMap<string, readonly string[]> {
  const followers = new Map<string, string[]>()
  for (const { name, after } of checks.values()) {
    if (after === undefined) continue
    const others = followers.get(after)
    if (others === undefined) followers.set(after, [name])
    else others.push(name)
  }
  return followers
}

const sentences: Readonly<Record<CheckSkip['reason'], string>> = {
  missed: 'was not run: the process was stopped or too busy when it was due',
  'still-running': 'was not run: the run before has not ended',
  queued: 'was not run: it waited too long for a place among the runs',
  removed: 'was not run: it was taken out while it waited for a place',
}

const skipped = ({ key, tick, reason, missed }: CheckSkip, now: number, attempts: number): CheckResult => ({
  type: 'check',
  check: key,
  time: tick,
  startedAt: now,
  lateMs: now - tick,
  durationMs: 0,
  available: 'unknown',
  state: 'unknown',
  attempt: 1,
  attempts,
  hard: false,
  reason,
  status: sentences[reason],
  ...(missed > 0 && { missed }),
  samples: [],
})
