import { memoryFileSystem } from '@tocsin/core/testing'
import { crc32 } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'

import { stepOf } from '../../../../vitest.runs.ts'
import type { RowKind } from '../../src/rows/row-columns.ts'
import { SegmentFiles } from '../../src/segment/segment-files.ts'
import type { SegmentDamage } from '../../src/segment/segment-query.ts'
import { SegmentReader } from '../../src/segment/segment-reader.ts'
import type { Row } from '../rows/any-rows.ts'
import { minute, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'
import { directory, openSegment, readAll, writeSegment } from './any-segment.ts'

const path = `${directory}/5.seg`
const kinds = { gauge: [1.5, 7, 3], counter: [5, 9, 2], text: ['up', 'down'] } as const

const rows: readonly Row[] = (['gauge', 'counter', 'text'] as const).flatMap((kind, index) =>
  [0, 1, 2].map((at) => {
    const start = at * minute
    const values = kinds[kind].map((value, step) => sample('s', start + step, value as never, kind))
    return { series: 10 * index + (at >> 1), start, rollup: windowOf(values) }
  }),
)

let fileSystem: ReturnType<typeof memoryFileSystem>
let bytes: Uint8Array

beforeEach(async () => {
  fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  await writeSegment(fileSystem, 5, [rows, rows.slice(0, 1)], { compact: true })
  bytes = (await fileSystem.readFile(path)) ?? new Uint8Array(0)
})

const spoil = async (spoiled: Uint8Array): Promise<void> => {
  await fileSystem.remove(path)
  const file = await fileSystem.open(path, 'create')
  await file.write(spoiled, 0)
  await file.close()
}

const open = (): Promise<SegmentReader | string> =>
  SegmentReader.open(new SegmentFiles(fileSystem), directory, 5)

const keyOf = ({ series, start }: Row): string => `${series} ${start}`
const expected = new Map(rows.map((row) => [keyOf(row), row]))

/** Rows that are read are right, and what is missing is told; how many are, and what was told. */
async function expectTold(
  reader: SegmentReader,
): Promise<{ missing: number; damage: readonly SegmentDamage[] }> {
  const { rows: read, damage } = await readAll(reader, 0)
  const found = new Map(read.map((row) => [keyOf(row), row]))
  expect(found.size).toBe(read.length)
  for (const [key, row] of found) expect(JSON.stringify(row)).toBe(JSON.stringify(expected.get(key)))
  const missing = rows.filter((row) => !found.has(keyOf(row)))
  for (const row of missing) expect(damage.some((one) => concerns(one, row))).toBe(true)
  return { missing: missing.length, damage }
}

const concerns = (one: SegmentDamage, { series, start, rollup }: Row): boolean =>
  one.kind === rollup.kind &&
  one.firstSeries <= series &&
  one.lastSeries >= series &&
  one.from <= start &&
  one.to >= start

/** Where bytes are followed by their checksum. */
function checkedPieces(file: Uint8Array): { from: number; to: number }[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const pieces: { from: number; to: number }[] = []
  // The first group is larger.
  for (let from = 0; from < 300; from += 1) {
    for (let to = from + 4; to <= 300; to += 1) {
      if (view.getUint32(to, true) === crc32(file.subarray(from, to))) pieces.push({ from, to })
    }
  }
  return pieces
}

describe('a flipped byte', () => {
  it(
    'costs one block at most wherever it is, and never gives a wrong number',
    { timeout: 120_000 },
    async () => {
      const kindsLost = new Set<RowKind>()
      for (let at = 0; at < bytes.length; at += stepOf(3)) {
        const spoiled = bytes.slice()
        spoiled[at] = (spoiled[at] ?? 0) ^ (1 << (at % 8))
        await spoil(spoiled)
        const reader = await open()
        if (typeof reader === 'string') return expect.unreachable(`byte ${at} costs the file`)
        expect(reader.trailer.rows).toBe(10)
        const { missing, damage } = await expectTold(reader)
        expect(missing).toBeLessThanOrEqual(3)
        for (const { kind } of damage) kindsLost.add(kind)
        const names = await reader.names()
        if (names !== undefined) expect(names.get(10)).toBe('series 10|ST[host:ä]')
      }
      expect(kindsLost.size).toBe(3)
    },
  )

  it('would be believed if its checksum were right: nothing else protects the numbers', async () => {
    const right = await readAll(await openSegment(fileSystem, 5), 0)
    let differing = 0
    for (const { from, to } of checkedPieces(bytes)) {
      const spoiled = bytes.slice()
      spoiled[to - 1] = (spoiled[to - 1] ?? 0) ^ 1
      new DataView(spoiled.buffer).setUint32(to, crc32(spoiled.subarray(from, to)), true)
      await spoil(spoiled)
      const read = await readAll(await openSegment(fileSystem, 5), 0)
      if (read.damage.length === 0 && JSON.stringify(read.rows) !== JSON.stringify(right.rows)) differing += 1
    }
    expect(differing).toBeGreaterThan(0)
  })
})

describe('a segment that is cut off', () => {
  it('is damaged as a whole, or tells what is missing', async () => {
    for (let length = 0; length < bytes.length; length += 1) {
      await spoil(bytes.slice(0, length))
      const reader = await open()
      if (typeof reader !== 'string') expect((await expectTold(reader)).missing).toBe(0)
      else expect(reader).toBe('damaged')
    }
  })
})

describe('a segment', () => {
  it('is missing where there is no file', async () => {
    await fileSystem.remove(path)
    expect(await open()).toBe('missing')
  })

  it('is damaged where it has the name of another', async () => {
    await fileSystem.rename(path, `${directory}/6.seg`)
    expect(await SegmentReader.open(new SegmentFiles(fileSystem), directory, 6)).toBe('damaged')
  })

  it('is refused, and not taken for damaged, where a later version wrote it', async () => {
    const later = bytes.slice()
    const view = new DataView(later.buffer)
    view.setUint32(later.length - 12, 4, true)
    view.setUint32(later.length - 8, crc32(later.subarray(-44, -8)), true)
    await spoil(later)
    await expect(open()).rejects.toThrow(
      'ROLLUP_CORRUPT: /rollups/5.seg has version 4 of the format; use the version of @tocsin/rollup that wrote it',
    )
  })

  it('is worn where its end or its heads are damaged, and nothing is missing', async () => {
    const spoiled = bytes.slice()
    spoiled[bytes.length - 1] = 0
    await spoil(spoiled)
    const reader = await openSegment(fileSystem, 5)
    expect(reader.isWorn).toBe(true)
    expect((await expectTold(reader)).missing).toBe(0)
  })

  it('says once only that damage is new', async () => {
    const spoiled = bytes.slice()
    spoiled[0] = 0xff
    await spoil(spoiled)
    const reader = await openSegment(fileSystem, 5)
    const isNew = []
    for (let turn = 0; turn < 2; turn += 1)
      isNew.push((await readAll(reader, 0)).damage.map((one) => one.isNew))
    expect(isNew).toEqual([[true], [false]])
  })
})
