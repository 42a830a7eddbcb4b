import type { Batch, Sample } from '@tocsin/core'
import fc from 'fast-check'
import { distinct } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { hostMetrics, type HostMetricsOptions } from '../../src/host/host-metrics.ts'
import type { Source } from '../../src/source/source.ts'
import { createStage } from '../checks/stage.ts'

/** What happens next. */
interface Step {
  readonly act: 'pass' | 'stall' | 'jump' | 'ack'
  /** How long, or how many batches are acknowledged, the oldest first. */
  readonly ms: number
}

const periodMs = 100
const reading = { load: [1, 2, 3] } as const
const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('pass', 'pass', 'pass', 'stall', 'jump', 'ack', 'ack'),
  ms: fc.oneof(fc.nat(9), fc.nat(250), fc.nat(900)),
})
/** How long each reading takes, ms, and what comes of it; one that does not heed its signal goes on. */
const fate = fc.record({
  ms: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(60), fc.nat(400)),
  fails: fc.boolean(),
  heeds: fc.boolean(),
})
const scenario = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 25, size: 'max' }),
  fates: fc.array(fate, { minLength: 1, maxLength: 10 }),
  maxInFlight: fc.integer({ min: 1, max: 3 }),
  timeoutMs: fc.constantFrom(30, 100, 250),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Case> ? Case : never

/** Whole multiples of the period after one time, up to another; by definition. */
function ticksBetween(after: number, upTo: number): number {
  let ticks = 0
  for (let time = after + 1; time <= upTo; time += 1) if (time % periodMs === 0) ticks += 1
  return ticks
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** Plays steps to a source of readings, and counts what comes of each tick. */
async function play(
  make: (options: HostMetricsOptions) => Pick<Source<Sample>, 'batches' | 'problems' | 'stats'>,
  { steps, fates, maxInFlight, timeoutMs }: Scenario,
): Promise<void> {
  using stage = createStage()
  const { scheduler } = stage.options
  let [asked, running, told, ticks] = [0, 0, 0, 0]
  const source = make({
    ...{ ...stage.options, periodMs, timeoutMs },
    async read({ signal }) {
      const { ms, fails, heeds } = fates[asked % fates.length] ?? { ms: 0, fails: false, heeds: false }
      asked += 1
      running += 1
      must(running === 1, 'two readings at a time')
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      if (ms > 0) await Promise.race([stage.sleep(ms), ...(heeds ? [aborted] : [])])
      running -= 1
      if (fails) throw new Error('spoilt')
      return reading
    },
  })
  source.problems.subscribe(({ reason, count }) => {
    if (reason !== 'not-available') told += count
  })
  const batches: Batch<Sample>[] = []
  const open: Batch<Sample>[] = []
  const subscription = source.batches({ maxInFlight }).subscribe((batch) => {
    batches.push(batch)
    open.push(batch)
    must(open.length <= maxInFlight, 'more than there is room for')
  })
  for (const { act, ms } of steps) {
    const before = scheduler.now()
    if (act === 'pass') await stage.advance(ms)
    else if (act === 'stall') stage.stall(ms)
    else if (act === 'jump') stage.jump(ms)
    else for (const batch of open.splice(0, ms)) batch.ack()
    ticks += ticksBetween(before, scheduler.now())
  }
  // Lets the timer find what has passed, and the last reading end.
  const before = scheduler.now()
  await stage.advance(1000)
  ticks += ticksBetween(before, scheduler.now())
  const { received, dropped } = source.stats
  const ongoing = ticks - received
  must(ongoing === 0 || (ongoing === 1 && running === 1), `${ticks} ticks passed, ${received} are told`)
  must(
    received === batches.length + dropped,
    `${received} ticks, ${batches.length} batches, ${dropped} left out`,
  )
  must(told === dropped, `${dropped} are left out, ${told} told`)
  const times = batches.map(({ values }) => values[0]?.time ?? Number.NaN)
  must(
    batches.every(({ values }, at) => values.every(({ time }) => time === times[at])),
    'a batch is of several ticks',
  )
  must(
    times.every((time, at) => time % periodMs === 0 && time > (times[at - 1] ?? 0)),
    `not in order, or of no tick: ${times.join(' ')}`,
  )
  subscription.unsubscribe()
  const [then, given] = [asked, batches.length]
  await stage.advance(2000)
  must(asked === then && batches.length === given && running === 0, 'it goes on without a subscriber')
  must(stage.timers === 0, 'a timer is left')
}

const cadence = (make: Parameters<typeof play>[0]): fc.IAsyncPropertyWithHooks<unknown> =>
  fc.asyncProperty(scenario, (given) => play(make, given))

describe('readings', () => {
  it('give each tick one batch, or tell and count it, whatever comes to pass', async () => {
    await fc.assert(cadence(hostMetrics), runs(100))
  })

  type Spoilt = readonly [string, Parameters<typeof play>[0]]
  it.each<Spoilt>([
    ['take other ticks', (options) => hostMetrics({ ...options, periodMs: 50 })],
    [
      'tell only once',
      (options) => {
        const source = hostMetrics(options)
        const problems = source.problems.pipe(distinct(({ reason }) => reason))
        return { batches: (given) => source.batches(given), stats: source.stats, problems }
      },
    ],
    [
      'take one while another goes on',
      (options) =>
        hostMetrics({
          ...options,
          read: (look) => Promise.race([options.read?.(look), Promise.resolve({})]).then(() => reading),
        }),
    ],
  ])('are found out where they %s', async (_, make) => {
    const { failed } = await fc.check(cadence(make), { ...runs(100), seed: 1, endOnFailure: true })
    expect(failed).toBe(true)
  })
})
