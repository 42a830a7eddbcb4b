import type { Defined } from '@tocsin/core'

import type { CheckAction, CheckSkip } from '../../ticking/check-action.ts'
import { createTickEngine } from '../../ticking/check-engine.ts'
import type { CheckLimits } from '../../ticking/check-limits.ts'
import type { CheckResult } from '../check.ts'
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
  const actions: CheckAction[] = []
  let defined: ReadonlyMap<string, TimedCheck> = new Map()
  let followers: ReadonlyMap<string, readonly string[]> = new Map()
  let asked: ReadonlyMap<string, TimedCheck> | undefined
  let isBusy = false
  let isStopped = false
  /** Asked anew each time, since whoever hears of a result may end all. */
  const goesOn = (): boolean => !isStopped

  /**
   * One action after another, in the order of the decisions: whoever hears of a result may call back, and what that leads to comes
   * behind what was decided before.
   */
  function perform(decided: readonly CheckAction[]): void {
    for (const action of decided) actions.push(action)
    if (isBusy || isStopped) return
    isBusy = true
    try {
      performAll()
      while (asked !== undefined && goesOn()) redefine(asked)
    } finally {
      actions.length = 0
      isBusy = false
    }
    if (goesOn()) listener.moved()
  }

  function performAll(): void {
    // Those that come meanwhile too.
    for (const action of actions) {
      if (isStopped) return
      if (action.kind === 'skip') skip(action)
      else if (action.kind === 'start') start(action.key, action.tick, action.run)
      else cut(action.run, action.kind)
    }
    actions.length = 0
  }

  /** What was decided is performed as it was defined then, so that nothing is started of which nobody knows. */
  function redefine(checks: ReadonlyMap<string, TimedCheck>): void {
    asked = undefined
    const before = defined
    const decide = (decided: readonly CheckAction[]): void => {
      for (const action of decided) actions.push(action)
      performAll()
    }
    for (const name of before.keys()) {
      if (checks.has(name)) continue
      decide(engine.remove(name, clock.now(), stopwatch.now()))
      counts.delete(name)
    }
    if (isStopped) return
    defined = checks
    followers = followersOf(checks)
    for (const { name, timing, attempts } of checks.values()) {
      if (before.get(name)?.attempts !== attempts) counts.set(name, createCheckAttempts(attempts))
      decide(engine.set(name, timing, clock.now(), stopwatch.now()))
    }
  }

  function skip(action: CheckSkip): void {
    listener.result(skipped(action, clock.now(), defined.get(action.key)?.attempts ?? 1))
  }

  function start(name: string, tick: number, number: number): void {
    const timed = defined.get(name)
    // Never, since the engine knows what is defined.
    if (timed === undefined) return
    const run = startCheck(
      timed.check,
      ports,
      (finding) => end(number, timed, tick, finding),
      () => {
        ongoing.delete(number)
        perform(engine.settled(number, clock.now(), stopwatch.now()))
      },
    )
    ongoing.set(number, { run, timed })
    // By the check itself, as it began.
    if (isStopped) run.abort(left())
  }

  function end(number: number, timed: TimedCheck, time: number, finding: RunFinding): void {
    if (isStopped) return
    const { name, attempts, retryMs } = timed
    const isJudged = finding.reason !== 'removed'
    const counter = isJudged ? counts.get(name) : undefined
    const counted = counter?.count(finding.state) ?? { attempt: 1, attempts, hard: false }
    if (isJudged && retryMs !== undefined && !counted.hard) engine.retry(number, retryMs, clock.now())
    const lateMs = finding.startedAt - time
    listener.result({ type: 'check', check: name, time, lateMs, ...counted, ...finding })
    if (!isJudged) return
    for (const follower of followers.get(name) ?? [])
      perform(engine.ask(follower, time, clock.now(), stopwatch.now()))
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
      // Of several in one go the last.
      asked = checks
      perform([])
    },
    stop() {
      isStopped = true
      for (const { run } of ongoing.values()) run.abort(left())
    },
  }
}

const left = (): Error => new Error('nobody is subscribed any more')

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
  'still-running': 'was not run: the run before goes on, also where it was told as timed out',
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
