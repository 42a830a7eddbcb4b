import { series } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'
import { Slices } from '@tocsin/core/slices'
import { memoryFileSystem, type MemoryFileSystem } from '@tocsin/core/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { FlushState } from '../../src/memory/flush-state.ts'
import { openFolder, type OpenedFolder } from '../../src/folder/open-folder.ts'
import { snapshot } from '../../src/folder/snapshot.ts'
import { RecordWriter } from '../../src/log/record-writer.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { SegmentWriter } from '../../src/segment/segment-writer.ts'
import { resolveStore } from '../../src/store-options.ts'
import { recording } from '../support/recording-sink.ts'
import { sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'

const periods = [60_000, 300_000, 1_800_000, 3_600_000, 86_400_000]
const load = (host: number): string => series('load', { host: String(host) }).key

const open = (fileSystem: MemoryFileSystem, directory = 'd'): Promise<OpenedFolder> =>
  openFolder(directory, resolveStore({ fileSystem, clock: { now: () => 1000 } }))

const stateAt = (file: number): FlushState => ({
  position: { journalId: 'j', seq: file * 10 },
  replayFrom: { file, offset: 0 },
  flushedTo: { file, offset: 0 },
  closedTo: file * 60_000,
  newest: file * 60_000,
})

interface Written {
  readonly number: number
  readonly series: readonly number[]
  readonly beside?: readonly number[]
  readonly replaces?: readonly number[]
  readonly state?: FlushState | null
}

/** Writes a segment with a window of each series. */
async function segment(
  fileSystem: MemoryFileSystem,
  { number, series: numbers, beside = [], replaces = [], state = null }: Written,
): Promise<void> {
  const writer = SegmentWriter.create(fileSystem, 'd', number, periods)
  const table = new RowTable('numeric')
  for (const one of numbers) table.push(one, 0, windowOf([sample('load', 1, one)]))
  await writer.add(0, table)
  await writer.finish(
    { state, beside, replaces, sealed: null },
    numbers.map((one) => [one, load(one)] as const),
  )
}

async function emptyFolder(): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  await (await open(fileSystem)).close()
  return fileSystem
}

/** Appends a reading of a series, with its name where it is new. */
async function append({ log, names }: OpenedFolder, host: number, seq: number): Promise<void> {
  const record = new RecordWriter()
  record.begin({ journalId: 'j', seq }, 1000)
  const number = names.numberOf(load(host)) ?? names.add(series('load', { host: String(host) }))
  await names.writeNew(record, new Slices())
  record.number(number, seq, host, 1, host, false)
  await log.append(record)
  names.logged(names.length)
}

async function readingsOf(folder: OpenedFolder): Promise<unknown[]> {
  const { events, sink } = recording()
  await folder.replay(sink)
  return events
    .filter(([name]) => name === 'number')
    .map(([, number, seq]) => [folder.names.list[Number(number)]?.key, seq])
}

