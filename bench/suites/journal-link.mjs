// Links: what is durable at one end is durable at the other, over connections in memory and over TLS on the loopback. Processor time, for
// others share the machine, and rates beside it.
import { Duplex } from 'node:stream'

import { bytesCodec, openJournal } from '@tocsin/journal'
import { follow, followSession, LinkClaims, serveJournal, serveSession } from '@tocsin/journal/link'
import { memoryFileSystem } from '@tocsin/journal/testing'

import { firstValueFrom } from 'rxjs'

import { issueCertificates } from '../certificates.mjs'
import { compare, newFolder, removeFolder } from '../measure.mjs'

const records = Number(process.env.BENCH_RECORDS ?? 1_000_000)
const frames = Number(process.env.BENCH_FRAMES ?? 20_000)
const collectors = 50
const smallOnes = 100
const fairMs = Number(process.env.BENCH_FAIR_MS ?? 2000)

/** One end of a connection in memory, with backpressure. */
class End extends Duplex {
  other
  #more
  _read() {
    const more = this.#more
    this.#more = undefined
    more?.()
  }
  _write(chunk, _encoding, done) {
    if (this.other.push(chunk)) done()
    else this.other.#more = done
  }
  _final(done) {
    this.other.push(null)
    done()
  }
}

const pair = () => {
  const [near, far] = [new End(), new End()]
  near.other = far
  far.other = near
  return [near, far]
}

const rights = () => ({ subscribers: '*', read: '*' })
const link = (journal, into, claims, copied) => {
  const [near, far] = pair()
  const served = serveSession(
    { duplex: near, peer: 'aggregator' },
    { journals: new Map([['main', journal]]), rights, claims },
  )
  const followed = followSession(
    { duplex: far, peer: 'collector' },
    { feeds: [{ journal: 'main', subscriber: 'one', into }] },
  )
  const subscriptions = [
    served.subscribe(),
    followed.subscribe((event) => {
      if (event.type === 'result') copied(event.result.upstream.lastSeq - event.result.upstream.firstSeq + 1)
    }),
  ]
  return () => subscriptions.forEach((subscription) => subscription.unsubscribe())
}

/** The same over TLS on the loopback; `dial` begins it. */
async function secured(journal, into, tls, copied) {
  const server = serveJournal(journal, {
    listen: '127.0.0.1:0',
    tls: tls.collector,
    allow: { aggregator: {} },
  })
  const stops = [server.subscribe()]
  const { port } = await firstValueFrom(server.listening)
  const links = follow({ connect: `127.0.0.1:${port}`, tls: tls.aggregator, subscriber: 'aggregator', into })
  return {
    dial: () =>
      stops.push(
        links.subscribe(({ type, upstream }) => {
          if (type === 'copied') copied(upstream.lastSeq - upstream.firstSeq + 1)
        }),
      ),
    stop: () => stops.forEach((subscription) => subscription.unsubscribe()),
  }
}

const options = { codec: bytesCodec(), segmentBytes: 64 * 1024 * 1024, maxBytes: 2 ** 32 }

/** Copies backlogs of these numbers of records, so many in a frame, from as many collectors; over TLS where there are certificates. */
async function copy(open, sources, perFrame, tls) {
  const record = new Uint8Array(50)
  const fill = async (count) => {
    const journal = await open({ durability: 'os' })
    // One frame each.
    for (let done = 0; done < count; done += perFrame)
      await journal.appendBatch(Array.from({ length: perFrame }, () => record))
    await journal.flush()
    return journal
  }
  const upstream = await Promise.all(sources.map(fill))
  const target = await open()
  const total = sources.reduce((sum, count) => sum + count, 0)
  const claims = new LinkClaims()
  let left = total
  const stops = []
  let done
  const copied = (count) => {
    left -= count
    if (left === 0) done()
  }
  const lines = []
  if (tls !== undefined) {
    for (const journal of upstream) lines.push(await secured(journal, target, tls, copied))
  }
  const before = process.cpuUsage()
  const start = process.hrtime.bigint()
  await new Promise((resolve) => {
    done = resolve
    for (const { dial, stop } of lines) {
      stops.push(stop)
      dial()
    }
    if (tls === undefined) for (const journal of upstream) stops.push(link(journal, target, claims, copied))
  })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const { user, system } = process.cpuUsage(before)
  for (const stop of stops) stop()
  await Promise.all([target, ...upstream].map((journal) => journal.close()))
  return { figure: total / ((user + system) / 1e6), perSecond: total / seconds }
}

