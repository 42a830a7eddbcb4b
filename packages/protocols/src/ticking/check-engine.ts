import type { Defined } from '@tocsin/core'
import { ActionQueue, type Queued } from '@tocsin/core/action-queue'

import type { CheckAction, CheckTiming } from './check-action.ts'
import { type CheckLimits, maxMissedTogether } from './check-limits.ts'
import { createCheckPlaces } from './check-places.ts'
import { tickAfter, tickAtOrBefore } from './ticks.ts'

/**
 * Decides which check runs when; knows no promises and no timers. Each tick that passes while a check is known is started or skipped
 * exactly once, and each call tells what is due by then.
 *
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch. Where it goes back by more than a period, ticks go on from
 * there, so that some come again. `elapsed` is a clock that never jumps, of which only differences count, in ms: time-outs and
 * waits are by it, so that a clock that is set ends no run, and none gains time.
 */
export interface CheckEngine {
  /** Takes a check in, whose first tick is the first after `now`, or changes one: what runs goes on. */
  set(key: string, timing: CheckTiming, now: number, elapsed: number): readonly CheckAction[]
  /** Takes a check out. */
  remove(key: string, now: number, elapsed: number): readonly CheckAction[]
  /** Nothing has happened but time. */
  advance(now: number, elapsed: number): readonly CheckAction[]
  /** A tick out of its turn, as after another check. */
  ask(key: string, tick: number, now: number, elapsed: number): readonly CheckAction[]
  /** The next tick comes at the latest so much after that of the present run, ms; never before `now`. */
  retry(run: number, retryMs: number, now: number): void
  /** A run is over, in time or after it was to end. */
  settled(run: number, now: number, elapsed: number): readonly CheckAction[]
  /** When `advance` must be called at the latest, ms since the Unix epoch; `Infinity` where nothing is due. */
  nextDue(): number
}

/** One check; due at its next tick, or at a retry before that. */
interface Slot extends Queued {
  readonly key: string
  timing: CheckTiming
  /** `abandoned`: it was to end, but has not settled, so it must not run again. */
  phase: 'idle' | 'queued' | 'running' | 'abandoned'
  /** Taken out while it ran. */
  isGone: boolean
  run: Run | undefined
  /** The tick that it waits for a place with. */
  tick: number
  /** Since when it waits, by `elapsed`. */
  wantedAt: number
  /** The last tick that was started or skipped, but for those asked for. */
  lastTick: number
  nextTick: number
}

/** One run; due at its time-out, by `elapsed`. */
interface Run extends Queued {
  readonly number: number
  readonly slot: Slot
  readonly host: string
  readonly tick: number
}

