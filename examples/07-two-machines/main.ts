import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { jsonCodec, openJournal, values } from '@tocsin/journal'
import { lastValueFrom, toArray } from 'rxjs'

import { cable } from './cable.ts'
import { makeCertificates } from './certificates.ts'
import { bars } from './chart.ts'
import { records } from './messages.ts'
import type { FromCollector } from './messages.ts'

const data = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'tocsin-two-machines-'))
const collectors = ['berlin', 'paris'] as const
const aggregators = ['north', 'south'] as const
makeCertificates(join(data, 'certificates'), [...collectors, ...aggregators])

const machine = (kind: string, ...words: readonly string[]): ChildProcess =>
  fork(join(import.meta.dirname, `${kind}.ts`), [data, ...words], { execArgv: ['--import', 'tsx'] })

// Two collectors. What they tell is drawn, and says when something is to happen.
const heads = new Map<string, number>()
const lags = new Map<string, number[]>()
const followed = new Set<string>()
const arrived = () => collectors.every((name) => heads.get(name) === records)
const caughtUp = () => [...lags.values()].every((line) => line.at(-1) === 0)
let told: () => void = () => undefined
const until = async (happened: () => boolean): Promise<void> => {
  while (!happened()) await new Promise<void>((resolve) => (told = resolve))
}
const ports = new Map<string, number>()
const processes = collectors.map((name) => {
  const collector = machine('collector', name)
  collector.on('message', (message: FromCollector) => {
    if ('port' in message) ports.set(name, message.port)
    else {
      heads.set(name, message.head)
      for (const aggregator of aggregators) {
        const link = `${aggregator} <- ${name}`
        const line = lags.get(link) ?? []
        // Who has never come is behind by everything.
        lags.set(link, [...line, message.lags[aggregator] ?? message.head])
        if (message.lags[aggregator] !== undefined) followed.add(link)
      }
    }
    told()
  })
  return collector
})
await until(() => ports.size === 2)

// Two aggregators, each with all records: "south" is there when "north" is not. One link goes over a wire that can be cut.
using wire = await cable(ports.get('berlin') ?? 0)
const paris = `paris:${ports.get('paris')}`
const startNorth = () => machine('aggregator', 'north', `berlin:${wire.port}`, paris)
let north = startNorth()
const south = machine('aggregator', 'south', `berlin:${ports.get('berlin')}`, paris)
const taken = (share: number) => () => (heads.get('berlin') ?? 0) >= records * share

await until(() => followed.size === 4)
for (const line of lags.values()) line.length = 0
for (const collector of processes) collector.send('start')
await until(taken(0.3))
console.log('The link of north to berlin is cut.')
wire.cut()
await until(taken(0.5))
console.log('It is mended.')
wire.mend()
await until(taken(0.7))
console.log('north is killed; south goes on.')
north.kill('SIGKILL')
await once(north, 'exit')
await until(taken(0.85))
console.log('north is there again.')
north = startNorth()
await until(() => arrived() && caughtUp())

for (const group of [[north, south], processes]) {
  const ends = group.map((child) => once(child, 'exit'))
  for (const child of group) child.send('stop')
  await Promise.all(ends)
}

const most = Math.max(...[...lags.values()].flat())
console.log(`\nRecords behind, from left to right in time; the highest bar is ${most}:`)
for (const [link, line] of [...lags].sort()) console.log(`  ${link.padEnd(16)} |${bars(line, most)}|`)

// Each record once, and those of each collector in order.
for (const name of aggregators) {
  await using journal = await openJournal(join(data, name), { codec: jsonCodec<string>() })
  const all = await lastValueFrom(journal.readFrom('oldest').pipe(values(), toArray()))
  const isComplete = collectors.every((collector) => {
    const own = all.filter((record) => record.startsWith(collector))
    return own.length === records && own.every((record, index) => record === `${collector} ${index + 1}`)
  })
  console.log(
    `${name}: ${all.length} records, ${isComplete ? 'each exactly once and in order' : 'which is WRONG'}`,
  )
  if (!isComplete) process.exitCode = 1
}
if (process.argv[2] === undefined) rmSync(data, { recursive: true, force: true })
