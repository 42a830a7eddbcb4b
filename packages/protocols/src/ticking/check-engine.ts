import type { Defined } from '@tocsin/core'
import { ActionQueue, type Queued } from '@tocsin/core/action-queue'

import type { CheckLimits } from './check-limits.ts'
import { createCheckPlaces } from './check-places.ts'
import { tickAfter, tickAtOrBefore } from './ticks.ts'

/** When one check runs. */
export interface CheckTiming {
  /** From one tick to the next, ms; `undefined` where it runs only when it is asked for. */
  readonly periodMs: number | undefined
  /** Longest run, ms. */
  readonly timeoutMs: number
  /** Ticks are at `phaseMs + k * periodMs` since the Unix epoch; from 0 to below `periodMs`. */
  readonly phaseMs: number
  /** Whose places it takes. */
  readonly host: string
}

/** Why a tick gave no run. */
export type SkipReason = 'missed' | 'still-running' | 'queued' | 'removed'

/** A tick without a run. */
export interface CheckSkip {
  /** There is nothing to run. */
  readonly kind: 'skip'
  /** Of the check. */
  readonly key: string
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
      readonly key: string
      /** For which tick, ms since the Unix epoch. */
      readonly tick: number
      /** Number of the run, to say that it is over. */
      readonly run: number
    }
  | {
      /**
       * The run has taken too long, and the check is not started again before it has settled; or the check was removed in the
       * run.
       */
      readonly kind: 'time-out' | 'removed'
      /** Of the check. */
      readonly key: string
      /** Number of the run. */
      readonly run: number
    }

/**
 * Decides which check runs when; knows no promises and no timers. Each tick that passes while a check is known is started or skipped
 * exactly once.
 *
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch. Where it goes back, by more than a period, ticks go on from
 * there, so that some come again. `elapsed` is a clock that never jumps, of which only differences count, in ms: time-outs are by
 * it, so that a clock that is set ends no run, and none gains time.
 */
export interface CheckEngine {
  /** Takes a check in, whose first tick is the first after `now`, or changes one, but for its host: what runs goes on. */
  set(key: string, timing: CheckTiming, now: number, elapsed: number): void
  /** Takes a check out. */
  remove(key: string, now: number, elapsed: number): readonly CheckAction[]
  /** What is due. */
  advance(now: number, elapsed: number): readonly CheckAction[]
  /** A tick out of its turn, as after another check. */
  ask(key: string, tick: number, now: number, elapsed: number): readonly CheckAction[]
  /** The next tick comes at the latest so much after that of the present run, ms. */
  retry(run: number, retryMs: number, now: number): void
  /** A run is over, in time or after its time-out; gives the runs that may start now. */
  settled(run: number, now: number, elapsed: number): readonly CheckAction[]
  /** When `advance` must be called at the latest, ms since the Unix epoch; `Infinity` where nothing is due. */
  nextDue(): number
}

interface Slot extends Queued {
  readonly key: string
  host: string
  timing: CheckTiming
  /** `abandoned`: timed out, but its promise has not settled, so it must not run again. */
  phase: 'idle' | 'queued' | 'running' | 'abandoned'
  tick: number
  /** Since when it waits for a place: the tick, or when it was asked for. */
  wanted: number
  run: number
  deadline: Deadline | undefined
}

interface Deadline extends Queued {
  readonly slot: Slot
}