/** An engine without checks. */
export function createTickEngine(limits: Defined<CheckLimits>): CheckEngine {
  const slots = new Map<string, Slot>()
  const runs = new Map<number, Run>()
  const places = createCheckPlaces<Slot>(limits.concurrency, limits.perHost)
  const ticks = new ActionQueue<Slot>()
  const deadlines = new ActionQueue<Run>()
  let begun = 0
  let lastNow = 0
  let lastElapsed = 0

  const isTooLate = ({ timing: { periodMs, maxLateMs } }: Slot, lateMs: number): boolean =>
    lateMs > (maxLateMs ?? Math.min(limits.maxLateMs, (periodMs ?? Infinity) / 2))

  function schedule(slot: Slot, due: number): void {
    ticks.remove(slot)
    slot.due = due
    if (due !== Infinity) ticks.add(slot)
  }

  function scheduleAfter(slot: Slot, time: number): void {
    const { periodMs, phaseMs } = slot.timing
    slot.nextTick = periodMs === undefined ? Infinity : tickAfter(time, periodMs, phaseMs)
    schedule(slot, slot.nextTick)
  }

  function startQueued(elapsed: number, actions: CheckAction[]): void {
    for (let slot = places.next(); slot !== undefined; slot = places.next()) {
      const { key, tick, timing } = slot
      const { host, timeoutMs } = timing
      if (isTooLate(slot, elapsed - slot.wantedAt)) {
        places.free(host)
        slot.phase = 'idle'
        actions.push({ kind: 'skip', key, tick, reason: 'queued', missed: 0 })
        continue
      }
      const number = (begun += 1)
      const run: Run = { number, slot, host, tick, due: elapsed + timeoutMs, order: 0, place: -1 }
      slot.phase = 'running'
      slot.run = run
      runs.set(number, run)
      deadlines.add(run)
      actions.push({ kind: 'start', key, tick, run: number })
    }
  }

  function freePlace(run: Run): void {
    deadlines.remove(run)
    places.free(run.host)
    run.slot.phase = 'abandoned'
  }

  /** A tick that is not missed: it runs as soon as there is a place, unless the run before goes on. */
  function request(slot: Slot, tick: number, wantedAt: number, actions: CheckAction[]): void {
    const { key, phase } = slot
    if (phase === 'running' || phase === 'abandoned') {
      actions.push({ kind: 'skip', key, tick, reason: 'still-running', missed: 0 })
      return
    }
    // What waits runs for its latest tick, at the place that it has.
    if (phase === 'queued') actions.push({ kind: 'skip', key, tick: slot.tick, reason: 'queued', missed: 0 })
    else places.wait(slot, slot.timing.host)
    slot.phase = 'queued'
    slot.tick = tick
    slot.wantedAt = wantedAt
  }

  /** The ticks from the due one to `now`: the latest may run, those before it are missed. */
  function takeTicks(
    slot: Slot,
    periodMs: number,
    now: number,
    elapsed: number,
    actions: CheckAction[],
  ): void {
    const { key, due: first, nextTick } = slot
    // After a retry comes the tick that it came before.
    const second = first === nextTick ? first + periodMs : nextTick
    const latest = now < second ? first : tickAtOrBefore(now, periodMs, slot.timing.phaseMs)
    const before = latest === first ? 0 : 1 + Math.round((latest - second) / periodMs)
    const missed = before + (isTooLate(slot, now - latest) ? 1 : 0)
    const room = Math.max(1, maxMissedTogether - actions.length)
    const shown = Math.min(missed, limits.maxMissed, room)
    for (let at = missed - shown; at < missed; at += 1) {
      const tick = at === 0 ? first : second + (at - 1) * periodMs
      // The first one shown stands for those beyond the limit too.
      actions.push({ kind: 'skip', key, tick, reason: 'missed', missed: at === missed - shown ? at : 0 })
    }
    if (missed === before) request(slot, latest, elapsed - (now - latest), actions)
    slot.lastTick = latest
    if (latest < nextTick) schedule(slot, nextTick)
    else scheduleAfter(slot, latest)
  }

  /**
   * Where the clock was set back by more than a period, checks would pause until it has caught up; by less, no tick comes again.
   * Where `elapsed` begins anew, runs would gain time.
   */
  function moveTo(now: number, elapsed: number): void {
    if (now < lastNow)
      for (const slot of ticks.all())
        if (slot.nextTick - now > 2 * (slot.timing.periodMs ?? Infinity)) scheduleAfter(slot, now)
    if (elapsed < lastElapsed)
      for (const run of deadlines.all()) {
        deadlines.remove(run)
        run.due = Math.min(run.due, elapsed + run.slot.timing.timeoutMs)
        deadlines.add(run)
      }
    lastNow = now
    lastElapsed = elapsed
  }

  /** All that time brings, but for the runs that there is room for. */
  function takeDue(now: number, elapsed: number, actions: CheckAction[]): void {
    moveTo(now, elapsed)
    for (let late = deadlines.first; late !== undefined && late.due <= elapsed; late = deadlines.first) {
      freePlace(late)
      actions.push({ kind: 'time-out', key: late.slot.key, run: late.number })
    }
    for (let slot = ticks.first; slot !== undefined && slot.due <= now; slot = ticks.first)
      takeTicks(slot, slot.timing.periodMs ?? Infinity, now, elapsed, actions)
  }

  /** What one call changes, between what was due before and what may start. */
  function act(
    now: number,
    elapsed: number,
    change: (actions: CheckAction[]) => void,
  ): readonly CheckAction[] {
    const actions: CheckAction[] = []
    takeDue(now, elapsed, actions)
    change(actions)
    startQueued(elapsed, actions)
    return actions
  }

  return {
    set: (key, timing, now, elapsed) =>
      act(now, elapsed, () => {
        const known = slots.get(key)
        if (known === undefined) {
          const slot = createSlot(key, timing)
          slots.set(key, slot)
          scheduleAfter(slot, now)
          return
        }
        const { periodMs, phaseMs, host } = known.timing
        known.timing = timing
        if (known.phase === 'queued' && host !== timing.host) {
          places.leave(known, host)
          places.wait(known, timing.host)
        }
        if (!known.isGone && periodMs === timing.periodMs && phaseMs === timing.phaseMs) return
        known.isGone = false
        scheduleAfter(known, now)
      }),
    remove: (key, now, elapsed) =>
      act(now, elapsed, (actions) => {
        const slot = slots.get(key)
        if (slot === undefined || slot.isGone) return
        const { phase, run } = slot
        schedule(slot, Infinity)
        // It comes back as the same one, so that it never runs twice at a time.
        if (run !== undefined) slot.isGone = true
        else slots.delete(key)
        if (phase === 'queued') {
          places.leave(slot, slot.timing.host)
          actions.push({ kind: 'skip', key, tick: slot.tick, reason: 'removed', missed: 0 })
        } else if (phase === 'running' && run !== undefined) {
          freePlace(run)
          actions.push({ kind: 'removed', key, run: run.number })
        }
      }),
    advance: (now, elapsed) => act(now, elapsed, () => undefined),
    ask: (key, tick, now, elapsed) =>
      act(now, elapsed, (actions) => {
        const slot = slots.get(key)
        if (slot !== undefined && !slot.isGone) request(slot, tick, elapsed, actions)
      }),
    retry(number, retryMs, now) {
      const run = runs.get(number)
      if (run === undefined || run.slot.due === Infinity) return
      // A tick that was skipped in the run does not come again.
      const due = Math.max(run.tick + retryMs, Math.ceil(now), run.slot.lastTick + 1)
      if (due < run.slot.due) schedule(run.slot, due)
    },
    settled(number, now, elapsed) {
      const run = runs.get(number)
      if (run === undefined) return []
      const { slot } = run
      runs.delete(number)
      if (slot.phase === 'running') freePlace(run)
      slot.phase = 'idle'
      slot.run = undefined
      if (slot.isGone) slots.delete(slot.key)
      return act(now, elapsed, () => undefined)
    },
    nextDue() {
      const deadline = deadlines.first?.due ?? Infinity
      return Math.min(ticks.first?.due ?? Infinity, lastNow + (deadline - lastElapsed))
    },
  }
}

const createSlot = (key: string, timing: CheckTiming): Slot => ({
  key,
  timing,
  phase: 'idle',
  isGone: false,
  run: undefined,
  tick: 0,
  wantedAt: 0,
  lastTick: -Infinity,
  nextTick: Infinity,
  due: Infinity,
  order: 0,
  place: -1,
})
