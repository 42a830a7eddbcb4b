import type { Batch, Problem } from '@tocsin/core'
import { take } from 'rxjs'
import type { Observable, Subscription } from 'rxjs'

/** What a source must have to be tested; every `Source` of this package has it, and what `source()` makes. */
export interface TestedSource<T> extends Observable<T> {
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
  batches(options?: { readonly maxInFlight?: number | undefined }): Observable<Batch<T>>
}

/** A source of one's own, and how a test makes something happen to it. */
export interface SourceUnderTest<S> {
  /** A new source, on a port or a folder of its own. */
  readonly create: () => S
  /**
   * Brings one batch of at least one value to a source that is subscribed to; resolves when it is on its way.
   * @defaultValue none: the source emits by itself, again and again
   */
  readonly send?: ((source: S) => Promise<void> | void) | undefined
  /** Brings something that cannot be read. @defaultValue none: nothing can be unreadable */
  readonly spoil?: ((source: S) => Promise<void> | void) | undefined
}

/** One promise of the face. */
export interface ConformanceCase {
  /** The promise, as a sentence. */
  readonly name: string
  /** Resolves where it is kept; rejects with what was seen instead. */
  run(): Promise<void>
}

/**
 * What every source promises, as tests for any runner: it starts nothing by itself and stops when it is left, it can be
 * subscribed again, it never runs further ahead than `maxInFlight` and goes on after `ack()`, it counts what it emits and
 * drops, and bad data is a problem and no end.
 *
 * Waits in real time, looking again and again for at most 5 s: sources have sockets.
 *
 * @example
 * ```ts
 * import { source } from '@tocsin/protocols'
 * import { sourceConformance } from '@tocsin/protocols/testing'
 *
 * const create = () =>
 *   source<number>((run) => {
 *     const timer = setInterval(() => run.hasRoom && run.emit([1]))
 *     return () => clearInterval(timer)
 *   })
 * const cases = sourceConformance({ create })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases[0]?.name) // => starts nothing before it is subscribed to
 * ```
 */
export function sourceConformance<S extends TestedSource<unknown>>(
  subject: SourceUnderTest<S>,
): readonly ConformanceCase[] {
  const { spoil } = subject
  const promises = spoil === undefined ? kept : { ...kept, ...keptWithBadData }
  return Object.entries(promises).map(([name, check]) => ({
    name,
    run: async () => {
      const heard: Heard<unknown>[] = []
      const source = subject.create()
      const listen = <T>(stream: Observable<T>): Heard<T> => {
        const one = new Heard(stream)
        heard.push(one)
        return one
      }
      const send = async (count = 1): Promise<void> => {
        for (let sent = 0; sent < count; sent += 1) await subject.send?.(source)
      }
      try {
        await check({ source, listen, send, spoil: async () => spoil?.(source) })
      } catch (error) {
        throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        })
      } finally {
        for (const { subscription } of heard) subscription.unsubscribe()
      }
    },
  }))
}

/** What came of one subscription. */
class Heard<T> {
  readonly values: T[] = []
  readonly subscription: Subscription
  #failure: unknown
  #isEnded = false

