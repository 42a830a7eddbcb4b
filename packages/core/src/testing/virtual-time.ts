import { asyncScheduler } from 'rxjs'
import type { SchedulerLike } from 'rxjs'

import { parseDuration } from '../duration.ts'
import type { Duration } from '../duration.ts'
import { presentTime, replaceTime } from '../time/replace-time.ts'
import { VirtualScheduler } from '../time/virtual-scheduler.ts'

/** How {@link virtualTime} begins. */
export interface VirtualTimeOptions {
  /** The first moment, ms since the Unix epoch. @defaultValue 0 */
  readonly start?: number | undefined
  /** Most moments of one {@link VirtualTime.run}; what needs more has no end. @defaultValue 1000000 */
  readonly maxMoments?: number | undefined
}

/** A time that only a test moves. Also a scheduler and a clock, for a part that is to have it by itself. */
export interface VirtualTime extends SchedulerLike, Disposable {
  /** The present, ms since the Unix epoch. */
  now(): number
  /** How many actions wait for their time: 0 where no part has left a timer. */
  readonly scheduled: number
  /**
   * Lets time pass until nothing is scheduled any more, or, with a promise, until that is settled, and gives what it gives.
   * Rejects with `VIRTUAL_TIME_STUCK` where nothing is scheduled and the promise still waits, with `VIRTUAL_TIME_ENDLESS` where
   * there is no end after `maxMoments`, and as the promise does.
   */
  run(): Promise<void>
  run<Result>(until: PromiseLike<Result>): Promise<Result>
  /** Lets time pass up to this moment, ms since the Unix epoch; what is due then still happens. */
  advanceTo(time: number): Promise<void>
  /** Lets so much time pass: ms, or a duration such as `'5m'`. */
  advanceBy(duration: number | Duration): Promise<void>
  /** Gives the time of the machine back, and forgets what is scheduled. Called again, it changes nothing. */
  end(): void
}

/** The code of what is wrong with the use of a virtual time. */
type VirtualTimeErrorCode =
  | 'VIRTUAL_TIME_BAD_OPTION'
  | 'VIRTUAL_TIME_BUSY'
  | 'VIRTUAL_TIME_ENDED'
  | 'VIRTUAL_TIME_ENDLESS'
  | 'VIRTUAL_TIME_STUCK'

const timeError = (code: VirtualTimeErrorCode, message: string): Error =>
  Object.assign(new Error(`${code}: ${message}`), { code })

/** Copies of this module in several packages know each other by it. */
const current = Symbol.for('tocsin.virtual-time')

// Taken at import: a test that fakes the timers of the machine must not hold up the promises.
const immediate: (work: () => void) => unknown =
  // Browsers have none.
  (globalThis as Partial<Pick<typeof globalThis, 'setImmediate'>>).setImmediate ?? setTimeout

/** What the fake timers of Vitest and Jest have a `clock` for: a time without real turns would wait for ever. */
const faked =
  'the timers were fake when virtualTime was imported; import it before, or leave setImmediate real, as by doNotFake of Jest'

/** One turn of the event loop: all promises that wait for nothing but promises have then gone as far as they go. */
const turn = (): Promise<void> => new Promise((resolve) => immediate(resolve))

/**
 * Puts a test into virtual time, until {@link VirtualTime.end} or the end of the block that says `using`.
 *
 * No part is told: `asyncScheduler` of rxjs, which all operators of rxjs and all parts of Tocsin use unless told otherwise, has
 * this time from now on. Time and promises take turns: before each action that is due, everything that was promised has
 * happened. So journals and stores on a `memoryFileSystem()` and notifiers that answer by promises come along, and a time-out
 * never overtakes the answer for which it waits.
 *
 * Does not drive: sockets, real disks and other work of the system (it waits for none of it); `Date.now()`, `setTimeout` and
 * `setInterval`, for which a test runner has fake timers, which go together with it where they come after its import;
 * `timestamp()` and `shareReplay` with a `windowTime`, which read `Date.now()` unless they are given `asyncScheduler`; parts with a
 * `scheduler` of their own, and rxjs' `TestScheduler.run`, which brings a time of its own and does not go together with this one.
 *
 * There is one at a time in a process: the next one ends the one before. A test that does not say `using` ends it itself. What an
 * earlier test left running schedules its next action in this time, as everything does: a test ends what it begins.
 *
 * @example
 * ```ts
 * import { evaluate, ruleSet } from '@tocsin/fault'
 * import { samples, virtualTime } from '@tocsin/fault/testing'
 *
 * using time = virtualTime()
 * const silent = ruleSet('alive').select('__name:heartbeat').absentFor('2m', 1).build()
 * samples('heartbeat 1 _*30 @10s')
 *   .pipe(evaluate([silent], { open: [] }))
 *   .subscribe(({ type, time }) => console.log(type, time)) // => opened 120000
 * await time.run()
 * ```
 */
