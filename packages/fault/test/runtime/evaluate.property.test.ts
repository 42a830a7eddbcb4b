import fc from 'fast-check'
import { asyncScheduler, from, type OperatorFunction, pipe, take, tap } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, it } from 'vitest'

import { createFaultEngine, type FaultEvent, type FaultInput, type FaultOutput } from '../../src/engine.ts'
import {
  type Batch,
  evaluate,
  type FaultProblem,
  inEventTime,
  replay,
  ruleSet,
  type RuleSetInput,
  type Sample,
} from '../../src/index.ts'
import { average } from '../../src/rules.ts'
import { anySamples } from '../../src/testing/arbitraries.ts'
import { samples, type SampleSequence, virtualTime } from '../../src/testing/index.ts'

const rules: readonly RuleSetInput[] = [
  ruleSet('levels').select('__name:*').above(50, 1).below(-5, 3).absentFor('13s', 2).build(),
  ruleSet('alive').select('__name:*').absentFor('37s', 1).absentFor('20s', 4).build(),
  ruleSet('averages').select('__name:*').rule(2, average('1m').above(40), { for: '7s', keep: '5s' }).build(),
  ruleSet('changes').select('__name:*').changed(5).build(),
  ruleSet('texts').select('__name:*').contains('quoted', 2).notEquals('up', 3).build(),
  { id: 'forgotten', select: '*', forgetAfter: '45s', rules: [{ when: { above: 50 }, severity: 4 }] },
]

/** What one run tells, events and problems in their order, and when it does. */
type Told = (FaultEvent | FaultProblem) & { readonly at: number }

const isEvent = (one: FaultEvent | FaultProblem): one is FaultEvent => one.type !== 'problem'

function runOf(told: Told[]): OperatorFunction<Sample, unknown> {
  const next = (one: FaultEvent | FaultProblem): void => void told.push({ ...one, at: asyncScheduler.now() })
  return pipe(evaluate<Sample>(rules, { problems: { next } }), tap(next))
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

/** The engine alone, woken when it asks for it. */
function byHand(sent: SampleSequence): Told[] {
  const engine = createFaultEngine(rules)
  engine.restore(undefined, 0)
  const told: Told[] = []
  const tell = (at: number, { events }: FaultOutput): void => {
    for (const event of events) told.push({ ...event, at })
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

/** Replays, and tells its problems where they came. */
function replayed(source: Iterable<Sample | Batch<Sample>>): (FaultEvent | FaultProblem)[] {
  const told: (FaultEvent | FaultProblem)[] = []
  replay(source, rules, { problems: { next: (problem) => told.push(problem) } }).subscribe((event) =>
    told.push(event),
  )
  return told
}

const withoutAt = (told: readonly Told[]): unknown[] =>
  told.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'at')))

/** The events to the letter, with their fields in order. */
const written = (told: readonly (FaultEvent | FaultProblem | Told)[]): string =>
  JSON.stringify(told.filter(isEvent), (name, value: unknown) =>
    name === 'at' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
  )

it('tells the same in event time, in virtual time, under the marbles of rxjs and by hand', async () => {
  await fc.assert(
    fc.asyncProperty(anySamples(), async (sent) => {
      const told = inValues(sent.list)
      expect(told.filter(isEvent)).toEqual(byHand(sent))
      expect(await inVirtualTime(sent)).toEqual(told)
      expect(inMarbles(sent)).toEqual(told)
    }),
  )
})

it('tells in a replay what it told live, problems too, and however the samples are put in batches', async () => {
  await fc.assert(
    fc.asyncProperty(anySamples(), fc.array(fc.nat(7), { minLength: 1 }), async (sent, sizes) => {
      const live = await inVirtualTime(sent)
      expect(replayed(sent.list)).toEqual(withoutAt(live))
      const acknowledged: number[] = []
      const batches: Batch<Sample>[] = []
      for (let at = 0, index = 0; at < sent.list.length; index += 1) {
        const end = at + (sizes[index % sizes.length] ?? 0) + (index % 2)
        const number = batches.length
        batches.push({ values: sent.list.slice(at, end), ack: () => acknowledged.push(number) })
        at = end
      }
      expect(written(replayed(batches))).toBe(written(live))
      expect(acknowledged).toEqual([...batches.keys()])
    }),
  )
})

it('ends each fault before the next, and all once everything is well again, whatever came', () => {
  fc.assert(
    fc.property(anySamples(), (sent) => {
      // A day later; twice, for the first may be a change itself; then texts, for their rules hear of nothing else.
      const names = new Set(sent.list.map(({ series }) => JSON.stringify(series.key)))
      const well = samples([...names].map((name) => `${name} 1 1 1*20 "up" "up" @1s+1d`).join('\n'))
      const open = new Map<string, string>()
      for (const event of inValues([...sent.list, ...well.list])) {
        if (!isEvent(event) || event.type === 'normal') continue
        const place = `${event.ruleSet} ${event.series.key}`
        expect(open.get(place), place).toBe(event.type === 'opened' ? undefined : event.fault)
        if (event.type === 'cleared') open.delete(place)
        else open.set(place, event.fault)
      }
      expect([...open.keys()]).toEqual([])
    }),
  )
})

it('judges nothing of a backlog in a replay either, which tells when samples were received from when they were taken', () => {
  const taken = samples('load 1 99 @1s').list
  const types = (list: readonly FaultInput[]): string[] => {
    const told: string[] = []
    const options = { open: [], problems: { next: () => undefined } }
    replay(list, rules, options).subscribe(({ type }) => told.push(type))
    return told
  }
  expect(types(taken)).not.toEqual([])
  expect(types(taken.map((sample) => ({ ...sample, receivedAt: 60_000 })))).toEqual([])
})
