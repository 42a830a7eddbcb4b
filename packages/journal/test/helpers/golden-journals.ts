import { readFileSync, readdirSync, statSync } from 'node:fs'
import type { FileSystem, Sample } from '@tocsin/core'
import { parseSeries } from '@tocsin/core'

import { writeIdentity } from '../../src/recover/identity.ts'
import type { Journal } from '../../src/index.ts'
import { bytesCodec, jsonCodec, openJournal } from '../../src/index.ts'
import { sampleCodec } from '../../src/samples.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import { directory, replaceFile, settle } from './journals.ts'

const clock = { now: () => 1_700_000_000_000 }
const root = new URL('../golden/', import.meta.url)

/** A journal on disk as a release left it, put into memory. */
export async function goldenJournal(name: string): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  const copy = async (from: URL, to: string): Promise<void> => {
    await fileSystem.makeDirectory(to)
    for (const entry of readdirSync(from)) {
      const path = new URL(entry, from)
      if (statSync(path).isDirectory()) await copy(new URL(`${entry}/`, from), `${to}/${entry}`)
      else await replaceFile(fileSystem, `${to}/${entry}`, readFileSync(path))
    }
  }
  await copy(new URL(`${name}/`, root), directory)
  return fileSystem
}

/** The bytes of each file of a journal in memory. */
export async function filesOf(
  fileSystem: FileSystem,
  folder: string = directory,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const entry of await fileSystem.list(folder)) {
    const path = `${folder}/${entry}`
    const bytes = await fileSystem.readFile(path).catch(() => undefined)
    if (bytes !== undefined) files[path] = Buffer.from(bytes).toString('hex')
    else Object.assign(files, await filesOf(fileSystem, path))
  }
  return files
}

export const goldenStrings: readonly string[] = Array.from(
  { length: 9 },
  (_, index: number) => `${index}:${'é'.repeat(400)}`,
)

const series = (key: string): Sample['series'] => {
  const parsed = parseSeries(key)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

export const goldenSamples: readonly Sample[] = [
  { series: series('cpu|ST[host:a]'), time: 1_700_000_000_000, value: 0.25, kind: 'gauge' },
  { series: series('cpu|ST[host:b]'), time: 1_700_000_000_500, value: -3, kind: 'gauge', source: 'one' },
  {
    series: series('bytes'),
    time: 1_700_000_001_000,
    value: 2 ** 60,
    kind: 'counter',
    exact: 2n ** 60n + 1n,
  },
  { series: series('hits'), time: 1_700_000_001_000.5, value: 4, kind: 'delta', weight: 10 },
  {
    series: series('user'),
    time: 1_700_000_000_000,
    value: 'ann',
    kind: 'set',
    receivedAt: 1_700_000_000_007,
  },
  {
    series: series('latency'),
    time: 0,
    value: { bins: [{ value: 12, exponent: -3, count: 7 }] },
    kind: 'histogram',
  },
]

/** Of the journal that the records of `copied` come from. */
export const upstreamId = '22222222-2222-4222-8222-222222222222'

/** Of another one, for `positions`. */
export const otherUpstreamId = '33333333-3333-4333-8333-333333333333'

/** A folder with a known id, so that the same is written each time. */
async function newFolder(
  codec: string,
  id = '11111111-1111-4111-8111-111111111111',
): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  await writeIdentity(fileSystem, directory, codec, id)
  return fileSystem
}

/**
 * How each golden journal is written; only a new one is ever made with this, the old ones stay as they are. Those that carry
 * the history of their records say so in their names.
 */
export const writeGolden: Readonly<Record<string, () => Promise<MemoryFileSystem>>> = {
  /** Several segments, two subscribers, closed. */
  'strings-history': async () => {
    const fileSystem = await newFolder('json')
    const options = { codec: jsonCodec<string>(), segmentBytes: 4096, fileSystem, clock }
    const journal = await openJournal(directory, options)
    await journal.subscriber('all')
    for (const value of goldenStrings.slice(0, 5)) await journal.append(value)
    await journal.appendBatch(goldenStrings.slice(5))
    const some = await journal.subscriber('some')
    some.batches({ maxRecords: 2, maxInFlight: 1 }).subscribe((batch) => {
      if (batch.position.firstSeq === 1) batch.ack()
    })
    await settle()
    await journal.close()
    return fileSystem
  },
  /** Killed, with a write cut off at its end. */
  'killed-history': async () => {
    const fileSystem = await newFolder('json')
    const journal = await openJournal(directory, { codec: jsonCodec<string>(), fileSystem, clock })
    for (const value of ['one', 'two', 'three']) await journal.append(value)
    const killed = fileSystem.processKill()
    const [name = ''] = (await killed.list(directory)).filter((entry) => entry.endsWith('.segment'))
    const path = `${directory}/${name}`
    const size = Buffer.from(killed.contents(path)).indexOf('three') + 3
    await replaceFile(killed, path, killed.contents(path).slice(0, size))
    return killed
  },
  'samples-history': async () => {
    const fileSystem = await newFolder('samples')
    const journal = await openJournal(directory, { codec: sampleCodec(), fileSystem, clock })
    await journal.appendBatch(goldenSamples)
    await journal.close()
    return fileSystem
  },
  /** Records that came from another journal. */
  'copied-history': async () => {
    const fileSystem = await newFolder('bytes')
    const journal = await openJournal(directory, { codec: bytesCodec(), fileSystem, clock })
    await journal.append(Uint8Array.of(0))
    await copyFrom(upstreamId, journal)
    await journal.close()
    return fileSystem
  },
  /** Records that came from two other journals, and a second segment, which begins with the list of both positions. */
  'positions-history': async () => {
    const fileSystem = await newFolder('bytes')
    const options = { codec: bytesCodec(), segmentBytes: 4096, fileSystem, clock }
    const journal = await openJournal(directory, options)
    for (const upstream of [upstreamId, otherUpstreamId]) await copyFrom(upstream, journal)
    for (const byte of [4, 5]) await journal.append(new Uint8Array(2500).fill(byte))
    await journal.close()
    return fileSystem
  },
}

/** Takes over two records of a journal with this id. */
async function copyFrom(id: string, into: Journal<Uint8Array>): Promise<void> {
  const fileSystem = await newFolder('bytes', id)
  const source = await openJournal(directory, { codec: bytesCodec(), fileSystem, clock })
  await source.appendBatch([Uint8Array.of(1, 2), Uint8Array.of(3)])
  const link = await source.subscriber('link')
  const copies: Promise<unknown>[] = []
  link.frames().subscribe((frame) => copies.push(into.appendFrame(frame)))
  await settle()
  await Promise.all(copies)
}
