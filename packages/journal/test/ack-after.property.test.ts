import fc from 'fast-check'
import type { OperatorFunction } from 'rxjs'
import { finalize, from, map, mergeMap, tap, throwError, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { ackAfter } from '../src/rx/ack-after.ts'
import { virtualTime } from '../src/testing/index.ts'

/** How long each attempt takes; all but the last fail. */
type Plan = readonly number[]

interface Item {
  readonly id: number
  readonly plan: Plan
  ack(): void
}

interface Run {
  /** What was acknowledged, and when. */
  readonly acked: readonly { readonly id: number; readonly time: number }[]
  /** When each batch was done. */
  readonly doneAt: ReadonlyMap<number, number>
  readonly mostAtOnce: number
  /** `'complete'` or the error. */
  readonly end: string
}

const plans = fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 30,
})
const concurrency = fc.integer({ min: 1, max: 6 })
const jitters = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 })

/** Plays the plans in virtual time. */
async function play(
  all: readonly Plan[],
  operator: (
    project: (item: Item, attempt: number) => ReturnType<typeof work>,
  ) => OperatorFunction<Item, number>,
): Promise<Run> {
  using time = virtualTime()
  const acked: { id: number; time: number }[] = []
  const doneAt = new Map<number, number>()
  let atOnce = 0
  let mostAtOnce = 0
  let end = 'none'
  const items = all.map((plan, id) => ({
    id,
    plan,
    ack: () => void acked.push({ id, time: time.now() }),
  }))
  const project = (item: Item, attempt: number): ReturnType<typeof work> => {
    atOnce += 1
    mostAtOnce = Math.max(mostAtOnce, atOnce)
    const done = (): void => void doneAt.set(item.id, time.now())
    return work(item, attempt, done).pipe(finalize(() => (atOnce -= 1)))
  }
  from(items)
    .pipe(operator(project))
    .subscribe({ error: (error: unknown) => (end = String(error)), complete: () => (end = 'complete') })
  await time.run()
  return { acked, doneAt, mostAtOnce, end }
}

const work = (item: Item, attempt: number, done: () => void) =>
  timer(item.plan[attempt - 1] ?? 0).pipe(
    mergeMap(() => (attempt < item.plan.length ? throwError(() => new Error(`${item.id}`)) : [item.id])),
    tap({ complete: done }),
  )

/** Acknowledged when the last of the batch and all before it is done. */
function checkAcks({ acked, doneAt }: Run): void {
  expect(acked.map(({ id }) => id)).toEqual(acked.map((_, index) => index))
  let latest = 0
  for (const { id, time } of acked) {
    latest = Math.max(latest, doneAt.get(id) ?? Infinity)
    expect(time).toBe(latest)
  }
}

describe('ackAfter() in any order of completion and failure', () => {
  it('acknowledges every batch, in order, at the moment when it and all before it are done', async () => {
    await fc.assert(
      fc.asyncProperty(plans, concurrency, jitters, async (all, most, jitter) => {
        let waits = 0
        const run = await play(all, (project) =>
          ackAfter(project, {
            concurrency: most,
            problems: { next: () => undefined },
            random: () => jitter[(waits += 1) % jitter.length]!,
            retry: { minDelayMs: 5, maxDelayMs: 20 },
          }),
        )
        checkAcks(run)
        expect(run.end).toBe('complete')
        expect(run.acked.length).toBe(all.length)
        expect(run.mostAtOnce).toBeLessThanOrEqual(most)
      }),
    )
  })

  it('never acknowledges a batch that failed nor one behind it, and errors with what it failed with', async () => {
    await fc.assert(
      fc.asyncProperty(plans, concurrency, fc.nat(2), async (all, most, retries) => {
        const run = await play(all, (project) =>
          ackAfter(project, {
            concurrency: most,
            problems: { next: () => undefined },
            random: () => 1,
            retry: { retries, minDelayMs: 5 },
          }),
        )
        checkAcks(run)
        const hopeless = all.flatMap((plan, id) => (plan.length > retries + 1 ? [id] : []))
        expect(
          hopeless.length === 0 ? run.end === 'complete' : hopeless.some((id) => run.end === `Error: ${id}`),
        ).toBe(true)
        expect(run.acked.length).toBeLessThanOrEqual(hopeless[0] ?? all.length)
      }),
    )
  })

  it('is seen where batches are acknowledged just when they are done', async () => {
    const careless = await fc.check(
      fc.asyncProperty(plans, async (all) => {
        checkAcks(
          await play(all, (project) =>
            mergeMap((item) => project(item, item.plan.length).pipe(tap({ complete: () => item.ack() })), 3),
          ),
        )
      }),
    )
    expect(careless.failed).toBe(true)
  })

  it('is seen where a failure is taken for the end of the work', async () => {
    const careless = await fc.check(
      fc.asyncProperty(plans, async (all) => {
        const run = await play(all, (project) =>
          mergeMap(
            (item) =>
              project(item, 1).pipe(
                map(() => item.id),
                tap({ finalize: () => item.ack() }),
              ),
            1,
          ),
        )
        checkAcks(run)
      }),
    )
    expect(careless.failed).toBe(true)
  })
})
