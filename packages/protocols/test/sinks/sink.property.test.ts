import type { Batch, Sample } from '@tocsin/core'
import fc from 'fast-check'
import { asyncScheduler, Observable } from 'rxjs'
import { expect, test } from 'vitest'

import { sink, type Destination, type Outcome, type SinkEvent } from '../../src/sinks/index.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { numbered, refused, taken as isTaken } from './model-destination.ts'

type Fate = 'good' | 'refused' | 'unsupported'

/** What becomes of a request: all of it, some or nothing gets there, and it is answered or the connection is lost. */
const turns = fc.record({
  kind: fc.constantFrom('answered', 'answered', 'unread', 'unanswered', 'half read'),
  delayMs: fc.constantFrom(0, 0, 3, 40),
  retryAfterMs: fc.constantFrom(undefined, undefined, 0, 200),
})

const scenes = fc.record({
  batches: fc.array(
    fc.record({
      fates: fc.array(fc.constantFrom<Fate>('good', 'good', 'good', 'refused', 'unsupported'), {
        maxLength: 7,
      }),
      afterMs: fc.constantFrom(0, 0, 2, 30),
    }),
    { maxLength: 12 },
  ),
  maxInFlight: fc.integer({ min: 1, max: 5 }),
  maxRequestSamples: fc.integer({ min: 1, max: 6 }),
  maxRequestBytes: fc.integer({ min: 1, max: 60 }),
  gatherMs: fc.constantFrom(0, 5, 100),
  turns: fc.array(turns, { maxLength: 30 }),
  /** How many requests are on a connection at once; with one, as over HTTP, there are refusals. */
  window: fc.integer({ min: 1, max: 4 }),
  settleMs: fc.constantFrom(0, 20),
  /** Whether what is good in a request is taken though something in it is refused, as InfluxDB does. */
  takesInPart: fc.boolean(),
  /** Whether answers are lost. */
  isLossy: fc.boolean(),
  /** What chance makes of the waits: with none of it, what failed is sent again at once. */
  chance: fc.constantFrom(0, 0.5, 1),
})

type Scene = typeof scenes extends fc.Arbitrary<infer Value> ? Value : never

/** One that reads in order, and has what it has read. */
class Model implements Destination {
  readonly log: number[] = []
  readonly sentAt: number[] = []
  closes = 0
  readonly #scene: Scene
  readonly #fates: readonly Fate[]
  #underWay: ((outcome: Outcome) => void)[] = []
  #unread: Promise<void> = Promise.resolve()
  #connection = 0
  #turn = 0

  constructor(scene: Scene, fates: readonly Fate[]) {
    this.#scene = scene
    this.#fates = fates
  }

  weigh({ time }: Sample): ReturnType<Destination['weigh']> {
    return this.#fates[time] === 'unsupported' ? { reason: 'unsupported', message: 'no form' } : 10
  }

