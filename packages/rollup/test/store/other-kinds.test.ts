import { series, type Sample } from '@tocsin/core'
import { memoryFileSystem } from '@tocsin/core/testing'
import { expect, it } from 'vitest'

import type { RollupProblem } from '../../src/problem.ts'
import { openRollupStore } from '../../src/store.ts'

const load = series('load')
const gauge = (time: number): Sample => ({ series: load, time, value: 1, kind: 'gauge' })
const text = (time: number): Sample => ({ series: load, time, value: 'x', kind: 'text' })

it('tells once, as a problem, of each sample that is of another kind than its window, and not again after a restart', async () => {
  const fileSystem = memoryFileSystem()
  const seen: RollupProblem[] = []
  const problems = { next: (problem: RollupProblem) => seen.push(problem) }
  let seq = 0
  const write = async (values: readonly Sample[]): Promise<number> => {
    await using store = await openRollupStore('rollups', { fileSystem, problems })
    const position = { journalId: 'j', firstSeq: seq + 1, lastSeq: seq + values.length }
    seq += values.length
    await store.write({ values, position })
    await store.flush()
    return store.stats.problems
  }
  // In order, and so that only the log can tell: the text that comes late is the earliest.
  expect(await write([gauge(10), text(20), text(30)])).toBe(2)
  expect(seen.map(({ reason, count }) => [reason, count])).toEqual([['kind-changed', 2]])
  expect(await write([gauge(60_010), gauge(60_020), text(60_000), gauge(180_000)])).toBe(2)
  expect(seen.slice(1).map(({ reason, count }) => [reason, count])).toEqual([['kind-changed', 2]])
  expect(await write([gauge(240_000)])).toBe(0)
  expect(seen).toHaveLength(2)
})
