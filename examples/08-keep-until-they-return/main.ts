import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { series, type Batch, type Sample } from '@tocsin/protocols'
import { alignakRules, filterSamples, type FilterRule } from '@tocsin/protocols/operators'
import type { Sink } from '@tocsin/protocols/sinks'
import { toGraphite } from '@tocsin/protocols/sinks/graphite'
import { toInflux } from '@tocsin/protocols/sinks/influx'
import { skip } from 'rxjs'

import { Receiver, type Kind } from './destination.ts'
import { picture } from './picture.ts'
import { resultLine, samplesOf } from './plugin.ts'

const kept = process.argv[2]
const folder = kept ?? mkdtempSync(join(tmpdir(), 'tocsin-keep-'))
mkdirSync(folder, { recursive: true })
const begin = Date.now()
const say = (text: string) =>
  console.log(`${((Date.now() - begin) / 1000).toFixed(1).padStart(5)} s  ${text}`)

const receivers = {
  graphite: await Receiver.start('graphite', folder),
  influx: await Receiver.start('influx', folder),
}

// The journal keeps what a destination cannot take: each has a subscriber of its own, and so a place of its own.
await using journal = await openJournal(join(folder, 'journal'), { codec: sampleCodec() })
const common = { gatherMs: 50, maxDelayMs: 500 }
const sinks: Readonly<Record<Kind, Sink>> = {
  // Nobody answers, so what was sent counts when the connection has stood for a while; in service leave it at its minute.
  graphite: toGraphite({ ...common, port: receivers.graphite.port, settleMs: 300 }),
  influx: toInflux({
    ...common,
    url: `http://127.0.0.1:${receivers.influx.port}`,
    version: 1,
    database: 'shop',
  }),
}
// What a plugin said goes on as Alignak's backend wrote it: in Graphite all is in the name, in InfluxDB the rest are tags.
const rules: Readonly<Record<Kind, readonly FilterRule[]>> = {
  graphite: alignakRules({ prefix: 'alignak' }),
  influx: [{ change: 'and(host:/./)', keepTags: ['realm', 'host', 'service'] }],
}
const running = await Promise.all(
  (['graphite', 'influx'] as const).map(async (name) => {
    const subscriber = await journal.subscriber(name, { from: 'oldest' })
    sinks[name].reachable$.pipe(skip(1)).subscribe(({ reachable, message }) => {
      say(`${name} ${reachable === true ? 'takes what it is sent' : `cannot be reached: ${message ?? ''}`}`)
    })
    // Graphite has so many unsettled at once; a batch is what was written together.
    return subscriber
      .batches({ maxInFlight: 1000 })
      .pipe(filterSamples<Batch<Sample>>(rules[name]), sinks[name])
      .subscribe({ error: console.error })
  }),
)

// Samples of four rooms, one of each for every second of a day, and a plugin's result each ten; they come faster here.
const rooms = ['cellar', 'counter', 'kitchen', 'store'].map((room) => series('temperature', { room }))
const midnight = Date.UTC(2026, 0, 1)
const seconds = 400
const samplesAt = (second: number): readonly Sample[] => {
  const time = midnight + second * 1000
  const value = (second % 60) / 10
  const own = rooms.map(
    (room, index) => ({ series: room, time, value: 4 + index + value, kind: 'gauge' }) as const,
  )
  return second % 10 === 0 ? [...own, ...samplesOf(resultLine(time, 20 + second / 10))] : own
}
const written: string[] = []
const lags: Record<Kind, number[]> = { graphite: [], influx: [] }
const look = setInterval(() => {
  for (const { name, lagRecords } of journal.subscribers())
    if (name in lags) lags[name as Kind].push(lagRecords)
}, 50)
const looksAt = () => lags.influx.length
const away = { graphite: [0, 0], influx: [0, 0] }
const kill = async (name: Kind) => {
  away[name][0] = looksAt()
  say(`${name} is killed`)
  await receivers[name].kill()
}
const restart = async (name: Kind) => {
  await receivers[name].start()
  away[name][1] = looksAt()
  say(`${name} is started again`)
}

const start = Date.now()
for (let second = 0; second < seconds; second += 1) {
  const samples = samplesAt(second)
  await journal.appendBatch(samples)
  written.push(...samples.map(({ series, time, value }) => `${series.key} ${time} ${JSON.stringify(value)}`))
  if (second === 80) await kill('graphite')
  if (second === 170) void restart('graphite')
  if (second === 230) await kill('influx')
  if (second === 320) void restart('influx')
  await sleep(15)
}
while (journal.subscribers().some(({ lagRecords }) => lagRecords > 0) || away.influx[1] === 0) await sleep(20)
await sleep(100)
clearInterval(look)
const took = (Date.now() - start) / 1000
say('both have everything')
for (const subscription of running) subscription.unsubscribe()
for (const receiver of Object.values(receivers)) await receiver.kill()

// Each sample is there, and those of each series are in order, whatever it is called there.
const histories = (lines: readonly string[]): string => {
  const bySeries = new Map<string, string>()
  for (const line of lines) {
    const [key = '', ...point] = line.split(' ')
    bySeries.set(key, `${bySeries.get(key) ?? ''}${point.join(' ')}\n`)
  }
  return [...bySeries.values()].toSorted().join('\n')
}
for (const [name, receiver] of Object.entries(receivers)) {
  const points = receiver.points()
  const isAll = histories(points) === histories(written)
  console.log(
    `${name}: ${points.length} samples, ${isAll ? 'each of them once and in order' : 'which is WRONG'}`,
  )
  console.log(`  ${points.find((point) => point.includes('_var'))}`)
  if (!isAll) process.exitCode = 1
}

const colors = { graphite: '#bc4c00', influx: '#0969da' }
const drawn = (['graphite', 'influx'] as const).map((name) => {
  const share = away[name].map((at) => at / Math.max(1, looksAt() - 1))
  return { name, color: colors[name], records: lags[name], away: [share[0] ?? 0, share[1] ?? 0] as const }
})
const pictures = kept ?? join(import.meta.dirname, 'data')
mkdirSync(pictures, { recursive: true })
const svg = join(pictures, 'lags.svg')
writeFileSync(svg, picture(drawn, took))
for (const { name, records } of drawn)
  console.log(`${name} was at most ${Math.max(...records)} records behind`)
console.log(`Both lags as a picture: ${svg}`)
if (kept === undefined) rmSync(folder, { recursive: true, force: true })
