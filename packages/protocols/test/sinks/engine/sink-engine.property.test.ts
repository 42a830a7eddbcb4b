import { series, type Batch, type Sample } from '@tocsin/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Outcome } from '../../../src/sinks/destination.ts'
import type { SinkRequest } from '../../../src/sinks/engine/request.ts'
import { createSinkEngine, type SinkStep } from '../../../src/sinks/engine/sink-engine.ts'

const cpu = series('cpu')

/** A sample by its number, which is its time too. */
const sample = (number: number): Sample => ({ series: cpu, time: number, value: number, kind: 'gauge' })

type Fate = 'good' | 'refused' | 'unsupported'

const scenes = fc.record({
  batches: fc.array(
    fc.array(fc.constantFrom<Fate>('good', 'good', 'good', 'refused', 'unsupported'), { maxLength: 9 }),
    {
      maxLength: 12,
    },
  ),
  maxRequestSamples: fc.integer({ min: 1, max: 6 }),
  maxRequestBytes: fc.integer({ min: 1, max: 40 }),
  gatherMs: fc.constantFrom(0, 5, 100),
  /** How many requests may be under way; with more than one, as on a connection, nothing is ever refused by an answer. */
  window: fc.integer({ min: 1, max: 4 }),
  /** What happens next, again and again: a batch is given, an answer comes, fails, is lost with its connection, or time goes on. */
  deeds: fc.array(fc.constantFrom('give', 'answer', 'answer', 'fail', 'wait'), {
    minLength: 1,
    maxLength: 80,
  }),
})

test('each sample is delivered in order or refused, and a batch is acknowledged when all up to it are', () => {
  fc.assert(
    fc.property(scenes, ({ batches, window, deeds, ...limits }) => {
      const fates: Fate[] = batches.flat().map((fate) => (window > 1 && fate === 'refused' ? 'good' : fate))
      const taken: number[] = []
      const refused: number[] = []
      const acked: number[] = []
      const ends: number[] = []
      let given = 0
      const waiting = batches.map((batch, index): Batch<Sample> => ({
        values: batch.map(() => sample(given++)),
        ack: () => acked.push(index),
      }))
      waiting.forEach(({ values }) => ends.push((ends.at(-1) ?? 0) + values.length))
      const engine = createSinkEngine(
        { ...limits, minDelayMs: 10, maxDelayMs: 80, random: () => 0.5 },
        ({ time }) => (fates[time] === 'unsupported' ? { reason: 'unsupported', message: 'no' } : 10),
      )
      const underWay: SinkRequest[] = []
      let now = 0
      const told = ({ events, acknowledge }: SinkStep): void => {
        for (const event of events)
          if (event.type === 'refused') refused.push(...event.refusals.map((one) => one.sample.time))
        const before = acked.length
        acknowledge()
        const done = new Set([...taken, ...refused])
        // No batch is acknowledged of which something is neither there nor refused.
        for (const index of acked.slice(before))
          for (let number = 0; number < (ends[index] ?? 0); number += 1) expect(done.has(number)).toBe(true)
      }
      const answer = (request: SinkRequest): Outcome => {
        const isBad = request.samples.some(({ time }) => fates[time] === 'refused')
        if (isBad) return { type: 'refused', reason: 'refused', message: 'bad' }
        taken.push(...request.samples.map(({ time }) => time))
        return { type: 'taken' }
      }
      const send = (): void => {
        while (underWay.length < window) {
          const request = engine.next(now)
          if (request === undefined) return
          expect(request.samples.length).toBeLessThanOrEqual(limits.maxRequestSamples)
          expect(request.samples.length === 1 || request.bytes <= limits.maxRequestBytes).toBe(true)
          underWay.push(request)
        }
      }
      const act = (deed: string): void => {
        if (deed === 'give') {
          const batch = waiting.shift()
          if (batch !== undefined) told(engine.give(batch, now))
        } else if (deed === 'wait') now += 7
        else if (deed === 'answer') {
          const request = underWay.shift()
          if (request !== undefined) told(engine.settle(request, answer(request), now))
        } else {
          // A connection takes all with it, in whatever order it is heard of.
          for (const request of underWay.splice(0).reverse())
            told(engine.settle(request, { type: 'failed', message: 'down' }, now))
        }
        send()
      }
      for (const deed of deeds) act(deed)
      while (waiting.length > 0) act('give')
      engine.end()
      for (let left = 10_000; !engine.isIdle && left > 0; left -= 1) {
        if (underWay.length > 0) act('answer')
        else {
          const due = engine.due()
          expect(due).toBeLessThan(Infinity)
          now = Math.max(now, due)
          send()
        }
      }
      expect(engine.isIdle).toBe(true)
      expect(acked).toEqual(batches.map((_, index) => index))
      expect(taken).toEqual(taken.toSorted((a, b) => a - b))
      expect(new Set(taken)).toEqual(
        new Set(fates.flatMap((fate, number) => (fate === 'good' ? [number] : []))),
      )
      expect(refused.toSorted((a, b) => a - b)).toEqual(
        fates.flatMap((fate, number) => (fate === 'good' ? [] : [number])),
      )
    }),
  )
})

