import { asyncScheduler, toArray } from 'rxjs'
import { expect, it } from 'vitest'

import { play } from '../../src/testing/samples/play.ts'
import { virtualTime } from '../../src/testing/virtual-time.ts'

it('brings values of any shape when they arrive, those of one moment together and in their order', async () => {
  using time = virtualTime()
  const told: unknown[] = []
  const events = [
    { at: 9000, name: 'c' },
    { at: 0, name: 'a' },
    { at: 9000, name: 'd' },
    { at: 50, name: 'b' },
  ]
  play(events, { timeOf: ({ at }) => at }).subscribe({
    next: ({ name }) => told.push([asyncScheduler.now(), name]),
    complete: () => told.push('end'),
  })
  await time.run()
  expect(told).toEqual([[0, 'a'], [50, 'b'], [9000, 'c'], [9000, 'd'], 'end'])
})

it('takes the arrival of what has one, and else its time', async () => {
  using time = virtualTime()
  const told: number[] = []
  play([{ time: 5 }, { time: 1, receivedAt: 7 }]).subscribe((value) => told.push(value.time, time.now()))
  await time.run()
  expect(told).toEqual([5, 5, 1, 7])
})

it('leaves no timer when it is left, and ends at once where nothing comes', async () => {
  using time = virtualTime()
  play([{ time: 5 }, { time: 10 }])
    .subscribe()
    .unsubscribe()
  expect(time.scheduled).toBe(0)
  const ends: unknown[] = []
  play([])
    .pipe(toArray())
    .subscribe((all) => ends.push(all))
  await time.run()
  expect(ends).toEqual([[]])
})

it('refuses a value that arrives at no time, and says which', () => {
  expect(() => play([{ time: 0 }, { time: NaN }])).toThrow('PLAY_BAD_TIME: value 1 arrives at NaN')
  expect(() => play([{} as { time: number }])).toThrow('PLAY_BAD_TIME')
})