describe('a folder', () => {
  it('is made with its parents, durably, and belongs to one store until it is closed', async () => {
    const fileSystem = memoryFileSystem()
    await (await open(fileSystem, 'a/b/c')).close()
    expect(await fileSystem.powerCut({ name: () => false }).list('a/b')).toEqual(['c'])

    const real = await mkdtemp(`${tmpdir()}/tocsin-rollup-`)
    onTestFinished(() => rm(real, { recursive: true, force: true }))
    const options = resolveStore({ fileSystem: nodeFileSystem })
    const first = await openFolder(`${real}/x`, options)
    await expect(openFolder(`${real}/x`, options)).rejects.toMatchObject({ code: 'ROLLUP_LOCKED' })
    expect(first.held()).toBe(true)
    await first.close()
    await (await openFolder(`${real}/x`, options)).close()
  })

  it('has the segments that none replaces, removes those that one does, and takes the state of the latest flush', async () => {
    const fileSystem = await emptyFolder()
    await segment(fileSystem, { number: 1, series: [0], state: stateAt(1) })
    await segment(fileSystem, { number: 2, series: [0], beside: [1], state: stateAt(2) })
    // A merge that began before the third flush and ended after it knows the state of the second.
    await segment(fileSystem, { number: 4, series: [0], beside: [1, 2], state: stateAt(3) })
    await segment(fileSystem, { number: 3, series: [0], beside: [4], replaces: [1, 2], state: stateAt(2) })
    const folder = await open(fileSystem)
    expect(folder.segments.map(({ number }) => number)).toEqual([3, 4])
    expect(folder.state).toEqual(stateAt(3))
    expect(folder.position).toEqual({ journalId: 'j', seq: 30 })
    expect(folder.problems.filter(({ reason }) => reason === 'damaged-segment')).toEqual([])
    expect([folder.nextSegment, folder.log.place.file]).toEqual([5, 3])
    expect((await fileSystem.list('d')).filter((name) => name.endsWith('.seg'))).toEqual(['3.seg', '4.seg'])
  })

  it('opens without segments that are missing or damaged, says which, and never gives their numbers again', async () => {
    const fileSystem = await emptyFolder()
    await segment(fileSystem, { number: 1, series: [0] })
    await segment(fileSystem, { number: 2, series: [1], beside: [1] })
    await segment(fileSystem, { number: 3, series: [2], beside: [1, 2], state: stateAt(3) })
    await segment(fileSystem, { number: 7, series: [2], beside: [1, 2, 3], state: stateAt(4) })
    await fileSystem.remove('d/1.seg')
    fileSystem.contents('d/7.seg').fill(0)
    const folder = await open(fileSystem)
    expect(folder.segments.map(({ number }) => number)).toEqual([2, 3])
    expect(
      folder.problems.filter(({ reason }) => reason === 'damaged-segment').map(({ file }) => file),
    ).toEqual(['7.seg', '1.seg'])
    expect([folder.state, folder.nextSegment]).toEqual([stateAt(3), 8])
  })

  it('learns names from segments and log when their file is gone, and gives no number twice', async () => {
    const fileSystem = await emptyFolder()
    const before = await open(fileSystem)
    for (const host of [0, 1, 2]) await append(before, host, host + 1)
    await before.names.save()
    await segment(fileSystem, { number: 1, series: [0, 1], state: stateAt(1) })
    await append(before, 3, 4)
    await before.close()
    await fileSystem.remove('d/series.log')
    const folder = await open(fileSystem)
    expect(folder.knownSeries).toBe(2)
    expect(await readingsOf(folder)).toEqual([0, 1, 2, 3].map((host) => [load(host), host + 1]))
    expect(folder.problems.map(({ file }) => file)).toEqual(['series.log'])
    await append(folder, 4, 5)
    expect(folder.names.numberOf(load(4))).toBe(4)
    await folder.names.save()
    await folder.close()
    const again = await open(fileSystem)
    expect([again.names.length, again.problems]).toEqual([5, []])
  })

  it('loses a name with the record that it was in, and gives its number to no other series', async () => {
    const fileSystem = await emptyFolder()
    const before = await open(fileSystem)
    for (const host of [0, 1]) await append(before, host, host + 1)
    await append(before, 0, 3)
    await append(before, 1, 4)
    const bytes = fileSystem.contents('d/log-1.log')
    const at = Buffer.from(bytes).indexOf(load(1))
    bytes[at] = (bytes[at] ?? 0) ^ 1
    const folder = await open(fileSystem)
    expect(await readingsOf(folder)).toEqual([
      [load(0), 1],
      [load(0), 3],
      [undefined, 4],
    ])
    expect(folder.problems.map(({ reason, count }) => [reason, count])).toEqual([['damaged-log', 1]])
    await append(folder, 1, 5)
    expect(folder.names.numberOf(load(1))).toBe(2)
  })

  it('tells of damage in the log that is met later', async () => {
    const fileSystem = await emptyFolder()
    const before = await open(fileSystem)
    for (const seq of [1, 2]) await append(before, 0, seq)
    await before.close()
    const folder = await open(fileSystem)
    const told: unknown[] = []
    folder.tell(({ reason, file }) => told.push([reason, file]))
    const bytes = fileSystem.contents('d/log-1.log')
    bytes[30] = (bytes[30] ?? 0) ^ 1
    await folder.log.scan(0, 10, recording().sink)
    await folder.log.scan(0, 10, recording().sink)
    expect(told).toEqual([['damaged-log', 'log-1.log']])
  })
})

describe('a snapshot', () => {
  it('is a store of what there was, whatever becomes of the first one, and costs it nothing', async () => {
    const fileSystem = await emptyFolder()
    const folder = await open(fileSystem)
    for (const host of [0, 1]) await append(folder, host, host + 1)
    await folder.names.save()
    await segment(fileSystem, {
      number: 1,
      series: [0],
      state: { ...stateAt(1), position: { journalId: 'j', seq: 0 } },
    })
    const whole = await open(fileSystem.processKill())
    await snapshot(folder, whole.segments, 'copies/one')
    await append(folder, 5, 3)
    await folder.names.save()
    await folder.log.drop({ file: 9, offset: 0 }, Infinity)
    await fileSystem.remove('d/1.seg')
    const survived = fileSystem.powerCut({ name: () => false })
    const copy = await open(survived, 'copies/one')
    expect(copy.segments.map(({ number }) => number)).toEqual([1])
    expect(await readingsOf(copy)).toEqual([0, 1].map((host) => [load(host), host + 1]))
    expect([copy.position, copy.problems, copy.names.length]).toEqual([{ journalId: 'j', seq: 2 }, [], 2])
    await append(copy, 6, 4)
    await copy.close()
    expect(await fileSystem.list('d')).toEqual(['log-2.log', 'series.log'])
    await expect(snapshot(folder, [], 'copies/one')).rejects.toMatchObject({ code: 'ROLLUP_BAD_OPTION' })
  })

  it('leaves nothing behind where the disk refuses', async () => {
    const fileSystem = await emptyFolder()
    const folder = await open(fileSystem)
    await append(folder, 0, 1)
    await folder.names.save()
    const mend = fileSystem.fail('write', 'ENOSPC', { path: /copy/ })
    await expect(snapshot(folder, [], 'copy')).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await fileSystem.list('copy')).toEqual([])
    mend()
    await snapshot(folder, [], 'copy')
    expect(await readingsOf(await open(fileSystem, 'copy'))).toEqual([[load(0), 1]])
  })
})
