import {
  asyncScheduler,
  concat,
  concatMap,
  delay,
  firstValueFrom,
  from,
  interval,
  NEVER,
  of,
  shareReplay,
  take,
  tap,
  timer,
  timestamp,
  toArray,
} from 'rxjs'
import { expect, it, vi } from 'vitest'

import { virtualTime } from '../../src/testing/virtual-time.ts'
import { inEventTime } from '../../src/time/in-event-time.ts'

/** An answer that comes after so many promises. */
const answer = async (promises = 20): Promise<void> => {
  for (let count = 0; count < promises; count += 1) await Promise.resolve()
}
const code = (error: unknown): unknown => (error as { readonly code?: unknown }).code
const refusal = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', code)

it('drives what uses the scheduler that everybody uses, and gives it back', async () => {
  const ticks: number[] = []
  {
    using time = virtualTime()
    interval(1000)
      .pipe(take(3))
      .subscribe(() => ticks.push(asyncScheduler.now()))
    await time.run()
    expect(time.now()).toBe(3000)
  }
  expect(ticks).toEqual([1000, 2000, 3000])
  expect(asyncScheduler.now()).toBeGreaterThan(1_000_000)
})

it('lets promises have their turn before the next action, also at the same moment', async () => {
  using time = virtualTime()
  const told: string[] = []
  asyncScheduler.schedule(() => void answer().then(() => told.push('answer')), 10)
  asyncScheduler.schedule(() => told.push('time-out'), 10)
  await time.run()
  expect(told).toEqual(['answer', 'time-out'])
})

it('runs what a promise schedules in the time in which it was kept', async () => {
  using time = virtualTime({ start: 5000 })
  const chain = of(1).pipe(
    delay(1000),
    concatMap(async () => answer()),
    delay(1000),
    concatMap(async () => time.now()),
  )
  expect(await time.run(firstValueFrom(chain))).toBe(7000)
})

it('goes to a moment and does what is due by then, and no more', async () => {
  using time = virtualTime()
  const ticks: number[] = []
  interval(1000).subscribe(() => ticks.push(time.now()))
  await time.advanceTo(2000)
  await time.advanceBy(500)
  expect([ticks, time.now()]).toEqual([[1000, 2000], 2500])
  await time.advanceBy('1s')
  expect([ticks, time.now()]).toEqual([[1000, 2000, 3000], 3500])
})

it('tells how much waits for its time, so that a test sees a timer that is left', async () => {
  using time = virtualTime()
  const left = interval(1000).subscribe()
  timer(1500).subscribe()
  expect(time.scheduled).toBe(2)
  await time.advanceTo(2000)
  expect(time.scheduled).toBe(1)
  left.unsubscribe()
  expect(time.scheduled).toBe(0)
})

it('runs until a promise is settled, also beside what never ends', async () => {
  using time = virtualTime()
  interval(10).subscribe()
  expect(await time.run(firstValueFrom(timer(95).pipe(toArray())))).toEqual([0])
  expect(time.now()).toBe(95)
  await expect(time.run(Promise.reject(new Error('no')))).rejects.toThrow('no')
})

it('says when a promise waits for something that it does not drive', async () => {
  using time = virtualTime()
  expect(await refusal(time.run(new Promise(() => undefined)))).toBe('VIRTUAL_TIME_STUCK')
})

it('says when there is no end', async () => {
  using time = virtualTime({ maxMoments: 100 })
  interval(1).subscribe()
  expect(await refusal(time.run())).toBe('VIRTUAL_TIME_ENDLESS')
})

it('refuses to go back, to pass twice at once, and durations that are none', async () => {
  using time = virtualTime({ start: 10 })
  expect(await refusal(time.advanceTo(9))).toBe('VIRTUAL_TIME_BAD_OPTION')
  expect(await refusal(time.advanceBy(-1))).toBe('VIRTUAL_TIME_BAD_OPTION')
  expect(await refusal(time.advanceBy('5 minutes' as '5m'))).toBe('VIRTUAL_TIME_BAD_OPTION')
  expect(() => virtualTime({ start: NaN })).toThrow('VIRTUAL_TIME_BAD_OPTION')
  expect(() => virtualTime({ maxMoments: 0 })).toThrow('VIRTUAL_TIME_BAD_OPTION')
  const first = time.advanceBy(1)
  expect(await refusal(time.advanceBy(1))).toBe('VIRTUAL_TIME_BUSY')
  await first
})