  constructor(stream: Observable<T>) {
    this.subscription = stream.subscribe({
      next: (value) => this.values.push(value),
      error: (error: unknown) => (this.#failure = error ?? new Error('an error without a value')),
      complete: () => (this.#isEnded = true),
    })
  }

  /** Resolves when so many values came. */
  async until(count: number): Promise<void> {
    await look(() => this.values.length >= count || this.#isEnded || this.#failure !== undefined)
    if (this.#failure !== undefined) throw new Error('it ended with an error', { cause: this.#failure })
    expectThat(this.values.length >= count, `${this.values.length} came, of ${count} that were waited for`)
  }
}

interface Scene {
  readonly source: TestedSource<unknown>
  readonly listen: <T>(stream: Observable<T>) => Heard<T>
  readonly send: (count?: number) => Promise<void>
  readonly spoil: () => Promise<void>
}

type Promises = Readonly<Record<string, (scene: Scene) => Promise<void>>>

const kept: Promises = {
  'starts nothing before it is subscribed to': async ({ source }) => {
    await quiet()
    expectThat(source.stats.samples === 0, `it had emitted ${source.stats.samples} values`)
  },
  'emits what comes, and counts it': async ({ source, listen, send }) => {
    const heard = listen(source)
    await send(3)
    await heard.until(3)
    const { samples } = source.stats
    expectThat(samples === heard.values.length, `stats.samples is ${samples}, values ${heard.values.length}`)
  },
  'emits nothing after it was left': async ({ source, listen, send }) => {
    const heard = listen(source)
    await send()
    await heard.until(1)
    heard.subscription.unsubscribe()
    const before = source.stats.samples
    // A socket that is closed refuses what comes.
    await send().catch(() => undefined)
    await quiet()
    const { samples } = source.stats
    expectThat(samples === before, `it emitted ${samples - before} values after it was left`)
  },
  'stops in the middle of a batch when its subscriber has enough': async ({ source, listen, send }) => {
    const heard = listen(source.pipe(take(1)))
    await send()
    await heard.until(1)
  },
  'can be subscribed to again after it was left': async ({ source, listen, send }) => {
    listen(source).subscription.unsubscribe()
    const heard = listen(source)
    await send()
    await heard.until(1)
  },
  'gives no more batches than maxInFlight that are not acknowledged, and goes on after ack()': async ({
    source,
    listen,
    send,
  }) => {
    const heard = listen(source.batches({ maxInFlight: 1 }))
    await send(3).catch(() => undefined)
    await heard.until(1)
    await quiet()
    expectThat(heard.values.length === 1, `${heard.values.length} batches came unacknowledged, of at most 1`)
    heard.values[0]?.ack()
    // What could not wait was dropped, so that something new must come.
    await send().catch(() => undefined)
    await heard.until(2)
  },
  'bears an ack() that comes twice, and one that comes after it was left': async ({
    source,
    listen,
    send,
  }) => {
    const heard = listen(source.batches({ maxInFlight: 1 }))
    await send()
    await heard.until(1)
    heard.values[0]?.ack()
    heard.values[0]?.ack()
    await send(3).catch(() => undefined)
    await heard.until(2)
    await quiet()
    const { length } = heard.values
    expectThat(length === 2, `${length - 1} batches came for one that was acknowledged twice`)
    heard.subscription.unsubscribe()
    heard.values[1]?.ack()
  },
  'has values in every batch': async ({ source, listen, send }) => {
    const heard = listen(source.batches())
    await send(2)
    await heard.until(1)
    expectThat(
      heard.values.every(({ values }) => values.length > 0),
      'a batch was empty',
    )
  },
  'refuses a maxInFlight of nothing at the call': async ({ source }) => {
    let isTaken = true
    try {
      void source.batches({ maxInFlight: 0 })
    } catch {
      isTaken = false
    }
    expectThat(!isTaken, 'it took maxInFlight: 0')
  },
}

const keptWithBadData: Promises = {
  'tells of what it cannot read as a problem, and goes on': async ({ source, listen, send, spoil }) => {
    const problems = listen(source.problems)
    const heard = listen(source)
    await spoil()
    await problems.until(1)
    for (const { from, reason, message, time, count } of problems.values) {
      const isSaid = [from, reason, message].every((text) => typeof text === 'string' && text !== '')
      const isWhole = isSaid && Number.isFinite(time) && count >= 1
      expectThat(isWhole, 'a problem lacks from, reason, message, time or count')
    }
    await send()
    await heard.until(1)
  },
}

function expectThat(holds: boolean, seen: string): void {
  if (!holds) throw new Error(seen)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Long enough for what a program has begun. */
const quiet = (): Promise<void> => pause(50)

/** Looks again and again, for at most 5 s. */
async function look(holds: () => boolean): Promise<void> {
  for (let count = 0; count < 1000 && !holds(); count += 1) await pause(5)
}
