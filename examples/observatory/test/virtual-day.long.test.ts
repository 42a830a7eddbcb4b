import { openJournal } from '@tocsin/journal'
import { memoryFileSystem, samples, virtualTime } from '@tocsin/journal/testing'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryNotifyStore } from '@tocsin/notify'
import { recordingNotifier } from '@tocsin/notify/testing'
import { openRollupStore } from '@tocsin/rollup/store'
import { map, NEVER } from 'rxjs'
import { expect, it } from 'vitest'

import { pipeline } from '../pipeline.ts'
import { policy } from '../policy.ts'
import { rules } from '../rules.ts'

/** Memory fills up for ten minutes from ten o'clock; the collector says nothing of the load for five from two. */
const collected = samples(`
  memory.used_percent|ST[host:a]         50*3599 98*60 50*4981   @10s+10s
  network.sent_bytes|ST[host:a]  counter 1000+1000*8640          @10s+10s
  load.1m|ST[host:a]                     1*5039 _*30 1*3571      @10s+10s
`)

it('runs a day of samples through the whole pipeline in virtual time, every decision at its moment', async () => {
  using time = virtualTime()
  const fileSystem = memoryFileSystem()
  await using journal = await openJournal('journal', { codec: sampleCodec(), fileSystem })
  await using rollups = await openRollupStore('rollups', { fileSystem })
  const pager = recordingNotifier()
  const found: string[] = []
  const running = pipeline({
    collected: collected.pipe(map((sample) => ({ values: [sample], ack: () => undefined }))),
    journal,
    rollups,
    rules,
    policy: policy(['pager']),
    alerts: memoryNotifyStore(),
    notifiers: { pager },
    faults: ({ type, ruleSet }) => found.push(`${type} ${ruleSet}`),
    commands: NEVER,
  }).subscribe()
  await time.advanceBy('1d')

  expect(
    pager.attempts.map(({ time: at, notification: { kind, severity, alerts } }) => [
      clock(at),
      kind,
      severity,
      alerts[0].ruleSet,
    ]),
  ).toEqual([
    ['10:00:00', 'alert', 1, 'memory-full'],
    ['10:10:00', 'recovery', 1, 'memory-full'],
    // 15 s after the last sample, and known 10 s later: so long one may still be on its way.
    ['14:00:15', 'alert', 1, 'collector-silent'],
    ['14:05:00', 'recovery', 1, 'collector-silent'],
  ])

  expect(found).toEqual([
    'opened memory-full',
    'cleared memory-full',
    'opened collector-silent',
    'cleared collector-silent',
  ])

  const whole = { from: 0, to: time.now(), period: '1d' } as const
  const [average] = await rollups.fetch({ ...whole, select: '__name:memory*', value: 'average' })
  expect(average?.values[0]).toBeCloseTo((50 * 8639 + 48 * 60) / 8639, 9)
  const [rate] = await rollups.fetch({ ...whole, select: '__name:network*', value: 'rate' })
  expect([...(rate?.values ?? [])]).toEqual([100])
  const [minutes] = await rollups.fetch({ ...whole, period: '1m', select: '__name:load*', value: 'count' })
  expect([...(minutes?.values.slice(14 * 60 - 1, 14 * 60 + 7) ?? [])]).toEqual([
    6,
    ...Array<number>(5).fill(NaN),
    6,
    6,
  ])
  running.unsubscribe()
})

const clock = (time: number): string => new Date(time).toISOString().slice(11, 19)
