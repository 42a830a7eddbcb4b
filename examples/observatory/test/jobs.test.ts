import { createSocket } from 'node:dgram'

import { memoryFileSystem } from '@tocsin/core/testing'
import { evaluate, metric, ruleSet } from '@tocsin/fault'
import type { FaultEvent } from '@tocsin/fault'
import { ackAfter, jsonCodec, openJournal, values } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { notify } from '@tocsin/notify'
import type { Notification, Policy } from '@tocsin/notify'
import { series, source, statsd } from '@tocsin/protocols'
import type { Sample } from '@tocsin/protocols'
import { rollup, rollupSamples } from '@tocsin/rollup'
import {
  concatMap,
  delay,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  of,
  Subject,
  take,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs'
import type { Observable } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, it, onTestFinished, vi } from 'vitest'

// Eight small jobs, each as a user would write it. What a job still lacks is said beside it.

const queue = series('queue', { shop: 'berlin' })
const gauge = (time: number, value: number): Sample => ({ series: queue, time, value, kind: 'gauge' })

it('job 1: takes statsd and gives the mean of each minute', async () => {
  const collected = statsd({ port: 0 })
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
  const samples = from(requests).pipe(
    map((request) => ({
      series: latency(request),
      time: request.at,
      value: request.ms,
      kind: 'gauge' as const,
      request,
    })),
  )
  const told: string[] = []
  samples
    .pipe(evaluate([slow], { scheduler: new VirtualTimeScheduler() }))
    .subscribe(({ type, sample, series: { tags } }) =>
      told.push(`${type} ${tags.route} ${sample?.request.traceId}`),
    )
  samples
    .pipe(
      rollup({ windows: ['1s'] }),
      rollupSamples('average'),
      evaluate([slow], { scheduler: new VirtualTimeScheduler() }),
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
const failing = [ruleSet('failing').select('__name:error_ratio').average('5m', '4m').above(0.01, 1).build()]

it('jobs 3 and 7: judges a share over five minutes, in virtual time that no part is told of', () => {
  const ratio = series('error_ratio')
  const told: string[] = []
  new TestScheduler(() => undefined).run(() => {
    from([0, 0, 0, 0, 0, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02])
      .pipe(
        concatMap((value, minute) =>
          of({ series: ratio, time: minute * 60_000 + 1, value, kind: 'gauge' as const }).pipe(delay(60_000)),
        ),
        evaluate(failing, { open: [], staleAfterMs: 60_000 }),
      )
      .subscribe(({ text }) => told.push(text))
  })
  expect(told).toEqual(['failing, error_ratio: average 0.012 over 5m is above 0.01'])
})

it('job 4: pages, tells another one after ten minutes, and both of the end', async () => {
  const time = new VirtualTimeScheduler()
  const told: string[] = []
  const pager = (name: string) => ({
    send: async ({ subject }: Notification) => void told.push(`${time.now()} ${name} ${subject}`),
  })
  const policy: Policy = {
    groups: { oncall: { notifiers: ['first'] }, lead: { notifiers: ['second'] } },
    routes: [{ group: 'oncall' }, { group: 'lead', wait: '10m' }],
  }
  const collected = new Subject<Sample>()
  collected
    .pipe(
      evaluate([ruleSet('queue').select('__name:queue').above(100, 1).build()], { scheduler: time }),
      notify(policy, { notifiers: { first: pager('first'), second: pager('second') }, scheduler: time }),
    )
    .subscribe()
  for (const [at, value] of [
    [0, 120],
    [1_200_000, 3],
  ] as const)
    time.schedule(() => collected.next(gauge(at, value)), at)
  for (const at of [0, 600_000, 1_200_000]) {
    time.maxFrames = at
    time.flush()
    await new Promise(setImmediate)
  }
  expect(told).toEqual([
    '0 first [severity 1] queue shop=berlin: 120 is above 100',
    '600000 second [severity 1] queue shop=berlin: 120 is above 100',
    '1200000 first [recovered] queue shop=berlin: cleared after 20m, 3 is not above 100',
    '1200000 second [recovered] queue shop=berlin: cleared after 20m, 3 is not above 100',
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
  const time = new VirtualTimeScheduler()
  const fileSystem = memoryFileSystem()
  await using journal = await openJournal('journal', { codec: sampleCodec(), fileSystem, clock: time })
  await journal.appendBatch([50, 90, 120, 70, 40].map((value, second) => gauge(second * 1000, value)))
  const yesterday = journal.readFrom({ time: 0 }, { until: { time: 86_400_000 } }).pipe(values())
  const judged = (limit: number): Promise<FaultEvent[]> => {
    const rules = [ruleSet('queue').select('__name:queue').above(limit, 1).build()]
    return lastValueFrom(
      yesterday.pipe(evaluate(rules, { open: [], staleAfterMs: Number.MAX_SAFE_INTEGER }), toArray()),
    )
  }
  const [before, after] = await Promise.all([judged(100), judged(80)])
  expect(before.map(({ type, time: at }) => [type, at])).toEqual([
    ['opened', 2000],
    ['cleared', 3000],
  ])
  expect(after.map(({ type, time: at }) => [type, at])).toEqual([
    ['opened', 1000],
    ['cleared', 3000],
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
