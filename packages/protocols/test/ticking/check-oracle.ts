import type { CheckAction, CheckEngine, CheckLimits, CheckTiming } from '../../src/engine.ts'

/** What happens next: time passes, then something is done. */
export interface Step {
  /** How long nobody looks, ms. */
  readonly wait: number
  /** How far the clock is set, ms, beside that. */
  readonly jump: number
  readonly act: 'advance' | 'settle' | 'soft' | 'set' | 'remove' | 'ask'
  readonly key: number
  readonly timing: CheckTiming
}

interface Tick {
  readonly time: number
  /** Since when, by the clock that never jumps, it is to run. */
  readonly wantedAt: number
  /** Of its own grid, or by a retry; not asked for. */
  readonly isOwn: boolean
  /** Whether a later one of its own passed in the same look. */
  isPassed: boolean
}

interface Known {
  timing: CheckTiming
  isKnown: boolean
  /** Up to here its ticks are told. */
  frontier: number
  retryAt: number
  lastTick: number
  /** Those that have had no outcome yet. */
  open: Tick[]
}

interface Going {
  readonly key: string
  readonly host: string
  readonly deadline: number
  readonly tick: number
  isCut: boolean
}

/** By definition: looks at every ms. */
function ticksBetween(after: number, upTo: number, { periodMs, phaseMs }: CheckTiming): number[] {
  const found: number[] = []
  for (let time = after + 1; time <= upTo; time += 1)
    if (periodMs !== undefined && (time - phaseMs) % periodMs === 0) found.push(time)
  return found
}

const nextTick = ({ frontier, timing }: Known): number =>
  timing.periodMs === undefined
    ? Infinity
    : (ticksBetween(frontier, frontier + timing.periodMs, timing)[0] ?? NaN)

