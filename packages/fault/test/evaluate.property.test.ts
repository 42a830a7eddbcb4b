import fc from 'fast-check'
import { from, type OperatorFunction, pipe, take, tap } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, it } from 'vitest'

import { createFaultEngine } from '../src/engine/fault-engine.ts'
import { compilePlan } from '../src/engine/plan.ts'
import {
  defaultEvaluateOptions,
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

/** What one run tells, events and problems in their order. */
type Told = FaultChange | FaultProblem

const runOf = (told: Told[]): OperatorFunction<Sample, FaultChange> =>
  pipe(
    evaluate<Sample>(rules, { open: [], problems: { next: (problem) => told.push(problem) } }),
    tap((event) => told.push(event)),
  )

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

const eventsOf = (told: readonly Told[]): FaultChange[] =>
  told.flatMap((one) => (one.type === 'problem' ? [] : [one]))

function byHand(sent: SampleSequence): FaultChange[] {
  const engine = createFaultEngine(rules.map(compilePlan), defaultEvaluateOptions)
  engine.restore([], 0)
  return sent.list.flatMap((sample) => {
    const now = sample.receivedAt ?? sample.time
    return [...engine.advance(now).events, ...engine.sample(sample, now).events]
  }) as FaultChange[]
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
