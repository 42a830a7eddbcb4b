import { memoryFileSystem } from '@tocsin/core/testing'
import { openJournal } from '@tocsin/journal'
import type { Batch } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryNotifyStore } from '@tocsin/notify'
import type { Notification } from '@tocsin/notify'
import { series } from '@tocsin/protocols'
import type { Sample } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { expect, it } from 'vitest'

import { pipeline } from '../pipeline.ts'
import { policy } from '../policy.ts'
import { rules } from '../rules.ts'

const second = 1000
const hour = 3_600_000
const day = 24 * hour
const period = 10 * second

const load = series('load.1m', { host: 'a' })
const memory = series('memory.used_percent', { host: 'a' })
const sent = series('network.sent_bytes', { host: 'a' })

/** What a collector would have taken at this moment of the day. */
function collect(time: number): readonly Sample[] {
  const full = time >= 10 * hour && time < 10 * hour + 600 * second
  const silent = time >= 14 * hour && time < 14 * hour + 300 * second
  const samples: Sample[] = [
    { series: memory, time, value: full ? 98 : 50, kind: 'gauge' },
    { series: sent, time, value: (time / second) * 100, kind: 'counter' },
  ]
  return silent ? samples : [...samples, { series: load, time, value: 1, kind: 'gauge' }]
}

it('runs a day of samples through the whole pipeline in virtual time, every decision at its moment', async () => {
  const fileSystem = memoryFileSystem()
  const scheduler = new VirtualTimeScheduler()
  const journal = await openJournal('journal', { codec: sampleCodec(), fileSystem, clock: scheduler })
  const rollups = await openRollupStore('rollups', { fileSystem, clock: scheduler })
  const collected = new Subject<Batch<Sample>>()
  const told: Notification[] = []
  const subscription = pipeline({
    collected,
    journal,
    rollups,
    rules,
    policy: policy(['log']),
    alerts: memoryNotifyStore(),
    notifiers: { log: { send: async (notification) => void told.push(notification) } },
    scheduler,
  }).subscribe()

  await settled()
  for (let time = period; time <= day; time += period) {
    scheduler.schedule(
      () => collected.next({ values: collect(time), ack: () => undefined }),
      time - scheduler.now(),
    )
    scheduler.maxFrames = time
    scheduler.flush()
    await settled()
  }

  expect(
    told.map(({ kind, severity, time, alert }) => [kind, severity, clockTime(time), alert.split('|')[0]]),
  ).toEqual([
    ['alert', 1, '10:00:00', expect.stringContaining('memory')],
    ['recovery', 1, '10:10:00', expect.stringContaining('memory')],
    ['alert', 1, '14:00:05', expect.stringContaining('collector')],
    ['recovery', 1, '14:05:00', expect.stringContaining('collector')],
  ])

  const whole = { from: 0, to: day, period: '1d' } as const
  const [average] = await rollups.fetch({ ...whole, select: '__name:memory*', value: 'average' })
  const samples = day / period - 1
  expect(average?.values[0]).toBeCloseTo((50 * samples + 48 * 60) / samples, 9)
  const [rate] = await rollups.fetch({ ...whole, select: '__name:network*', value: 'rate' })
  expect(rate?.values).toEqual([100])
  const [hours] = await rollups.fetch({ ...whole, period: '1m', select: '__name:load*', value: 'count' })
  expect(hours?.values.slice(14 * 60 - 1, 14 * 60 + 7)).toEqual([6, null, null, null, null, null, 6, 6])

  subscription.unsubscribe()
  await rollups.close()
  await journal.close()
})

/** Files in memory need no timers: one turn of the event loop is enough for everything that was begun. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const clockTime = (time: number): string => new Date(time).toISOString().slice(11, 19)
