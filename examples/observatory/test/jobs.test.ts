import { createSocket } from 'node:dgram'

import { average } from '@tocsin/fault/rules'
import { evaluate, inEventTime, metric, ruleSet } from '@tocsin/fault'
import type { RuleSet } from '@tocsin/fault'
import { memoryFileSystem, samples, virtualTime } from '@tocsin/fault/testing'
import { ackAfter, jsonCodec, openJournal, values } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { notify } from '@tocsin/notify'
import type { Policy } from '@tocsin/notify'
import { recordingNotifier } from '@tocsin/notify/testing'
import type { RecordingNotifier } from '@tocsin/notify/testing'
import { series, source } from '@tocsin/protocols'
import { statsd } from '@tocsin/protocols/statsd'
import type { Sample } from '@tocsin/protocols'
import { rollup, rollupSamples } from '@tocsin/rollup'
import { firstValueFrom, from, lastValueFrom, map, of, take, toArray } from 'rxjs'
import type { Observable } from 'rxjs'
import { expect, it, onTestFinished, vi } from 'vitest'

// Eight small jobs, each as a user would write it. What a job still lacks is said beside it.

it('job 1: takes statsd and gives the mean of each minute', async () => {
  // Of two gauges of one millisecond the larger would count.
  let now = 0
  const collected = statsd({ port: 0, clock: { now: () => (now += 1000) } })
  const mean = firstValueFrom(collected.pipe(take(2), rollup({ windows: ['1m'] }), rollupSamples('average')))
  const { port } = await firstValueFrom(collected.listening)
  const socket = createSocket('udp4')
  for (const line of ['queue:1|g', 'queue:3|g']) socket.send(line, port, '127.0.0.1')
  const { series: named, value } = await mean
  socket.close()
  expect([named.key, value]).toEqual(['queue|ST[stat:average]', 2])
})

it('hands own events and their tags through windows and rules', () => {
  const latency = metric('http.latency', ['route'])
  const slow = ruleSet('slow').select('__name:http.latency').above(100, 2).build()
  const requests = [50, 200].map((ms, at) => ({ route: '/pay', at, ms, traceId: `trace ${ms}` }))
  const taken = from(requests).pipe(
    map((request) => ({
      series: latency(request),
      time: request.at,
      value: request.ms,
      kind: 'gauge' as const,
      request,
    })),
  )
  const told: string[] = []
  taken
    .pipe(inEventTime(evaluate([slow])))
    .subscribe(({ type, sample, series: { tags } }) =>
      told.push(`${type} ${tags.route} ${sample?.request.traceId}`),
    )
  taken
    .pipe(
      inEventTime((values) =>
        values.pipe(rollup({ windows: ['1s'] }), rollupSamples('average'), evaluate([slow])),
      ),
    )
    .subscribe(({ type, sample, series: { tags } }) => {
      // @ts-expect-error no such tag
      expect(tags.ruote).toBeUndefined()
      told.push(`${type} ${tags.route} ${tags.stat} ${sample?.value} #${sample?.revision}`)
    })
  expect(told).toEqual(['normal /pay trace 50', 'opened /pay trace 200', 'opened /pay average 125 #0'])
})

it('job 2: tells that a quantile of a histogram is still to come', () => {
  const problems: string[] = []
  const latency: Sample = {
    series: series('latency', { route: '/' }),
    time: 0,
    value: { bins: [] },
    kind: 'histogram',
  }
  of(latency)
    .pipe(rollup({ windows: ['5m'], problems: { next: ({ reason }) => void problems.push(reason) } }))
    .subscribe()
  expect(problems).toEqual(['unsupported-kind'])
})

/** Nearest to "ratio above 1 % for 5 m, until 0.5 %": `for`, `until` and the ratio of two series are still to come. */
const failing = [
  ruleSet('failing')
    .select('__name:error_ratio')
    .rule(1, average('5m', { minFill: '4m' }).above(0.01))
    .build(),
]

it('jobs 3 and 7: judges a share over five minutes, in virtual time that no part is told of', async () => {
  using time = virtualTime()
  const told: string[] = []
  samples('error_ratio 0*5 0.02*6 @1m')
    .pipe(evaluate(failing, { open: [] }))
    .subscribe(({ text }) => told.push(text))
  await time.run()
  expect(told).toEqual(['failing, error_ratio: average 0.012 over 5m is above 0.01'])
})

