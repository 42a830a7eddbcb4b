import type { FileSystem, Sample } from '@tocsin/core'
import { expect } from 'vitest'

import type { MemoryFileSystem, PowerCut } from '../../../src/testing/index.ts'
import { day, minute, sample } from '../../support/samples.ts'
import { fullDays } from './any-life.ts'
import { differences } from './differences.ts'
import { batchOf, LivingStore } from './living-store.ts'

/** What is written and done, in order: a number is how many samples are stored after it. */
type Doing = number | 'flush'

export interface Script {
  readonly samples: readonly Sample[]
  readonly doings: readonly Doing[]
}

const events = (from: number, count: number): Sample[] =>
  Array.from({ length: count }, (_, at) =>
    sample('took', from + at * 25_000, (at + 1) / 10, 'observation', { weight: 1 + (at % 3) }),
  )

/** Days that are sealed, what comes late for them, windows that stay open, texts and counters. */
export const script: Script = (() => {
  const samples = [
    ...fullDays(1),
    ...events(0, 3),
    ...events(day, 4),
    sample('sent', day + 1, 5, 'counter'),
    sample('sent', day + 9 * minute, 2, 'counter'),
    sample('said', 2 * day, 'up', 'text'),
    ...events(2 * day + 3 * minute, 3),
    sample('took', 20_000, 7, 'observation'),
    sample('filler', 20_000, 7),
    sample('sent', day + 2, 7, 'counter'),
    ...events(2 * day + 9 * minute, 3),
  ]
  const end = samples.length
  const doings: Doing[] = [1443, 'flush', 1450, 'flush', end - 3, 'flush', end - 2, end, 'flush']
  return { samples, doings }
})()

/** What of the writes that were not synced a disk keeps. */
export const cuts: Readonly<Record<string, PowerCut>> = {
  nothing: {},
  everything: { write: (bytes) => bytes, grow: (bytes) => bytes, cut: () => true, name: () => true },
  'names without their bytes': { name: () => true, grow: (bytes) => bytes },
  'halves of writes': {
    write: (bytes) => bytes.subarray(0, bytes.length >> 1),
    grow: (bytes) => bytes.subarray(0, bytes.length >> 1),
    name: ({ kind }) => kind !== 'remove',
  },
}

export interface Crash {
  readonly operation: number
  readonly cut: PowerCut
  readonly rawHorizonMs: number
  readonly disk?: (fileSystem: MemoryFileSystem) => FileSystem
}

/** Runs the script until an operation that does not return, cuts the power, and does the rest. Gives what is wrong then. */
export async function crashAt(
  { samples, doings }: Script,
  { operation, cut, rawHorizonMs, disk }: Crash,
): Promise<readonly string[]> {
  const living = new LivingStore({ rawHorizonMs }, disk)
  const { memory } = living
  memory.stopAt(operation)
  let acknowledged = 0
  const run = (async () => {
    await living.open()
    for (const doing of doings) {
      if (doing === 'flush') await living.store.flush()
      else {
        await living.store.write(batchOf(samples, acknowledged, doing))
        acknowledged = doing
      }
    }
  })()
  const state = { isDone: false }
  const done = (): void => void (state.isDone = true)
  run.then(done, done)
  // The process that is stopped does nothing more; one that did all is at the end.
  while (!state.isDone && memory.operations < operation) await new Promise((resolve) => setImmediate(resolve))
  const durable = acknowledged
  await living.lose(cut)
  const lost = durable - Math.min(durable, living.store.position?.seq ?? 0)
  if (lost > 0) return [`${lost} samples were acknowledged and are not there`]
  if (living.problems.length > 0) return [`it told of ${living.problems.join()}`]
  await living.writeRest(samples, 1450)
  await living.store.flush()
  const comparison = {
    to: 3 * day,
    periods: ['1m', '1d'] as const,
    values: ['count', 'sum', 'increase'] as const,
  }
  // A kill makes late what was not: only with the log is everything exact.
  const { wrong } = await differences(living.store, samples, {
    ...comparison,
    mayBeInexact: rawHorizonMs === 0,
  })
  return wrong
}

/** How many operations the script takes; in vain unless it seals a day. */
export async function operationsOf({ samples, doings }: Script, rawHorizonMs: number): Promise<number> {
  const living = new LivingStore({ rawHorizonMs })
  await living.open()
  let at = 0
  for (const doing of doings) {
    if (doing === 'flush') await living.store.flush()
    else await living.store.write(batchOf(samples, at, doing))
    if (doing !== 'flush') at = doing
  }
  expect(living.store.stats.merges).toBeGreaterThan(0)
  return living.memory.operations
}