  send(samples: readonly Sample[]): ReturnType<Destination['send']> {
    const { maxRequestSamples, maxRequestBytes, window } = this.#scene
    expect(samples.length).toBeLessThanOrEqual(maxRequestSamples)
    expect(samples.length === 1 || samples.length * 10 <= maxRequestBytes).toBe(true)
    this.sentAt.push(asyncScheduler.now())
    let settle: (outcome: Outcome) => void = () => undefined
    const outcome = new Promise<Outcome>((resolve) => (settle = resolve))
    this.#underWay.push(settle)
    expect(this.#underWay.length).toBeLessThanOrEqual(window)
    const connection = this.#connection
    const read = this.#unread.then(() => this.#read(samples, settle, connection))
    this.#unread = read
    const hasRoom = this.#underWay.length < window
    return { handedOver: hasRoom ? Promise.resolve() : outcome, outcome }
  }

  close(): void {
    this.closes += 1
  }

  async #read(
    samples: readonly Sample[],
    settle: (outcome: Outcome) => void,
    connection: number,
  ): Promise<void> {
    const { turns: all, isLossy, window, settleMs, takesInPart } = this.#scene
    const { kind, delayMs, retryAfterMs } = all[this.#turn++] ?? {
      kind: 'answered',
      delayMs: 0,
      retryAfterMs: undefined,
    }
    await pass(delayMs)
    // It was on a connection that is gone.
    if (connection !== this.#connection) return
    const numbers = samples.map(({ time }) => time)
    const good = numbers.filter((number) => this.#fates[number] === 'good')
    if (kind === 'unread' || (isLossy && kind !== 'answered')) {
      if (kind === 'unanswered') this.log.push(...good)
      if (kind === 'half read') this.log.push(...good.slice(0, good.length >> 1))
      this.#lose(retryAfterMs)
      return
    }
    if (good.length < numbers.length) {
      if (takesInPart) this.log.push(...good)
      this.#settle(settle, refused)
      return
    }
    this.log.push(...good)
    if (window === 1) this.#settle(settle, isTaken)
    else
      void pass(settleMs).then(() => {
        if (connection === this.#connection) this.#settle(settle, isTaken)
      })
  }

  #settle(settle: (outcome: Outcome) => void, outcome: Outcome): void {
    this.#underWay = this.#underWay.filter((other) => other !== settle)
    settle(outcome)
  }

  #lose(retryAfterMs: number | undefined): void {
    this.#connection += 1
    for (const settle of this.#underWay.splice(0).reverse())
      settle({ type: 'failed', message: 'lost', retryAfterMs })
  }
}

const pass = (ms: number): Promise<void> =>
  new Promise((resolve) => void asyncScheduler.schedule(() => resolve(), ms))

test('each sample is there once and in order, or more often where answers are lost, and what is acknowledged is there', async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async (scene) => {
      using time = virtualTime()
      const {
        batches,
        maxInFlight,
        window,
        gatherMs,
        maxRequestSamples,
        maxRequestBytes,
        isLossy,
        takesInPart,
        chance,
      } = scene
      const fates = batches
        .flatMap((batch) => batch.fates)
        .map((fate): Fate => (window > 1 && fate === 'refused' ? 'good' : fate))
      const [models, events, acked, ends]: [Model[], SinkEvent[], number[], number[]] = [[], [], [], []]
      const named: number[] = []
      let given = 0
      const source = new Observable<Batch<Sample>>((subscriber) => {
        let [next, open, isOnItsWay] = [0, 0, false]
        const give = (): void => {
          if (isOnItsWay) return
          if (next === batches.length) {
            subscriber.complete()
            return
          }
          if (open === maxInFlight) return
          open += 1
          isOnItsWay = true
          const index = next++
          const { fates: own, afterMs } = batches[index] as Scene['batches'][number]
          const deliver = (): void => {
            isOnItsWay = false
            const values = own.map(() => numbered(given++))
            ends[index] = given
            subscriber.next({
              values,
              ack: () => {
                acked.push(index)
                open -= 1
                const there = new Set([...(models[0] as Model).log, ...named])
                for (let number = 0; number < (ends[index] ?? 0); number += 1)
                  expect(there.has(number)).toBe(true)
                give()
              },
            })
            give()
          }
          if (afterMs === 0) deliver()
          else subscriber.add(asyncScheduler.schedule(deliver, afterMs))
        }
        give()
      })
      const connect = (): Model => {
        models.push(new Model(scene, fates))
        return models.at(-1) as Model
      }
      const backOff = { minDelayMs: 10, maxDelayMs: 80, random: () => chance }
      const ended = new Promise<void>((complete, error) => {
        source.pipe(sink(connect, { maxRequestSamples, maxRequestBytes, gatherMs, ...backOff })).subscribe({
          complete,
          error,
          next: (event) => {
            events.push(event)
            if (event.type === 'refused') for (const { sample } of event.refusals) named.push(sample.time)
          },
        })
      })
      await time.run(ended)
      const [model] = models as [Model]
      const good = fates.flatMap((fate, number) => (fate === 'good' ? [number] : []))
      expect([...new Set(model.log)]).toEqual(good)
      if (!isLossy && !takesInPart && window === 1) expect(model.log).toEqual(good)
      expect(acked).toEqual(batches.map((_, index) => index))
      expect(named.toSorted((a, b) => a - b)).toEqual(
        fates.flatMap((fate, at) => (fate === 'good' ? [] : [at])),
      )
      expectTold(events, good.length, [0, ...ends], chance)
      // While it waits after a failure nothing is sent.
      for (const event of events) {
        if (event.type !== 'failed') continue
        expect(model.sentAt.filter((at) => at > event.time && at < event.time + event.delayMs)).toEqual([])
      }
      expect([models.length, model.closes]).toEqual([1, 1])
    }),
  )
})

/** With each event what is held is all of the batches that were taken in so far, but for what is dealt with. */
function expectTold(
  events: readonly SinkEvent[],
  good: number,
  ends: readonly number[],
  chance: number,
): void {
  let [delivered, refusals, attempts] = [0, 0, 0]
  for (const event of events) {
    if (event.type === 'delivered') delivered += event.count
    else if (event.type === 'refused') refusals += event.refusals.length
    else if (event.type === 'failed') {
      expect(event.delayMs).toBeGreaterThanOrEqual(chance * Math.min(80, 10 * 2 ** (event.attempt - 1)))
      expect([1, attempts + 1]).toContain(event.attempt)
      attempts = event.attempt
    }
    const { count, oldest } = event.held
    const taken = count + delivered + refusals
    expect(ends).toContain(taken)
    expect(oldest === undefined).toBe(count === 0)
    if (oldest !== undefined) expect(oldest).toBeLessThan(taken)
  }
  expect(delivered).toBe(good)
}
