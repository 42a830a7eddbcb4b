import fc from 'fast-check'
import { asyncScheduler, from, type OperatorFunction, pipe, take, tap } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, it } from 'vitest'

import { createFaultEngine, type FaultOutput } from '../src/engine.ts'
import {
  evaluate,
  type FaultChange,
  type FaultProblem,
  inEventTime,
  ruleSet,
  type Sample,
} from '../src/index.ts'
import { anySamples } from '../src/testing/arbitraries.ts'
import { samples, type SampleSequence, virtualTime } from '../src/testing/index.ts'

const rules = [
  ruleSet('levels').select('__name:*').above(50, 1).below(-5, 3).absentFor('13s', 2).build(),
  ruleSet('alive').select('__name:*').absentFor('37s', 1).absentFor('20s', 4).build(),
  ruleSet('averages').select('__name:*').average('1m').above(40, 2).absentFor('30s', 3).build(),
  ruleSet('changes').select('__name:*').changed(5).build(),
  ruleSet('texts').select('__name:*').contains('quoted', 2).notEquals('up', 3).build(),
]

/** What one run tells, events and problems in their order, and when it does. */
type Told = (FaultChange | FaultProblem) & { readonly at: number }

function runOf(told: Told[]): OperatorFunction<Sample, unknown> {
  const next = (one: FaultChange | FaultProblem): void => void told.push({ ...one, at: asyncScheduler.now() })
  return pipe(evaluate<Sample>(rules, { open: [], problems: { next } }), tap(next))
}

function inValues(values: readonly Sample[]): Told[] {
  const told: Told[] = []
  from(values)
    .pipe(inEventTime(runOf(told)))
    .subscribe()
  return told
}

async function inVirtualTime(sent: SampleSequence): Promise<Told[]> {
  using time = virtualTime()
  const told: Told[] = []
  // It ends with its last sample, as a list does.
  sent.pipe(take(sent.list.length), runOf(told)).subscribe()
  await time.run()
  return told
}

function inMarbles(sent: SampleSequence): Told[] {
  const told: Told[] = []
  new TestScheduler(() => undefined).run(({ cold }) => {
    cold(...sent.marbles())
      .pipe(take(sent.list.length), runOf(told))
      .subscribe()
  })
  return told
}

const eventsOf = (told: readonly Told[]): (FaultChange & Told)[] =>
  told.flatMap((one) => (one.type === 'problem' ? [] : [one]))

/** The engine alone, woken when it asks for it. */
function byHand(sent: SampleSequence): Told[] {
  const engine = createFaultEngine(rules)
  engine.restore([], 0)
  const told: Told[] = []
  const tell = (at: number, { events }: FaultOutput): void => {
    for (const event of events as FaultChange[]) told.push({ ...event, at })
  }
  let now = 0
  for (const sample of sent.list) {
    const { receivedAt = sample.time } = sample
    for (let due = engine.nextDue(); due <= receivedAt; due = engine.nextDue()) {
      now = Math.max(now, due)
      tell(now, engine.advance(now))
    }
    now = receivedAt
    tell(now, engine.sample(sample, now))
  }
  return told
}

it('tells the same in event time, in virtual time, under the marbles of rxjs and by hand', async () => {
  await fc.assert(
    fc.asyncProperty(anySamples(), async (sent) => {
      const told = inValues(sent.list)
      expect(eventsOf(told)).toEqual(byHand(sent))
      expect(await inVirtualTime(sent)).toEqual(told)
      expect(inMarbles(sent)).toEqual(told)
    }),
  )
})

it('ends each fault before the next, and all once everything is well again, whatever came', () => {
  fc.assert(
    fc.property(anySamples(), (sent) => {
      // A day later; twice, for the first may be a change itself; then texts, for their rules hear of nothing else.
      const names = new Set(sent.list.map(({ series }) => JSON.stringify(series.key)))
      const well = samples([...names].map((name) => `${name} 1 1 "up" "up" @1ms+1d`).join('\n'))
      const open = new Map<string, string>()
      for (const { type, ruleSet: set, series, fault } of eventsOf(inValues([...sent.list, ...well.list]))) {
        const place = `${set} ${series.key}`
        expect(open.get(place), place).toBe(type === 'opened' ? undefined : fault)
        if (type === 'cleared') open.delete(place)
        else open.set(place, fault)
      }
      expect([...open.keys()]).toEqual([])
    }),
  )
})
