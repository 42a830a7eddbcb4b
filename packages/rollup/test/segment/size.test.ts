import { memoryFileSystem } from '@tocsin/core/testing'
import { expect, it } from 'vitest'

import { RowTable } from '../../src/rows/row-table.ts'
import { SegmentWriter } from '../../src/segment/segment-writer.ts'
import { day, minute, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'
import { directory, facts, periods } from './any-segment.ts'

/** Whole numbers below a limit, the same each time (mulberry32). */
function chance(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

const generators = {
  walk: (below: (limit: number) => number) => {
    let at = 5000
    return () => (at += below(101) - 50) / 100
  },
  independent: (below: (limit: number) => number) => () => below(10_001) / 100,
  counter: (below: (limit: number) => number) => {
    let total = below(1_000_000)
    return () => (total += below(1000))
  },
  idle: (below: (limit: number) => number) => {
    const value = below(10_001) / 100
    return () => value
  },
  share: (below: (limit: number) => number) => () => below(1000) / (1000 + below(1000)),
}

/** Bytes of the file of a day of minutes of twenty series, six samples each, per minute. */
async function bytesPerMinute(kind: keyof typeof generators): Promise<number> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  const next = generators[kind](chance(1))
  const table = new RowTable(kind === 'counter' ? 'counter' : 'numeric')
  for (let start = 20_000 * day; start < 20_001 * day; start += minute) {
    const times = [1, 11, 21, 31, 41, 51].map((second) => start + 1000 * second)
    const samples = times.map((time) => sample('s', time, next(), kind === 'counter' ? 'counter' : 'gauge'))
    table.push(0, start, windowOf(samples))
  }
  const writer = SegmentWriter.create(fileSystem, directory, 1, periods, { compact: true })
  const names: [number, string][] = []
  for (let series = 0; series < 20; series += 1) {
    table.series.fill(series)
    await writer.add(0, table)
    names.push([series, `service.load|ST[env:prod,host:web-${series}]`])
  }
  await writer.finish(facts, names)
  return ((await fileSystem.readFile(`${directory}/1.seg`))?.length ?? NaN) / table.length / names.length
}

it.each([
  ['walk', 10],
  ['independent', 14],
  ['counter', 4.5],
  ['idle', 0.3],
  // Doubles with all their bits, and the exact sums of their squares.
  ['share', 55],
] as const)(
  'a minute of a %s takes at most %d bytes in a file, with its heads and names',
  async (kind, most) => {
    expect(await bytesPerMinute(kind)).toBeLessThanOrEqual(most)
  },
)