it('ends the one before, which then says so, and forgets what was scheduled', async () => {
  const first = virtualTime()
  let ticks = 0
  asyncScheduler.schedule(() => (ticks += 1), 1)
  using second = virtualTime()
  expect(await refusal(first.run())).toBe('VIRTUAL_TIME_ENDED')
  await second.run()
  first.end()
  expect([ticks, asyncScheduler.now()]).toEqual([0, 0])
})

it('goes together with fake timers of a test runner', async () => {
  vi.useFakeTimers({ now: 7 })
  try {
    using time = virtualTime()
    await time.run(firstValueFrom(timer(1000)))
    expect([time.now(), Date.now()]).toEqual([1000, 7])
  } finally {
    vi.useRealTimers()
  }
})

it('runs actions of one moment in their order, drops those that were left, and lets one schedule itself again', async () => {
  using time = virtualTime()
  const told: string[] = []
  const left = time.schedule(() => told.push('left'), 10)
  for (const name of ['a', 'b', 'c']) time.schedule(() => told.push(name), 10)
  let count = 0
  time.schedule(function () {
    told.push(`again ${time.now()}`)
    count += 1
    if (count < 3) this.schedule(undefined, 7)
  }, 0)
  time.schedule(() => told.push('never'), Infinity)
  left.unsubscribe()
  await time.run()
  expect(told).toEqual(['again 0', 'again 7', 'a', 'b', 'c', 'again 14'])
})

it('passes on what an action throws', async () => {
  using time = virtualTime()
  time.schedule(() => {
    throw new RangeError('no')
  })
  await expect(time.run()).rejects.toThrow('no')
  await expect(time.run(firstValueFrom(from([1]).pipe(delay(1))))).resolves.toBe(1)
})

it('leaves nothing in its place when it ends within an event time', () => {
  const machine = asyncScheduler.now
  const time = virtualTime()
  of({ time: 1 })
    .pipe(inEventTime((values) => values.pipe(tap(() => time.end()))))
    .subscribe()
  expect(asyncScheduler.now).toBe(machine)
  const again = virtualTime()
  of({ time: 1 })
    .pipe(inEventTime((values) => values))
    .subscribe(() => again.end())
  expect(asyncScheduler.now).toBe(machine)
})

it('does nothing more once it has ended, also what an action schedules after it', async () => {
  const time = virtualTime()
  let runs = 0
  time.schedule(function () {
    runs += 1
    time.end()
    if (runs < 10) this.schedule(undefined, 0)
  })
  await time.advanceTo(10)
  expect(runs).toBe(1)
})

it('drives what reads the time of a value once it is given asyncScheduler', async () => {
  using time = virtualTime({ start: 5000 })
  const first = await time.run(firstValueFrom(timer(10).pipe(timestamp(asyncScheduler))))
  expect(first.timestamp).toBe(5010)
  const kept = concat(of('old'), NEVER).pipe(
    shareReplay({ bufferSize: 1, windowTime: 1000, refCount: false, scheduler: asyncScheduler }),
  )
  kept.subscribe()
  await time.advanceBy('1m')
  const told: string[] = []
  kept.subscribe((value) => told.push(value))
  expect(told).toEqual([])
})

it('refuses to begin where timers were fake at its import, for it would wait for ever', async () => {
  vi.useFakeTimers()
  vi.resetModules()
  try {
    const late = await import('../../src/testing/virtual-time.ts')
    expect(() => late.virtualTime()).toThrow('VIRTUAL_TIME_BAD_OPTION: the timers were fake')
  } finally {
    vi.useRealTimers()
  }
  vi.resetModules()
})

it('is one in a process, also of two copies of the module', async () => {
  vi.resetModules()
  const copy = await import('../../src/testing/virtual-time.ts')
  expect(copy.virtualTime).not.toBe(virtualTime)
  const time = virtualTime()
  using next = copy.virtualTime({ start: 7 })
  expect(await refusal(time.run())).toBe('VIRTUAL_TIME_ENDED')
  time.end()
  expect([asyncScheduler.now(), next.now()]).toEqual([7, 7])
})