const nextOf = (one: Known): number => Math.min(one.retryAt, nextTick(one))

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** Plays steps to an engine, and compares all that it decides with lists of ticks; throws what is not so. */
export function play(
  engine: CheckEngine,
  limits: Required<{ [Name in keyof CheckLimits]: number }>,
  steps: readonly Step[],
): void {
  const known = new Map<string, Known>()
  const going = new Map<number, Going>()
  let [now, elapsed, first] = [100_000, 7, 0]
  const active = (host?: string): number =>
    [...going.values()].filter((run) => !run.isCut && (host === undefined || run.host === host)).length
  const limitOf = ({ periodMs = Infinity, maxLateMs }: CheckTiming): number =>
    maxLateMs ?? Math.min(limits.maxLateMs, periodMs / 2)

  /** The ticks up to now. */
  function reveal(one: Known): void {
    const times = ticksBetween(one.frontier, now, one.timing)
    if (one.retryAt <= now) times.push(one.retryAt)
    times.sort((a, b) => a - b)
    for (const [at, time] of times.entries()) {
      const isPassed = at < times.length - 1
      one.open.push({ time, wantedAt: elapsed - (now - time), isOwn: true, isPassed })
      one.lastTick = time
    }
    if (one.retryAt <= now) one.retryAt = Infinity
    one.frontier = Math.max(one.frontier, now)
  }

  function takeOut(one: Known, at: number, what: string): Tick & { readonly isReplaced: boolean } {
    const [tick] = at < 0 ? [] : one.open.splice(at, 1)
    if (tick === undefined) throw new Error(`${what} has had its outcome`)
    return { ...tick, isReplaced: at < one.open.length }
  }

  function look(actions: readonly CheckAction[], before: ReadonlyMap<string, CheckTiming>): void {
    for (const action of actions) {
      const one = known.get(action.key)
      if (one === undefined) throw new Error(`nobody knows ${action.key}`)
      const old = limitOf(before.get(action.key) ?? one.timing)
      if (action.kind === 'time-out' || action.kind === 'removed') {
        const run = going.get(action.run)
        if (run === undefined || run.isCut) throw new Error(`run ${action.run} does not go on`)
        must(action.kind === 'removed' || elapsed >= run.deadline, `run ${action.run} was cut too soon`)
        run.isCut = true
        continue
      }
      const { key, tick } = action
      const what = `tick ${tick} of ${key}`
      // After the clock went back there may be two of one time: what waits is the first, what is missed the last.
      const isIt = ({ time }: Tick): boolean => time === tick
      const isMissed = action.kind === 'skip' && action.reason === 'missed'
      const at = isMissed ? one.open.findLastIndex(isIt) : one.open.findIndex(isIt)
      const { wantedAt, isPassed, isReplaced } = takeOut(one, at, what)
      const isRunning = [...going.values()].some((run) => run.key === key)
      if (action.kind === 'start') {
        const { timeoutMs, host } = one.timing
        must(!isRunning, `${key} runs twice`)
        must(elapsed - wantedAt <= limitOf(one.timing), `${what} is late by ${elapsed - wantedAt}`)
        going.set(action.run, { key, host, tick, deadline: elapsed + timeoutMs, isCut: false })
        continue
      }
      if (action.reason === 'still-running') must(isRunning, `${what}: nothing runs`)
      else if (action.reason === 'missed')
        must(isPassed || elapsed - wantedAt > old, `${what} was not missed`)
      else if (action.reason === 'removed') must(!one.isKnown, `${what}: nobody took it out`)
      else must(isReplaced || elapsed - wantedAt > limitOf(one.timing), `${what} did not wait too long`)
      for (let back = 0; back < action.missed; back += 1) {
        const before = one.open.findLastIndex(({ time, isOwn }) => isOwn && time < tick)
        takeOut(one, before, `one before ${what}`)
      }
    }
  }

  function settle(number: number): readonly CheckAction[] {
    going.delete(number)
    return engine.settled(number, now, elapsed)
  }

  function perform({ act, key, timing }: Step): readonly CheckAction[] {
    const name = `check${key}`
    const one = known.get(name)
    if (act === 'set') {
      const isSame =
        one?.isKnown === true &&
        one.timing.periodMs === timing.periodMs &&
        one.timing.phaseMs === timing.phaseMs
      if (isSame) one.timing = timing
      else
        known.set(name, {
          lastTick: one?.lastTick ?? -Infinity,
          open: one?.open ?? [],
          timing,
          isKnown: true,
          frontier: now,
          retryAt: Infinity,
        })
      return engine.set(name, timing, now, elapsed)
    }
    if (act === 'remove') {
      if (one !== undefined) one.isKnown = false
      return engine.remove(name, now, elapsed)
    }
    if (act === 'ask') {
      if (one?.isKnown === true)
        one.open.push({ time: now - 3.5, wantedAt: elapsed, isOwn: false, isPassed: false })
      return engine.ask(name, now - 3.5, now, elapsed)
    }
    const [number] = [...going.keys()].slice(key)
    return act === 'advance' || number === undefined ? engine.advance(now, elapsed) : settle(number)
  }

  /** Comes before the ticks that are due by now: one of them is sooner than any retry. */
  function retry({ key, timing: { timeoutMs: retryMs } }: Step): void {
    const [number, run] = [...going][key] ?? []
    const one = known.get(run?.key ?? '')
    if (number === undefined || run === undefined || one === undefined) return
    engine.retry(number, retryMs, now)
    if (!one.isKnown || one.timing.periodMs === undefined) return
    const retryAt = Math.max(run.tick + retryMs, now, one.lastTick + 1)
    if (retryAt < nextOf(one)) one.retryAt = retryAt
  }

  function check(): void {
    must(active() <= limits.concurrency, 'more run than may')
    for (const { host } of going.values()) must(active(host) <= limits.perHost, `more than may for ${host}`)
    for (const [key, { open, timing }] of known) {
      const isFull = active() === limits.concurrency || active(timing.host) === limits.perHost
      must(open.length <= (isFull ? 1 : 0), `${key} waits, and there is room`)
    }
    const dues = [...known.values()].filter(({ isKnown }) => isKnown).map(nextOf)
    for (const { deadline, isCut } of going.values()) {
      must(isCut || deadline > elapsed, 'a run goes on beyond its time')
      if (!isCut) dues.push(now + deadline - elapsed)
    }
    const due = Math.min(...dues)
    must(engine.nextDue() === due, `due at ${due}, not at ${engine.nextDue()}`)
  }

  const step = (next: Step): void => {
    elapsed += next.wait
    now += next.wait + next.jump
    if (next.act === 'soft') retry(next)
    const before = new Map([...known].map(([key, { timing }]) => [key, timing]))
    for (const one of known.values()) {
      if (!one.isKnown) continue
      const isFarBack = nextTick(one) - now > 2 * (one.timing.periodMs ?? Infinity)
      if (isFarBack) [one.frontier, one.retryAt] = [now, Infinity]
      reveal(one)
    }
    look(perform(next), before)
    check()
  }

  for (const next of steps) {
    step(next)
    first += 1
  }
  // Let all that waits have its turn.
  while (going.size > 0) step({ ...idle, act: 'settle', key: going.size - 1 })
  for (const [key, { open }] of known)
    must(open.length === 0, `${open.length} ticks of ${key} never had an outcome, after ${first} steps`)
}

const idle: Omit<Step, 'act' | 'key'> = {
  wait: 0,
  jump: 0,
  timing: { periodMs: undefined, timeoutMs: 1, phaseMs: 0, host: 'a' },
}
