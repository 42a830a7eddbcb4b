import {
  memoryFileSystem,
  type MemoryFileSystem,
  type PowerCut,
  dividedBy,
  fromDouble,
  minus,
  nearestDouble,
  rational,
  times,
  total,
  type Rational,
  untilStopped,
} from '@tocsin/core/testing'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { stepOf } from '../../../../vitest.runs.ts'
import type { Rollup } from '../../src/engine/rollups.ts'
import { openFolder, type OpenedFolder } from '../../src/folder/open-folder.ts'
import { resolveStore, type ResolvedStoreOptions } from '../../src/store-options.ts'
import { goldenDays, goldenSamples } from '../support/golden-samples.ts'
import { recording } from '../support/recording-sink.ts'

const directory = 'rollups'
const minute = 60_000

/** A folder as an earlier release wrote it. */
async function goldenFolder(version: string): Promise<MemoryFileSystem> {
  const golden = join(import.meta.dirname, '../golden', version)
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  for (const name of await readdir(golden)) {
    const file = await fileSystem.open(`${directory}/${name}`, 'create')
    await file.write(await readFile(join(golden, name)), 0)
    await file.sync()
    await file.close()
  }
  await fileSystem.syncDirectory(directory)
  await fileSystem.syncDirectory('.')
  return fileSystem
}

const optionsOn = (fileSystem: MemoryFileSystem): ResolvedStoreOptions =>
  resolveStore({ fileSystem, clock: { now: () => 1_000_000 } })

/** What a folder holds. */
interface Contents {
  readonly rows: readonly (readonly [string | undefined, number, Rollup])[]
  readonly readings: readonly (readonly unknown[])[]
  readonly names: readonly (string | undefined)[]
  readonly position: unknown
}

/** All minutes that the segments have, and all that the log has, under the names of their series. */
async function contentsOf(folder: OpenedFolder): Promise<Contents> {
  const { events, sink } = recording()
  await folder.replay(sink)
  const rows: [string | undefined, number, Rollup][] = []
  for (const segment of folder.segments) {
    await segment.read(
      { level: 0, series: undefined, from: -Infinity, to: Infinity },
      (table, from, to) => {
        for (let row = from; row < to; row += 1) {
          rows.push([
            folder.names.list[table.series[row] ?? -1]?.key,
            table.start[row] ?? -1,
            table.rollup(row),
          ])
        }
      },
      () => expect.fail('damage'),
    )
  }
  const { position, problems, names, log, state } = folder
  return {
    rows,
    readings: events.filter(([name]) => name !== 'record'),
    names: names.list.map((series) => series?.key),
    ...{ position, problems, state, completeFrom: log.completeFrom },
  }
}

async function converted(fileSystem: MemoryFileSystem): Promise<Contents> {
  const folder = await openFolder(directory, optionsOn(fileSystem))
  const contents = await contentsOf(folder)
  await folder.close()
  return contents
}

describe('a folder of version 1', () => {
  it('becomes one of today on opening: minutes, names, log and position, and nothing else stays', async () => {
    const fileSystem = await goldenFolder('version-1')
    const contents = await converted(fileSystem)
    expect(contents).toMatchObject({
      names: ['gauge', 'whole', 'pair', 'timer', 'counter', 'text'],
      position: { journalId: 'j', seq: 28 },
      problems: [],
      completeFrom: 3 * minute,
      state: {
        position: { journalId: 'j', seq: 21 },
        closedTo: 3 * minute,
        replayFrom: { file: 1, offset: 0 },
      },
    })
    const { rows } = contents
    const told = rows.map(([name, start, rollup]) => [
      name,
      start,
      rollup.count,
      rollup.first.value,
      rollup.last.value,
    ])
    expect(told).toEqual(
      expect.arrayContaining([
        ['gauge', minute, 1, 80000000.2, 80000000.2],
        ['pair', 0, 2, 0.1, 0.2],
        ['timer', 2 * minute, 3, 0.1, 0.1],
        ['counter', minute, 1, 5, 5],
        ['text', 0, 1, 'state 0', 'state 0'],
      ]),
    )
    expect(rows).toHaveLength(18)
    expect(await fileSystem.list(directory)).toEqual([
      ...['1.seg', '2.seg', 'log-1.log', 'log-2.log', 'series.log'],
    ])
    expect(await converted(fileSystem)).toEqual(contents)
  })
})

/** Parts at 10^places and doubles, together. */
const exactOf = (parts: readonly number[], places: number, doubles: readonly number[] = []): Rational =>
  total([
    dividedBy(total(parts.map(fromDouble)), rational(10n ** BigInt(places))),
    ...doubles.map(fromDouble),
  ])

const isEqual = (a: Rational, b: Rational): boolean => minus(a, b).numerator === 0n