/** An engine without checks. */
export function createTickEngine(limits: Defined<CheckLimits>): CheckEngine {
  const slots = new Map<string, Slot>()
  const runs = new Map<number, Slot>()
  const places = createCheckPlaces<Slot>(limits.concurrency, limits.perHost)
  const ticks = new ActionQueue<Slot>()
  const deadlines = new ActionQueue<Deadline>()
  let begun = 0
  let lastNow = 0
  let lastElapsed = 0

  const isTooLate = ({ timing: { periodMs } }: Slot, wanted: number, now: number): boolean =>
    now - wanted > Math.min(limits.maxLateMs, (periodMs ?? Infinity) / 2)

  function schedule(slot: Slot, due: number): void {
    ticks.remove(slot)
    slot.due = due
    if (due !== Infinity) ticks.add(slot)
  }

  function startQueued(now: number, elapsed: number, actions: CheckAction[]): void {
    for (let slot = places.next(); slot !== undefined; slot = places.next()) {
      const { key, tick } = slot
      if (isTooLate(slot, slot.wanted, now)) {
        places.free(slot)
        slot.phase = 'idle'
        actions.push({ kind: 'skip', key, tick, reason: 'queued', missed: 0 })
        continue
      }
      slot.phase = 'running'
      slot.run = begun += 1
      runs.set(slot.run, slot)
      slot.deadline = { slot, due: elapsed + slot.timing.timeoutMs, order: 0, place: -1 }
      deadlines.add(slot.deadline)
      actions.push({ kind: 'start', key, tick, run: slot.run })
    }
  }

  function endRun(slot: Slot): void {
    if (slot.deadline !== undefined) deadlines.remove(slot.deadline)
    slot.deadline = undefined
    if (slot.phase === 'running') places.free(slot)
  }

  /** A tick that is not missed: it runs as soon as there is a place, unless the run before goes on. */
  function request(slot: Slot, tick: number, wanted: number, actions: CheckAction[]): void {
    const { key, phase } = slot
    if (phase === 'running' || phase === 'abandoned') {
      actions.push({ kind: 'skip', key, tick, reason: 'still-running', missed: 0 })
      return
    }
    // What waits runs for its latest tick, at the place that it has.
    if (phase === 'queued') actions.push({ kind: 'skip', key, tick: slot.tick, reason: 'queued', missed: 0 })
    else places.wait(slot)
    slot.phase = 'queued'
    slot.tick = tick
    slot.wanted = wanted
  }

  /** The ticks from the due one to `now`: the latest may run, those before it are missed. */
  function takeTicks(slot: Slot, periodMs: number, now: number, actions: CheckAction[]): void {
    const { key, due: first } = slot
    const { phaseMs } = slot.timing
    // The due one may be a retry, which is on no grid.
    const second = tickAfter(first, periodMs, phaseMs)
    const latest = Math.max(first, tickAtOrBefore(now, periodMs, phaseMs))
    const before = latest === first ? 0 : 1 + Math.round((latest - second) / periodMs)
    const missed = before + (isTooLate(slot, latest, now) ? 1 : 0)
    const shown = Math.min(missed, limits.maxMissed)
    for (let at = missed - shown; at < missed; at += 1) {
      const tick = at === 0 ? first : second + (at - 1) * periodMs
      // The first one shown stands for those beyond the limit too.
      actions.push({ kind: 'skip', key, tick, reason: 'missed', missed: at === missed - shown ? at : 0 })
    }
    if (missed === before) request(slot, latest, latest, actions)
    schedule(slot, tickAfter(latest, periodMs, phaseMs))
  }

  /** Where the clock was set back by more than a period, checks would pause until it has caught up, and runs would gain time. */
  function moveTo(now: number, elapsed: number): void {
    if (now < lastNow)
      for (const slot of ticks.all()) {
        const { periodMs, phaseMs } = slot.timing
        if (periodMs !== undefined && slot.due - now > periodMs)
          schedule(slot, tickAfter(now, periodMs, phaseMs))
      }
    if (elapsed < lastElapsed)
      for (const deadline of deadlines.all()) {
        deadlines.remove(deadline)
        deadline.due = Math.min(deadline.due, elapsed + deadline.slot.timing.timeoutMs)
        deadlines.add(deadline)
      }
    lastNow = now
    lastElapsed = elapsed
  }

  return {
    set(key, timing, now, elapsed) {
      moveTo(now, elapsed)
      const { periodMs, phaseMs } = timing
      const known = slots.get(key)
      const slot = known ?? {
        ...{
          key,
          timing,
          host: timing.host,
          phase: 'idle' as const,
          tick: 0,
          wanted: 0,
          run: 0,
          deadline: undefined,
        },
        ...{ due: Infinity, order: 0, place: -1 },
      }
      slots.set(key, slot)
      const before = slot.timing
      slot.timing = timing
      if (known === undefined || before.periodMs !== periodMs || before.phaseMs !== phaseMs)
        schedule(slot, periodMs === undefined ? Infinity : tickAfter(now, periodMs, phaseMs))
    },
    remove(key, now, elapsed) {
      const actions: CheckAction[] = []
      const slot = slots.get(key)
      if (slot === undefined) return actions
      moveTo(now, elapsed)
      slots.delete(key)
      ticks.remove(slot)
      if (slot.phase === 'queued') {
        places.leave(slot)
        actions.push({ kind: 'skip', key, tick: slot.tick, reason: 'removed', missed: 0 })
      } else if (slot.phase !== 'idle') {
        if (slot.phase === 'running') actions.push({ kind: 'removed', key, run: slot.run })
        endRun(slot)
        runs.delete(slot.run)
      }
      startQueued(now, elapsed, actions)
      return actions
    },
    advance(now, elapsed) {
      const actions: CheckAction[] = []
      moveTo(now, elapsed)
      for (let late = deadlines.first; late !== undefined && late.due <= elapsed; late = deadlines.first) {
        const { slot } = late
        endRun(slot)
        slot.phase = 'abandoned'
        actions.push({ kind: 'time-out', key: slot.key, run: slot.run })
      }
      for (let slot = ticks.first; slot !== undefined && slot.due <= now; slot = ticks.first) {
        takeTicks(slot, slot.timing.periodMs ?? Infinity, now, actions)
      }
      startQueued(now, elapsed, actions)
      return actions
    },
    ask(key, tick, now, elapsed) {
      const actions: CheckAction[] = []
      const slot = slots.get(key)
      if (slot === undefined) return actions
      moveTo(now, elapsed)
      request(slot, tick, now, actions)
      startQueued(now, elapsed, actions)
      return actions
    },
    retry(run, retryMs, now) {
      const slot = runs.get(run)
      if (slot === undefined || slot.due === Infinity) return
      const due = Math.max(slot.tick + retryMs, now)
      if (due < slot.due) schedule(slot, due)
    },
    settled(run, now, elapsed) {
      const actions: CheckAction[] = []
      const slot = runs.get(run)
      if (slot === undefined) return actions
      moveTo(now, elapsed)
      runs.delete(run)
      endRun(slot)
      slot.phase = 'idle'
      startQueued(now, elapsed, actions)
      return actions
    },
    nextDue() {
      const deadline = deadlines.first?.due ?? Infinity
      return Math.min(ticks.first?.due ?? Infinity, lastNow + (deadline - lastElapsed))
    },
  }
}
