import { callback, flag, optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Defined } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { promises } from './source-promises.ts'
import { inTime, SourceScene } from './source-scene.ts'
import type { TestedSource } from './source-scene.ts'

/** A source of one's own, and how a test makes something happen to it. */
export interface SourceUnderTest<S extends TestedSource> {
  /** A new source that nobody has subscribed to; called once for each case. Where it listens, on port 0. */
  readonly create: () => S
  /**
   * Brings values that come together to a source that is subscribed to, the same number each time. Resolves when they are on
   * their way: an answer, which may wait for an acknowledgement, is not to be waited for.
   * @defaultValue none: the source emits by itself, again and again
   */
  readonly send?: ((source: S) => Promise<void> | void) | undefined
  /** How many values one `send` brings. @defaultValue 1 */
  readonly valuesPerSend?: number | undefined
  /** Brings something that cannot be read. @defaultValue none: nothing can be unreadable */
  readonly spoil?: ((source: S) => Promise<void> | void) | undefined
  /**
   * Whether the source still holds what a subscription began: a timer, a socket, a file.
   * @defaultValue none: a source that goes on in secret, without emitting, is not found out
   */
  readonly isRunning?: ((source: S) => Promise<boolean> | boolean) | undefined
  /**
   * Whether it can hold up its sender, as one that pulls can, so that nothing may be dropped.
   * @defaultValue false: what has no room may be dropped, counted and told
   */
  readonly canWait?: boolean | undefined
  /** How long a case waits for what must come, ms. @defaultValue 5000 */
  readonly timeoutMs?: number | undefined
}

/** One promise of the face. */
export interface ConformanceCase {
  /** The promise, as a sentence. */
  readonly name: string
  /** Resolves where it is kept; rejects with the promise and what was seen instead. */
  readonly run: () => Promise<void>
}

/**
 * What every source promises, as tests for any runner: it starts nothing by itself and stops when it is left, it can be
 * subscribed again and by several, it never runs further ahead than `maxInFlight` and goes on after `ack()`, it counts what it
 * emits, loses nothing in silence, changes nothing that it has handed on, lets others work, and bad data is a problem and no end.
 *
 * Each case takes a source of its own and unsubscribes from it in the end, kept or not. Waits in real time, by looking again and
 * again: sources have sockets. One that emits 10 000 values without a pause is left, or thrown out of its loop; a loop that
 * looks neither at what `emit` returns nor at `hasRoom`, such as `for (;;) run.emit([1])`, holds the whole process, and only
 * whoever runs the tests can end it.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION` at the call; what is no source, in each case.
 *
 * @returns the cases, each to be run in any order
 *
 * @example
 * ```ts
 * import { source } from '@tocsin/protocols'
 * import { sourceConformance } from '@tocsin/protocols/testing'
 *
 * let timers = 0
 * const create = () =>
 *   source<number>((run) => {
 *     const timer = setInterval(() => run.hasRoom && run.emit([1]))
 *     timers += 1
 *     return () => {
 *       clearInterval(timer)
 *       timers -= 1
 *     }
 *   })
 * const cases = sourceConformance({ create, isRunning: () => timers > 0, canWait: true })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases[0]?.name) // => starts nothing before it is subscribed to
 * ```
 */
export function sourceConformance<S extends TestedSource>(
  subject: SourceUnderTest<S>,
): readonly ConformanceCase[] {
  const { create, send, spoil, isRunning, valuesPerSend, canWait, timeoutMs } = resolveOptions<Resolved<S>>(
    defaults as Resolved<S>,
    subject,
    checks,
    badOption,
  )
  return Object.entries(promises)
    .filter(([, { needs }]) => needs === undefined || subject[needs] !== undefined)
    .map(([name, { check }]) => ({
      name,
      run: async () => {
        let isLeft = false
        const source = checkSource(create())
        const scene = new SourceScene(source, {
          send: send && (() => inTime(timeoutMs, 'send', send(source), () => isLeft)),
          spoil: spoil && (() => inTime(timeoutMs, 'spoil', spoil(source), () => isLeft)),
          isRunning: isRunning && (() => inTime(timeoutMs, 'isRunning', isRunning(source), () => isLeft)),
          valuesPerSend,
          canWait,
          timeoutMs,
        })
        try {
          await check(scene)
        } catch (error) {
          throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
          })
        } finally {
          await scene.leave()
          isLeft = true
        }
      },
    }))
}

type Defaulted = 'valuesPerSend' | 'canWait' | 'timeoutMs'
type Resolved<S extends TestedSource> = Defined<Pick<SourceUnderTest<S>, Defaulted>> &
  Omit<SourceUnderTest<S>, Defaulted>

// What has no default is missed by its check.
const defaults: Defined<Pick<SourceUnderTest<TestedSource>, Defaulted>> = {
  valuesPerSend: 1,
  canWait: false,
  timeoutMs: 5000,
}

const checks = {
  create: callback,
  send: optional(callback),
  spoil: optional(callback),
  isRunning: optional(callback),
  valuesPerSend: wholeNumber(1),
  canWait: flag,
  timeoutMs: wholeNumber(1),
}

/** What comes out of a program without types may be any stream. */
function checkSource<S extends TestedSource>(source: S): S {
  const { problems, stats } = source as {
    readonly [Name in keyof TestedSource]?: TestedSource[Name] | undefined
  }
  const isWhole =
    port('subscribe', 'batches')(source) === undefined &&
    port('subscribe')(problems) === undefined &&
    typeof stats?.samples === 'number'
  if (isWhole) return source
  throw badOption(
    'create() must give a source with subscribe, batches, problems and stats, as source() makes them',
  )
}
