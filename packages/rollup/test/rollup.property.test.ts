import fc from 'fast-check'
import { asyncScheduler, from, type OperatorFunction, pipe, take, tap } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, it } from 'vitest'

import { createWindowEngine } from '../src/engine.ts'
import { inEventTime, rollup, type RollupProblem, type RollupUpdate, type Sample } from '../src/index.ts'
import { anySamples } from '../src/testing/arbitraries.ts'
import { type SampleSequence, virtualTime } from '../src/testing/index.ts'

const bounds = { maxDisorderMs: 3000, maxLateMs: 60_000, maxFutureMs: 60_000, maxSeries: 2 }
const windows = ['10s', '30s', '1m', '1h'] as const

/** What one run tells, windows and problems in their order, and when it does. */
type Told = (RollupUpdate | RollupProblem) & { readonly at: number }

function runOf(told: Told[]): OperatorFunction<Sample, unknown> {
  const next = (one: RollupUpdate | RollupProblem): void =>
    void told.push({ ...one, at: asyncScheduler.now() })
  return pipe(rollup<Sample>({ windows, ...bounds, problems: { next } }), tap(next))
}

function inValues({ list }: SampleSequence): Told[] {
  const told: Told[] = []
  from(list)
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
function byHand({ list }: SampleSequence): Told[] {
  const engine = createWindowEngine({ ...bounds, windows })
  const told: Told[] = []
  const tell = (at: number, updates: readonly RollupUpdate[]): void => {
    for (const update of updates) told.push({ ...update, at })
  }
  let now = 0
  for (const sample of list) {
    const { receivedAt = sample.time } = sample
    for (let due = engine.nextDue(); due <= receivedAt; due = engine.nextDue()) {
      now = Math.max(now, due)
      tell(now, engine.advance(now))
    }
    now = receivedAt
    tell(now, engine.add(sample, now))
  }
  tell(now, engine.end())
  return told
}

it('tells the same windows in event time, in virtual time, under the marbles of rxjs and by hand', async () => {
  await fc.assert(
    fc.asyncProperty(anySamples(), async (sent) => {
      const told = inValues(sent)
      expect(told.filter(({ type }) => type === 'window')).toEqual(byHand(sent))
      expect(await inVirtualTime(sent)).toEqual(told)
      expect(inMarbles(sent)).toEqual(told)
    }),
  )
})
