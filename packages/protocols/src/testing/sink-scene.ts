import type { Batch, Sample } from '@tocsin/core'
import { buildSeries } from '@tocsin/core'
import { type Observable, Subject } from 'rxjs'

import type { Reachability, Refusal, SinkEvent } from '../sinks/index.ts'
import { expectThat, Heard } from './source-scene.ts'

/** What a sink must have to be tested; every `Sink` of this package has it, and what `sink()` makes. */
export interface TestedSink {
  (batches: Observable<Batch<Sample>>): Observable<SinkEvent>
  /** Whether the destination takes what it is sent. */
  readonly reachable$: Observable<Reachability>
}

/** What a destination does wrong: each only where a case says so. */
export type DestinationFault =
  /** It takes, but a while (some 200 ms) after it could. */
  | 'slow'
  /** Its answers break off in the middle; whether it took what it was sent does not matter. */
  | 'half-reply'
  /** It refuses for good what is in `refused`, and may or may not take what came with that. */
  | 'refuse'

/** A server that stands in for the destination, for one case; at first it is not there. */
export interface TestedDestination {
  /** Lets it be there, at the same address each time. What it had it still has. */
  start(): Promise<void> | void
  /** Ends it at once: connections are cut, and nobody listens. */
  stop(): Promise<void> | void
  /** The values of all samples that it has taken, in the order in which it took them; of what came twice, twice. */
  received(): readonly number[]
  /** What is wrong with it from now on; `undefined`: nothing any more. `refused` are the values that it never takes. */
  behave?(fault: DestinationFault | undefined, refused: readonly number[]): void
  /** How many connections to it are open. */
  connections?(): number
  /** The case is over. */
  close?(): Promise<void> | void
}

const built = ['a', 'b'].map((name) => buildSeries('sink_test', { name }))
const both = built.flatMap((series) => (series.ok ? [series.value] : []))
/** In whole seconds, which every destination can tell apart. */
const firstMs = 1_700_000_000_000

/** A sample by its number, which is its value; every other one is of the same series. */
export const numbered = (number: number): Sample => ({
  series: both[number % 2] as Sample['series'],
  time: firstMs + number * 1000,
  value: number,
  kind: 'gauge',
})

/** One sink, one destination, and what a case does. */
export class SinkScene {
  readonly sink: TestedSink
  readonly destination: TestedDestination
  /** The numbers of the batches that were acknowledged, each as often as it was. */
  readonly acked: number[] = []
  /** What was acknowledged although the destination did not have it. */
  readonly early: string[] = []
  readonly refusals: Refusal[] = []
  heard: Heard<SinkEvent> | undefined
  readonly #timeoutMs: number
  readonly #given: (readonly number[])[] = []
  readonly #heard: Heard<never>[] = []
  #source = new Subject<Batch<Sample>>()
  #samples = 0

  constructor(sink: TestedSink, destination: TestedDestination, timeoutMs: number) {
    this.sink = sink
    this.destination = destination
    this.#timeoutMs = timeoutMs
  }

  /** All numbers that were given. */
  get given(): readonly number[] {
    return this.#given.flat()
  }

  /** Whether somebody still listens to the source. */
  get isSourceObserved(): boolean {
    return this.#source.observed
  }

  listen<T>(stream: Observable<T>, each?: (value: T, heard: Heard<T>) => void): Heard<T> {
    const heard = new Heard(stream, each)
    this.#heard.push(heard as Heard<never>)
    return heard
  }

  /** Subscribes; a second time with a source of its own. */
  run(source?: Observable<Batch<Sample>>): Heard<SinkEvent> {
    this.#source = new Subject()
    const heard = this.listen(this.sink(source ?? this.#source), (event) => {
      if (event.type === 'refused') this.refusals.push(...event.refusals)
    })
    this.heard = heard
    return heard
  }