const onDisk = (folder) => {
  let count = 0
  return (more) => openJournal(`${folder}/${(count += 1)}`, { ...options, ...more })
}
const inMemory = () => (more) =>
  openJournal('journal', {
    ...options,
    ...more,
    fileSystem: memoryFileSystem(),
    segmentBytes: 4 * 1024 * 1024,
  })

const spread = (ages) => {
  const sorted = ages.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.floor(sorted.length * share)] ?? NaN
  return { figure: at(0.5), p99: at(0.99), most: at(0.9999) }
}

/** How old the records of small collectors are when they are durable in the target, beside one that sends what it can or without it. */
async function fairness(open, withLarge) {
  const target = await open()
  // Durable at once: what they wait for is the link and the target.
  const source = inMemory()
  const claims = new LinkClaims()
  let ages = []
  const small = await Promise.all(Array.from({ length: smallOnes }, () => source()))
  const begun = small.map(() => [])
  const stops = small.map((journal, index) => {
    let last = 0
    return link(journal, target, claims, (count) => {
      for (const end = last + count; last < end; last += 1) ages.push(performance.now() - begun[index][last])
    })
  })
  let running = true
  let large = 0
  const send = async () => {
    const journal = await source()
    stops.push(link(journal, target, claims, (count) => (large += count)))
    const batch = Array.from({ length: 1000 }, () => new Uint8Array(50))
    while (running) {
      await journal.appendBatch(batch)
      // Memory does not make anybody wait, and the others have their turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return journal
  }
  const sender = withLarge ? send() : undefined
  const record = new Uint8Array(50)
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const append = () => {
    for (const [index, journal] of small.entries()) {
      begun[index].push(performance.now())
      void journal.append(record)
    }
  }
  // The links come about before anything is measured.
  append()
  while (ages.length < smallOnes || (withLarge && large === 0)) await pause(5)
  ages = []
  large = 0
  const start = performance.now()
  let ticks = 0
  while (performance.now() - start < fairMs) {
    append()
    ticks += 1
    await pause(Math.max(0, start + 20 * ticks - performance.now()))
  }
  running = false
  const journals = [...small, ...(sender === undefined ? [] : [await sender])]
  const seconds = (performance.now() - start) / 1000
  const perSecond = Math.round(large / seconds)
  while (ages.length < ticks * smallOnes) await pause(5)
  for (const stop of stops) stop()
  await Promise.all([target, ...journals].map((journal) => journal.close()))
  return { ...spread(ages), perSecond }
}

const folder = newFolder()
const tls = issueCertificates(folder, ['collector', 'aggregator'])
if (tls === undefined) process.stderr.write('  skipped, no openssl here: links over TLS\n')

const sources = Array.from({ length: collectors }, () => frames / collectors)
const rows = await compare([
  {
    name: 'one collector',
    note: '1000 records of 50 bytes in a frame; from disk to disk',
    run: (folder) => copy(onDisk(folder), [records], 1000),
  },
  {
    name: `${collectors} collectors`,
    note: 'frames of one record; from disk to disk',
    run: (folder) => copy(onDisk(folder), sources, 1),
  },
  {
    name: `${collectors} collectors, no disk`,
    note: 'frames of one record; from memory to memory',
    run: () => copy(inMemory(), sources, 1),
  },
  ...(tls === undefined
    ? []
    : [
        {
          name: `${collectors} collectors, TLS`,
          note: 'frames of one record; over TLS 1.3 on the loopback, from disk to disk, handshakes included',
          run: (folder) => copy(onDisk(folder), sources, 1, tls),
        },
      ]),
])
const fair = await compare([
  {
    name: `${smallOnes} small collectors`,
    note: 'alone',
    run: (folder) => fairness(onDisk(folder), false),
  },
  {
    name: `${smallOnes} small collectors`,
    note: 'beside one that sends as fast as it can',
    run: (folder) => fairness(onDisk(folder), true),
  },
])
removeFolder(folder)

export default [
  {
    title: 'Journal: links',
    unit: 'records per second of processor time',
    more: { perSecond: 'records/s' },
    text: `Backlogs of other journals go over connections in memory into one journal, and are acknowledged when they are durable there.${tls === undefined ? ' Links over TLS were skipped: no openssl.' : ''}`,
    rows,
  },
  {
    title: 'Journal: small collectors beside a large one',
    unit: 'ms',
    more: { p99: 'p99, ms', most: 'p99.99, ms', perSecond: 'records/s of the large one' },
    text: 'How old records are when they are durable in the journal that all are copied into: each small collector appends one every 20 ms. Collectors are in memory, the target is on disk; all run in one process and share its processor.',
    rows: fair,
  },
]
