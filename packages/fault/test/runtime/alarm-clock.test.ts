import type { SchedulerLike } from 'rxjs'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { createAlarmClock } from '../../src/runtime/alarm-clock.ts'
import { virtualTime, type VirtualTime } from '../../src/testing/index.ts'

let time: VirtualTime
let skew = 0
const rang: string[] = []
/** The scheduler of the test, whose clock can be set while its timers go on. */
const scheduler = {
  now: () => time.now() + skew,
  schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay?: number) => time.schedule(work, delay),
}
const alarm = () =>
  createAlarmClock(scheduler, (wasMissed) => rang.push(`${scheduler.now()}${wasMissed ? ' missed' : ''}`))

beforeEach(() => {
  time = virtualTime()
  skew = 0
  rang.length = 0
})
afterEach(() => time.end())

it('rings once, at the earliest time that was planned', async () => {
  const clock = alarm()
  clock.plan(5000, 0)
  clock.plan(3000, 0)
  clock.plan(4000, 0)
  expect(time.scheduled).toBe(1)
  await time.run()
  expect(rang).toEqual(['3000'])
})

it('lets others go first where something is due already, and is not put off by what comes meanwhile', async () => {
  const clock = alarm()
  const seen: string[] = []
  time.schedule(() => seen.push(...rang, 'another'), 0)
  clock.plan(-5000, 0)
  clock.plan(-6000, 0)
  expect(rang).toEqual([])
  await time.run()
  expect([seen, rang]).toEqual([['another'], ['0']])
})

it('looks once a minute at least, and never for nothing', async () => {
  const clock = alarm()
  clock.plan(Infinity, 0)
  expect(time.scheduled).toBe(0)
  clock.plan(100_000_000, 0)
  await time.run()
  expect(rang).toEqual(['60000'])
})

it.each([
  ['by a minute and more, that nobody watched', 60_001, '65001 missed'],
  ['by less, nothing', 60_000, '65000'],
])('says of a clock that was set forward %s', async (_, forwardMs, expected) => {
  const clock = alarm()
  clock.plan(5000, 0)
  skew = forwardMs
  await time.run()
  expect(rang).toEqual([expected])
})

it('says it to whoever looks first, and once', () => {
  const clock = alarm()
  clock.plan(5000, 0)
  skew = 3_600_000
  expect([clock.wasMissed(scheduler.now()), clock.wasMissed(scheduler.now())]).toEqual([true, false])
  expect(time.scheduled).toBe(0)
})

it('plans anew where the clock was set back', async () => {
  const clock = alarm()
  clock.plan(50_000, 0)
  skew = -3_600_000
  clock.plan(scheduler.now() + 2000, scheduler.now())
  await time.run()
  expect(rang).toEqual(['-3598000'])
})

it('rings no more when it is stopped', async () => {
  const clock = alarm()
  clock.plan(5000, 0)
  clock.stop()
  await time.run()
  expect(rang).toEqual([])
})