export function virtualTime({ start = 0, maxMoments = 1_000_000 }: VirtualTimeOptions = {}): VirtualTime {
  if (!Number.isFinite(start))
    throw timeError('VIRTUAL_TIME_BAD_OPTION', `start must be ms since the Unix epoch, got ${start}`)
  if (!Number.isSafeInteger(maxMoments) || maxMoments < 1)
    throw timeError('VIRTUAL_TIME_BAD_OPTION', `maxMoments must be a whole number from 1, got ${maxMoments}`)
  if ('clock' in immediate) throw timeError('VIRTUAL_TIME_BAD_OPTION', faked)
  const holder = asyncScheduler as { [current]?: VirtualTime | undefined }
  holder[current]?.end()
  const machine = presentTime()
  const clock = new VirtualScheduler(start)
  replaceTime(clock.time)
  let isBusy = false
  const isEnded = (): boolean => holder[current] !== time

  /** Runs what is due up to `last()`, a moment after the other, each after the promises of those before. */
  const pass = async (last: () => number): Promise<void> => {
    if (isEnded())
      throw timeError('VIRTUAL_TIME_ENDED', 'this time has ended; make a new one by virtualTime()')
    if (isBusy)
      throw timeError('VIRTUAL_TIME_BUSY', 'time passes already; await the call before, then make the next')
    isBusy = true
    try {
      await turn()
      for (let moments = 0; !isEnded() && clock.nextDue() <= last(); moments += 1) {
        if (moments === maxMoments) throw endless(maxMoments)
        clock.runNext()
        await turn()
      }
    } finally {
      isBusy = false
    }
  }
  const run = async <Result>(until?: PromiseLike<Result>): Promise<Result | undefined> => {
    if (until === undefined) {
      await pass(() => Number.MAX_VALUE)
      return undefined
    }
    const waiting = new Set([until])
    const settle = (): void => waiting.clear()
    void until.then(settle, settle)
    await pass(() => (waiting.size === 0 ? -Infinity : Number.MAX_VALUE))
    if (waiting.size > 0) throw stuck()
    return until
  }
  const advanceTo = async (time: number): Promise<void> => {
    if (!Number.isFinite(time) || time < clock.now()) {
      const message = `time goes on to a moment from ${clock.now()}, ms since the Unix epoch, got ${time}`
      throw timeError('VIRTUAL_TIME_BAD_OPTION', message)
    }
    await pass(() => time)
    if (!isEnded()) clock.moveTo(time)
  }
  const end = (): void => {
    if (isEnded()) return
    holder[current] = undefined
    replaceTime(machine)
    clock.clear()
  }
  const time: VirtualTime = {
    now: () => clock.now(),
    schedule: clock.time.schedule,
    get scheduled() {
      return clock.size
    },
    run,
    advanceTo,
    advanceBy: async (duration) => advanceTo(clock.now() + msOf(duration)),
    end,
    [Symbol.dispose]: end,
  }
  holder[current] = time
  return time
}

function msOf(duration: number | Duration): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration)
  if (ms === undefined || !(ms >= 0) || ms === Infinity) {
    const message = `a duration is ms from 0, or a text such as "5m", got ${JSON.stringify(duration)}`
    throw timeError('VIRTUAL_TIME_BAD_OPTION', message)
  }
  return ms
}

const stuck = (): Error =>
  timeError(
    'VIRTUAL_TIME_STUCK',
    'nothing is scheduled, and the promise still waits: for a socket, a real disk, a timer of the machine, or for ever',
  )

const endless = (maxMoments: number): Error =>
  timeError(
    'VIRTUAL_TIME_ENDLESS',
    `something schedules itself for ever: no end after ${maxMoments} moments; use advanceTo() or advanceBy()`,
  )
