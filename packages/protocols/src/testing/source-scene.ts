import type { Batch, Problem } from '@tocsin/core'
import { Subscription } from 'rxjs'
import type { Observable, Observer } from 'rxjs'

/** What a source must have to be tested; every `Source` of this package has it, and what `source()` makes. */
export interface TestedSource extends Observable<unknown> {
  /** What was bad, dropped or survived. */
  readonly problems: Observable<Problem>
  /** Counters. */
  readonly stats: {
    /** Values emitted. */
    readonly samples: number
    /** Values dropped for want of room. */
    readonly dropped: number
  }
  /** Values as they came together, at most `maxInFlight` of them unacknowledged. */
  batches(options?: { readonly maxInFlight?: number | undefined }): Observable<Batch<unknown>>
}

/** No source has so much to say at once that nobody else may have a turn. */
export const mostInOneTurn = 10_000

/**
 * What came of one subscription. It is a subscriber itself, for rxjs reports an error of a plain observer later, and what it
 * throws here is to end the loop that calls it.
 */
export class Heard<T> extends Subscription implements Observer<T> {
  readonly values: T[] = []
  /** Whether it was left because it emitted without a pause. */
  isFlooded = false
  isEnded = false
  failure: { readonly error: unknown } | undefined
  readonly #each: (value: never) => void
  #inTurn = 0
  #isStarting = true

  constructor(stream: Observable<T>, each: (value: T, heard: Heard<T>) => void = () => undefined) {
    super()
    this.#each = (value: T) => each(value, this)
    stream.subscribe(this)
    this.#isStarting = false
  }

  next(value: T): void {
    if (this.#inTurn === 0) setTimeout(() => (this.#inTurn = 0))
    this.#inTurn += 1
    const isTooMuch = this.#inTurn >= mostInOneTurn
    // Whoever goes on although it is left asks nothing; only an error ends that loop.
    const isDeaf = this.closed
    if (!isDeaf) {
      this.values.push(value)
      this.#each(value as never)
      if (isTooMuch) {
        this.isFlooded = true
        this.unsubscribe()
      }
    }
    if (isTooMuch && (isDeaf || this.#isStarting)) {
      throw new Error(`it emitted ${mostInOneTurn} values without a pause`)
    }
  }

  error(error: unknown): void {
    if (this.closed) return
    this.failure = { error }
    this.unsubscribe()
  }

  complete(): void {
    if (this.closed) return
    this.isEnded = true
    this.unsubscribe()
  }
}

interface Means {
  readonly send: (() => Promise<void>) | undefined
  readonly spoil: (() => Promise<void>) | undefined
  readonly isRunning: (() => Promise<boolean>) | undefined
  readonly valuesPerSend: number
  readonly canWait: boolean
  readonly timeoutMs: number
}

/** One source, whoever listens to it, and what a case can do. */
export class SourceScene {
  readonly source: TestedSource
  readonly canWait: boolean
  /** How many values were sent; unknown where it emits by itself. */
  readonly sent: () => number | undefined
  /** Heard from the beginning, or they would be warnings of the process. */
  readonly problems: Heard<Problem>
  readonly #means: Means
  readonly #heard: Heard<never>[] = []
  #sends = 0

  constructor(source: TestedSource, means: Means) {
    this.source = source
    this.canWait = means.canWait
    this.problems = new Heard(source.problems)
    this.#means = means
    this.sent = () => (means.send === undefined ? undefined : this.#sends * means.valuesPerSend)
  }

  listen<T>(stream: Observable<T>, each?: (value: T, heard: Heard<T>) => void): Heard<T> {
    const heard = new Heard(stream, each)
    this.#heard.push(heard as Heard<never>)
    return heard
  }

  async send(count = 1): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      this.#sends += 1
      await this.#means.send?.()
    }
  }

  /** Sends to a source that nobody listens to any more, which may fail or wait for ever. */
  sendInVain(): void {
    this.#means.send?.().catch(() => undefined)
  }

  async spoil(): Promise<void> {
    await this.#means.spoil?.()
  }

  /** Resolves when so much came; what ends before is said, also where one of those beside it does. */
  async until(count: number, heard: Heard<unknown>, ...beside: readonly Heard<unknown>[]): Promise<void> {
    await this.look(() => heard.values.length >= count || [heard, ...beside].some(({ closed }) => closed))
    this.expectCame(count, heard, ...beside)
  }

  expectCame(count: number, heard: Heard<unknown>, ...beside: readonly Heard<unknown>[]): void {
    for (const { failure } of [heard, ...beside]) {
      if (failure !== undefined) throw new Error(`it ended with an error: ${textOf(failure.error)}`)
    }
    const end = [heard, ...beside].some(({ isEnded }) => isEnded) ? ' before it completed' : ''
    expectThat(heard.values.length >= count, `${heard.values.length} came${end}, of ${count} waited for`)
  }

  /** Resolves when it holds, or when the time is up. */
  async look(holds: () => Promise<boolean> | boolean): Promise<void> {
    // Looks are counted, not the time: a program that was held up has not had it.
    let looks = this.#means.timeoutMs / lookMs
    while (!(await holds()) && looks-- > 0) await pause(lookMs)
  }

  /** Where the source can be asked, it must say so. */
  async expectRunning(expected: boolean, when: string): Promise<void> {
    const { isRunning } = this.#means
    if (isRunning === undefined) return
    let running = !expected
    await this.look(async () => (running = await isRunning()) === expected)
    expectThat(running === expected, `isRunning says ${String(running)} ${when}`)
  }

  /** It is left by now: whatever comes, it emits and holds nothing. */
  async expectStopped(): Promise<void> {
    const before = this.source.stats.samples
    this.sendInVain()
    await this.quiet()
    const { samples } = this.source.stats
    expectThat(samples === before, `it counted ${samples - before} more values after it was left`)
    await this.expectRunning(false, 'after it was left')
  }

  /** Long enough for what a program has begun. */
  async quiet(): Promise<void> {
    await pause(50)
  }

  /** Leaves the source; what that is a problem to, is heard too. */
  async leave(): Promise<void> {
    for (const heard of this.#heard) heard.unsubscribe()
    await pause(1)
    this.problems.unsubscribe()
  }
}

export function expectThat(holds: boolean, seen: string): void {
  if (!holds) throw new Error(seen)
}

/** The answer of a function of the user's, who is told where it does not come. It is waited for until the case is over. */
export async function inTime<T>(
  timeoutMs: number,
  name: string,
  answer: Promise<T> | T,
  isLeft: () => boolean,
): Promise<T> {
  let isOver = false
  const late = async (): Promise<never> => {
    for (let looks = timeoutMs / lookMs; looks > 0 && !isOver && !isLeft(); looks -= 1) await pause(lookMs)
    throw new Error(`${name} has not resolved after ${timeoutMs} ms; it must not wait for an answer`)
  }
  try {
    return await Promise.race([answer, late()])
  } finally {
    isOver = true
  }
}

const lookMs = 5

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
