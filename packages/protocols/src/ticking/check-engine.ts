import type { Defined } from '@tocsin/core'

import type { CheckLimits } from './check-limits.ts'
import { tickAfter, tickAtOrBefore } from './ticks.ts'

/** When one check runs. */
export interface CheckTiming {
  /** From one tick to the next, ms. */
  readonly periodMs: number
  /** Longest run, ms. */
  readonly timeoutMs: number
  /** Ticks are at `phaseMs + k * periodMs` since the Unix epoch; from 0 to below `periodMs`. */
  readonly phaseMs: number
}

/** Why a tick gave no run. */
export type SkipReason = 'missed' | 'still-running' | 'queued'

/** A tick without a run. */
export interface CheckSkip {
  /** There is nothing to run. */
  readonly kind: 'skip'
  /** Of the check. */
  readonly index: number
  /** Which tick, ms since the Unix epoch. */
  readonly tick: number
  /** Why. */
  readonly reason: SkipReason
  /** Earlier ticks that it stands for as well. */
  readonly missed: number
}

/** What is to be done. */
export type CheckAction =
  | CheckSkip
  | {
      /** The check is to be run. */
      readonly kind: 'start'
      /** Of the check. */
      readonly index: number
      /** For which tick, ms since the Unix epoch. */
      readonly tick: number
    }
  | {
      /** The run has taken too long; the check is not started again before it has settled. */
      readonly kind: 'time-out'
      /** Of the check. */
      readonly index: number
      /** For which tick, ms since the Unix epoch. */
      readonly tick: number
    }

/**
 * Decides which check runs when; knows no promises and no timers.
 *
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch, and must not go back. Where it does, by more than a
 * period, ticks go on from there, so that some come again; no run gains time. `elapsed` is a clock that never jumps, of which only
 * differences count, in ms: time-outs are by it, so that a clock that is set ends no run. Give it always or never; without it, it is `now`.
 */
export interface CheckEngine {
  /** What is due. Each tick that has passed is started or skipped exactly once. */
  advance(now: number, elapsed?: number): readonly CheckAction[]
  /**
   * When `advance` must be called at the latest, ms since the Unix epoch; perhaps earlier than anything is due. `Infinity` where
   * there are no checks.
   */
  nextDue(): number
  /** The run of the check with this index is over, in time or after its time-out; gives the runs that may start now. */
  settled(index: number, now: number, elapsed?: number): readonly CheckAction[]
}

interface State extends CheckTiming {
  readonly index: number
  due: number
  /** `abandoned`: timed out, but its promise has not settled, so it must not run again. */
  phase: 'idle' | 'queued' | 'running' | 'abandoned'
  tick: number
  /** By `elapsed`. */
  deadline: number
}

/** An engine whose first ticks are the first after `now`. */
export function createTickEngine(
  timings: readonly CheckTiming[],
  now: number,
  limits: Defined<CheckLimits>,
): CheckEngine {
  // Without spreading: the objects would be slow dictionaries, and each wake-up looks at all of them.
  const states = timings.map(({ periodMs, timeoutMs, phaseMs }, index): State => ({
    periodMs,
    timeoutMs,
    phaseMs,
    index,
    due: tickAfter(now, periodMs, phaseMs),
    phase: 'idle',
    tick: 0,
    deadline: Infinity,
  }))
  const queue: State[] = []
  let running = 0
  // A bound from below: a run that ends early only moves the next wake-up back, and looking at all of them then is dear.
  let next = earliest(states, now, now)

  function startQueued(time: number, elapsed: number, actions: CheckAction[]): void {
    while (running < limits.concurrency) {
      const state = queue.shift()
      if (state === undefined) return
      running += 1
      state.phase = 'running'
      state.deadline = elapsed + state.timeoutMs
      next = Math.min(next, time + state.timeoutMs)
      actions.push({ kind: 'start', index: state.index, tick: state.tick })
    }
  }

  function abandon(state: State, actions: CheckAction[]): void {
    running -= 1
    state.phase = 'abandoned'
    state.deadline = Infinity
    actions.push({ kind: 'time-out', index: state.index, tick: state.tick })
  }

  return {
    nextDue: () => next,
    advance(time, elapsed = time) {
      const actions: CheckAction[] = []
      for (const state of states) {
        if (state.deadline <= elapsed) abandon(state, actions)
        // The clock was set back, and there is no other: a run must not gain the time that it was set back by.
        else if (state.phase === 'running')
          state.deadline = Math.min(state.deadline, elapsed + state.timeoutMs)
      }
      for (const state of states) {
        const { due, periodMs, phaseMs } = state
        if (due <= time)
          takeTicks(state, tickAtOrBefore(time, periodMs, phaseMs), limits.maxMissed, queue, actions)
        // The clock was set back: go on from there, or the check would pause until it has caught up.
        else if (due - time > periodMs) state.due = tickAfter(time, periodMs, phaseMs)
      }
      startQueued(time, elapsed, actions)
      next = earliest(states, time, elapsed)
      return actions
    },
    settled(index, time, elapsed = time) {
      const actions: CheckAction[] = []
      const state = states[index]
      if (state === undefined) return actions
      if (state.phase === 'running') running -= 1
      state.phase = 'idle'
      state.deadline = Infinity
      startQueued(time, elapsed, actions)
      return actions
    },
  }
}

const earliest = (states: readonly State[], time: number, elapsed: number): number =>
  states.reduce((least, { due, deadline }) => Math.min(least, due, time + deadline - elapsed), Infinity)

/** The ticks from the due one to `latest`: the latest may run, those before it are missed. */
function takeTicks(
  state: State,
  latest: number,
  maxMissed: number,
  queue: State[],
  actions: CheckAction[],
): void {
  const { index, due, periodMs, phase } = state
  const missed = Math.round((latest - due) / periodMs)
  const shown = Math.min(missed, maxMissed)
  for (let at = 0; at < shown; at += 1) {
    // The first one shown stands for those beyond the limit too.
    const folded = at === 0 ? missed - shown : 0
    const tick = due + (missed - shown + at) * periodMs
    actions.push({ kind: 'skip', index, tick, reason: 'missed', missed: folded })
  }
  if (phase === 'idle') {
    state.phase = 'queued'
    state.tick = latest
    queue.push(state)
  } else {
    const reason = phase === 'queued' ? 'queued' : 'still-running'
    actions.push({ kind: 'skip', index, tick: latest, reason, missed: 0 })
  }
  state.due = latest + periodMs
}