/** How many requests it takes until all samples of one batch are dealt with, and what was taken and refused. */
function requestsFor(isBad: readonly boolean[]) {
  const limits = { maxRequestSamples: isBad.length, maxRequestBytes: Infinity, gatherMs: 0 }
  const engine = createSinkEngine({ ...limits, minDelayMs: 1, maxDelayMs: 1, random: () => 0 }, () => 1)
  const [taken, refused]: [number[], number[]] = [[], []]
  let count = 0
  engine.give({ values: isBad.map((_, at) => sample(at)), ack: () => undefined }, 0)
  engine.end()
  for (let request = engine.next(0); request !== undefined; request = engine.next(0)) {
    count += 1
    const numbers = request.samples.map(({ time }) => time)
    const isRefused = numbers.some((number) => isBad[number])
    if (!isRefused) taken.push(...numbers)
    const outcome = isRefused
      ? ({ type: 'refused', reason: 'refused', message: 'bad' } as const)
      : ({ type: 'taken' } as const)
    for (const event of engine.settle(request, outcome, 0).events)
      if (event.type === 'refused') refused.push(...event.refusals.map((one) => one.sample.time))
  }
  return { count, taken, refused }
}

test('no good sample is lost among bad ones, each of which is named, in at most twice as many requests as samples', () => {
  const mostly = (bad: number): fc.Arbitrary<boolean> =>
    fc.integer({ min: 0, max: 99 }).map((chance) => chance < bad)
  const some = fc
    .constantFrom(1, 20, 50, 90, 100)
    .chain((bad) => fc.array(mostly(bad), { minLength: 1, maxLength: 300 }))
  fc.assert(
    fc.property(some, (isBad) => {
      const { count, taken, refused } = requestsFor(isBad)
      const all = isBad.map((_, at) => at)
      expect(taken).toEqual(all.filter((at) => !isBad[at]))
      expect(refused).toEqual(all.filter((at) => isBad[at]))
      expect(count).toBeLessThan(2 * isBad.length)
    }),
  )
})

test.each<readonly [string, (at: number) => boolean, number]>([
  // Fewer than one each would name some that nobody has refused; by halves alone it takes 9,999.
  ['all of 5,000', () => true, 5100],
  ['all but one in 50', (at) => at % 50 !== 7, 5200],
  ['every other', (at) => at % 2 === 0, 5600],
  ['one', (at) => at === 3210, 60],
  ['none', () => false, 1],
])('a destination that refuses %s is asked little more often than it must be', (_, isBad, most) => {
  const { count, refused } = requestsFor(Array.from({ length: 5000 }, (__, at) => isBad(at)))
  expect(refused.every(isBad)).toBe(true)
  expect(count).toBeLessThanOrEqual(most)
})
