// Links over a connection in memory: what is durable at one end is durable at the other. Processor time, for others share the machine,
// and rates beside it.
import { Duplex } from 'node:stream'

import { bytesCodec, openJournal } from '@tocsin/journal'
import { followSession, LinkClaims, serveSession } from '@tocsin/journal/link'
import { memoryFileSystem } from '@tocsin/journal/testing'

import { compare } from '../measure.mjs'

const records = Number(process.env.BENCH_RECORDS ?? 1_000_000)
const frames = Number(process.env.BENCH_FRAMES ?? 20_000)
const collectors = 50

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

const options = { codec: bytesCodec(), segmentBytes: 64 * 1024 * 1024, maxBytes: 2 ** 32 }

/** Copies backlogs of these numbers of records, so many in a frame, from as many collectors. */
async function copy(open, sources, perFrame) {
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
  const before = process.cpuUsage()
  const start = process.hrtime.bigint()
  await new Promise((resolve) => {
    const copied = (count) => {
      left -= count
      if (left === 0) resolve()
    }
    for (const journal of upstream) stops.push(link(journal, target, claims, copied))
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
])

export default [
  {
    title: 'Journal: links',
    unit: 'records per second of processor time',
    more: { perSecond: 'records/s' },
    text: 'Backlogs of other journals go over connections in memory into one journal, and are acknowledged when they are durable there.',
    rows,
  },
]