describe('a folder of version 2', () => {
  const periodOf = (time: number): number => Math.floor(time / minute) * minute
  const stored = goldenSamples.slice(0, -1).flat()
  const logged = goldenSamples.at(-1) ?? []

  it('keeps its sums to the last bit, of whole numbers, decimals, shares and far apart values', async () => {
    const { rows } = await converted(await goldenFolder('version-2'))
    const windows = new Set(stored.map(({ series, time }) => `${series.key} ${periodOf(time)}`))
    expect(new Set(rows.map(([name, start]) => `${name} ${start}`))).toEqual(windows)
    for (const [name, start, rollup] of rows) {
      const own = stored
        .filter(({ series, time }) => series.key === name && periodOf(time) === start)
        .sort((a, b) => a.time - b.time)
      const [first, last] = [own[0], own.at(-1)]
      expect(rollup.first.time).toBe(first?.time)
      expect(rollup.last.time).toBe(last?.time)
      expect(rollup.inexact).toBe(false)
      if (rollup.kind !== 'numeric') continue
      const { exact } = rollup
      const weights = own.map(({ weight = 1 }) => fromDouble(weight))
      const values = own.map(({ value, kind, weight = 1 }) =>
        fromDouble(kind === 'delta' ? Number(value) / weight : Number(value)),
      )
      const totals = own.map(({ kind }, index) => {
        const [value = rational(0n), weight = rational(0n)] = [values[index], weights[index]]
        return kind === 'delta' ? fromDouble(Number(own[index]?.value)) : times(value, weight)
      })
      const sum =
        own.length === 1 ? rational(BigInt(Math.round(Number(first?.value) * 10)), 10n) : total(totals)
      expect(
        isEqual(exactOf(exact.sum, exact.decimals, exact.doubles?.sum), sum),
        `sum of ${name} at ${start}`,
      ).toBe(true)
      expect(rollup.sum).toBe(nearestDouble(sum))
      expect(isEqual(exactOf(exact.count, 0), total(weights))).toBe(true)
      expect([rollup.min, rollup.max]).toEqual([
        Math.min(...values.map(nearestDouble)),
        Math.max(...values.map(nearestDouble)),
      ])
      if (name === 'delta' || own.length === 1) continue
      const squares = total(
        values.map((value, index) => times(times(value, value), weights[index] ?? rational(0n))),
      )
      expect(
        isEqual(exactOf(exact.squares, 2 * exact.decimals, exact.doubles?.squares), squares),
        `squares of ${name}`,
      ).toBe(true)
    }
  })

  it('keeps counters with their falls and digits, texts with their counts', async () => {
    const { rows } = await converted(await goldenFolder('version-2'))
    const [start = 0] = goldenDays
    const of = (name: string): unknown => rows.find(([one, at]) => one === name && at === start)?.[2]
    const scale = (start / minute) % 7
    expect(of('count')).toMatchObject({
      ...{ count: 3, growth: 10 + scale, resets: 1, afterResets: 5, dropMs: 59_998 },
      exact: { decimals: 0, growth: [10 + scale], afterResets: [5] },
    })
    expect(of('ratio')).toMatchObject({
      growth: 0.7 - 0.5,
      afterResets: 0.1,
      exact: { doubles: { afterResets: [0.1] } },
    })
    expect(of('large')).toMatchObject({ count: 1, first: { exact: String(2n ** 60n + BigInt(scale)) } })
    const [up, down, last] = ['up', 'down', `äöü ${scale}`].map((value) => ({ value, count: 1 }))
    expect(of('state')).toMatchObject({
      count: 3,
      changes: 2,
      last: { value: last?.value },
      counts: [down, up, last],
    })
  })

  it('has in its log what was in the log', async () => {
    const { readings, names, position } = await converted(await goldenFolder('version-2'))
    expect(readings.map(([, series, time, value]) => [names[series as number], time, value])).toEqual(
      logged.map(({ series, time, value, kind, weight = 1 }) => [
        series.key,
        time,
        kind === 'delta' ? Number(value) / weight : value,
      ]),
    )
    expect(position).toEqual({ journalId: 'golden', seq: goldenSamples.flat().length })
  })
})

describe('the conversion', () => {
  it('is cut off by a kill or a power cut at any operation, and the next opening gives the same', async () => {
    const golden = await goldenFolder('version-2')
    const whole = await goldenFolder('version-2')
    const before = whole.operations
    const expected = await converted(whole)
    for (let stop = 1; stop <= whole.operations - before; stop += stepOf(3)) {
      const fileSystem = golden.processKill()
      fileSystem.stopAt(stop, { stored: stop })
      await untilStopped(fileSystem, stop, () => converted(fileSystem))
      const cuts: readonly PowerCut[] = [
        {},
        { write: (bytes) => bytes, name: () => true },
        { write: (bytes) => bytes.subarray(0, bytes.length >> 1), name: ({ kind }) => kind !== 'remove' },
      ]
      const cut = cuts[stop % 4]
      const after = cut === undefined ? fileSystem.processKill() : fileSystem.powerCut(cut)
      expect(await converted(after), `operation ${stop}`).toEqual(expected)
    }
  })
})

describe.each(['version-1', 'version-2'])('the conversion of %s', (version) => {
  it.each(['MANIFEST', 'series.dat'])('is refused where %s is damaged, and changes nothing', async (name) => {
    const fileSystem = await goldenFolder(version)
    const bytes = fileSystem.contents(`${directory}/${name}`)
    bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1
    const before = await fileSystem.list(directory)
    const opened = openFolder(directory, optionsOn(fileSystem))
    await expect(opened).rejects.toMatchObject({ code: 'ROLLUP_CORRUPT' })
    expect(await fileSystem.list(directory)).toEqual(expect.arrayContaining([...before]))
    await fileSystem.remove(`${directory}/${name}`)
    await expect(openFolder(directory, optionsOn(fileSystem))).rejects.toMatchObject({
      code: 'ROLLUP_CORRUPT',
    })
  })
})