  /** The next batch of so many samples, numbered on. */
  batch(samples: number, onAck?: () => void): Batch<Sample> {
    const values = Array.from({ length: samples }, () => numbered(this.#samples++))
    const number = this.#given.length
    const numbers = values.map(({ value }) => Number(value))
    this.#given.push(numbers)
    return {
      values,
      ack: () => {
        this.acked.push(number)
        const isRefused = (value: number): boolean =>
          this.refusals.some(({ sample }) => sample.value === value)
        const there = new Set(this.destination.received())
        for (let at = 0; at <= number; at += 1) {
          const missing = (this.#given[at] ?? []).filter((value) => !there.has(value) && !isRefused(value))
          if (missing.length > 0)
            this.early.push(`batch ${number} was acknowledged, and ${missing.join(', ')} is not there`)
        }
        onAck?.()
      },
    }
  }

  give(...batches: readonly number[]): void {
    for (const samples of batches) this.#source.next(this.batch(samples))
  }

  complete(): void {
    this.#source.complete()
  }

  error(error: Error): void {
    this.#source.error(error)
  }

  /** Resolves when it holds, or when the time is up. */
  async look(holds: () => boolean): Promise<void> {
    let looks = this.#timeoutMs / lookMs
    while (!holds() && looks-- > 0) await pause(lookMs)
  }

  /** It holds in the end, while the sink goes on. */
  async expectSoon(holds: () => boolean, seen: () => string): Promise<void> {
    await this.look(() => holds() || this.heard?.failure !== undefined)
    this.expectNoError()
    expectThat(holds(), seen())
  }

  /** What is given so far is acknowledged and the destination has it, in order. */
  async expectAllThere(isOnce: boolean): Promise<void> {
    await this.expectSoon(
      () => this.acked.length >= this.#given.length,
      () => `${this.acked.length} batches were acknowledged, of ${this.#given.length}`,
    )
    this.expectInOrder(isOnce)
    this.expectAcked()
  }

  /** What the destination has is all that was given and not refused, each series in its order. */
  expectInOrder(isOnce: boolean): void {
    const received = this.destination.received()
    const refused = new Set(this.refusals.map(({ sample }) => Number(sample.value)))
    const wanted = this.given.filter((number) => !refused.has(number))
    for (const parity of [0, 1]) {
      const ofSeries = (numbers: readonly number[]): readonly number[] =>
        numbers.filter((number) => number % 2 === parity)
      const there = ofSeries(received)
      // Again in order from some point on is in order; what comes first too late is not.
      const first = isOnce ? there : [...new Set(there)]
      const expected = ofSeries(wanted)
      const at = expected.findIndex((number, index) => first[index] !== number)
      const name = (number: number | undefined): string => (number === undefined ? 'nothing' : String(number))
      const again = isOnce ? '' : ' for the first time'
      expectThat(at < 0, `of a series ${name(first[at])} came where ${name(expected[at])} was due${again}`)
      expectThat(first.length === expected.length, 'of a series more came where nothing more was due')
    }
  }

  expectAcked(): void {
    expectThat(this.early.length === 0, this.early[0] ?? '')
    const isInOrder = this.acked.every((number, at) => number === at)
    expectThat(isInOrder, `batches were acknowledged in the order ${this.acked.join(', ')}`)
  }

  async expectCompleted(): Promise<void> {
    await this.expectSoon(
      () => this.heard?.isEnded === true,
      () => 'it did not complete',
    )
  }

  expectNoError(): void {
    const failure = this.heard?.failure
    if (failure !== undefined) throw new Error(`it ended with an error: ${String(failure.error)}`)
  }

  /** Nothing is open any more. */
  async expectFree(): Promise<void> {
    const { destination } = this
    if (destination.connections === undefined) return
    const count = (): number => destination.connections?.() ?? 0
    await this.look(() => count() === 0)
    expectThat(count() === 0, `${count()} connections were open afterwards`)
  }

  /** Long enough for something to be on its way. */
  async turn(): Promise<void> {
    await pause(lookMs)
  }

  /** Long enough for what a program has begun. */
  async quiet(): Promise<void> {
    await pause(50)
  }

  async leave(): Promise<void> {
    for (const heard of this.#heard) heard.unsubscribe()
    await this.destination.stop()
    await this.destination.close?.()
  }
}

const lookMs = 5

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