it('job 4: pages, tells another one after ten minutes, and both of the end', async () => {
  using time = virtualTime()
  const [first, second] = [recordingNotifier(), recordingNotifier()]
  const policy: Policy = {
    groups: { oncall: { notifiers: ['first'] }, lead: { notifiers: ['second'] } },
    routes: [{ group: 'oncall' }, { group: 'lead', wait: '10m' }],
  }
  samples('queue|ST[shop:berlin] 120 _*19 3 @1m')
    .pipe(
      evaluate([ruleSet('queue').select('__name:queue').above(100, 1).build()]),
      notify(policy, { notifiers: { first, second } }),
    )
    .subscribe()
  await time.run()
  const toldAt = ({ attempts }: RecordingNotifier) =>
    attempts.map(({ time: at, notification }) => [at, notification.subject])
  const opened = '[severity 1] queue shop=berlin: 120 is above 100'
  const ended = '[recovered] queue shop=berlin: cleared after 20m, 3 is not above 100'
  expect(toldAt(first)).toEqual([
    [0, opened],
    [1_200_000, ended],
  ])
  expect(toldAt(second)).toEqual([
    [600_000, opened],
    [1_200_000, ended],
  ])
})

it('job 5: keeps what a destination cannot take, and sends it in order when it is back', async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  onTestFinished(() => void vi.restoreAllMocks())
  await using journal = await openJournal('journal', {
    codec: jsonCodec<number>(),
    fileSystem: memoryFileSystem(),
  })
  await journal.appendBatch([1, 2, 3, 4, 5, 6, 7, 8])
  const sent: number[] = []
  let attempts = 0
  const send = async (batch: readonly number[]) => {
    attempts += 1
    if (attempts < 3) throw new Error('down')
    sent.push(...batch)
  }
  const uplink = await journal.subscriber('uplink')
  const uploaded = uplink.batches({ maxRecords: 3 }).pipe(ackAfter((batch) => send(batch.values)))
  await lastValueFrom(uploaded.pipe(take(3)))
  expect(sent).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

it('job 6: replays a time of the journal through two sets of rules, and compares', async () => {
  await using journal = await openJournal('journal', { codec: sampleCodec(), fileSystem: memoryFileSystem() })
  await journal.appendBatch(samples('queue|ST[shop:berlin] 50 90 120 70 40 @10s').list)
  const [current, changed] = [100, 80].map((limit) =>
    ruleSet('queue').select('__name:queue').above(limit, 1).build(),
  )

  const yesterday = journal.readFrom('oldest').pipe(values())
  const replay = (rules: RuleSet) =>
    lastValueFrom(yesterday.pipe(inEventTime(evaluate([rules], { open: [] })), toArray()))
  const [before, after] = await Promise.all([replay(current!), replay(changed!)])
  const news = after.filter(({ id }) => !before.some((event) => event.id === id))

  expect(before.map(({ text }) => text)).toEqual([
    'queue shop=berlin: 120 is above 100',
    'queue shop=berlin: cleared after 10s, 70 is not above 100',
  ])
  expect(news.map(({ type, time, text }) => [type, time, text])).toEqual([
    ['opened', 10_000, 'queue shop=berlin: 90 is above 80'],
    ['cleared', 30_000, 'queue shop=berlin: cleared after 20s, 70 is not above 80'],
  ])
})

it('job 8: joins a source and a sink of its own, of which the slower one sets the pace', async () => {
  let made = 0
  const numbers = source<number>((run) => {
    const pull = (): void => {
      if (made === 100) run.complete()
      else if (run.emit([(made += 1)])) run.whenRoom(pull)
    }
    run.whenRoom(pull)
  })
  const stored: number[] = []
  let ahead = 0
  const store = async (batch: readonly number[]) => {
    ahead = Math.max(ahead, made - stored.length)
    await Promise.resolve()
    stored.push(...batch)
  }
  const copied: Observable<void> = numbers
    .batches({ maxInFlight: 4 })
    .pipe(ackAfter((batch) => store(batch.values)))
  await lastValueFrom(copied)
  expect(stored).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  expect(ahead).toBeLessThanOrEqual(4)
})
