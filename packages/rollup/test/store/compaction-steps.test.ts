import { Slices } from '@tocsin/core/slices'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { stepOf } from '../../../../vitest.runs.ts'
import { openRollupStore } from '../../src/store.ts'
import { day, hour, sample } from '../support/samples.ts'
import { differences } from './living/differences.ts'
import { batchOf, directory, LivingStore } from './living/living-store.ts'

/** Values of three kinds over two days, a part of them late, so that windows stand in several segments. */
const early = Array.from({ length: 120 }, (_, at) => [
  sample('gauge', (at * day) / 60, at / 4),
  sample('counter', (at * day) / 60, (at * 7) % 40, 'counter'),
  sample('sent', (at * day) / 60 + 1000, at % 5, 'delta'),
]).flat()
const late = Array.from({ length: 40 }, (_, at) => [
  sample('gauge', (at * day) / 20 + 30_000, 1000 - at),
  sample('sent', (at * day) / 20 + 30_000, 3, 'delta'),
]).flat()
const stored = [...early, ...late]
/** Comes between two steps: late, and of an open window. */
const meanwhile = [
  sample('gauge', hour + 7000, -5),
  sample('gauge', 2 * day + hour, 9),
  sample('new', hour, 1),
]
const all = [...stored, ...meanwhile]
const comparison = { to: 3 * day, periods: ['5m', '1h', '1d'], values: ['sum', 'count', 'last'] } as const

/** Counts the steps of what runs, and does something once between two of them. */
class Steps {
  count = 0
  #at = Infinity
  #action: () => Promise<void> = () => Promise.resolve()
  done: Promise<void> | undefined

  /** `isOver`: whether each place where others may run is a step. */
  constructor(isOver = true) {
    vi.spyOn(Slices.prototype, 'isOver', 'get').mockReturnValue(isOver)
    vi.spyOn(Slices.prototype, 'pause').mockImplementation(async () => {
      this.count += 1
      if (this.count === this.#at) {
        this.#at = Infinity
        this.done = this.#action()
        this.done.catch(() => undefined)
      }
      await new Promise((resolve) => setImmediate(resolve))
    })
  }

  at(step: number, action: () => Promise<void>): void {
    this.count = 0
    this.done = undefined
    this.#at = step
    this.#action = action
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** A store with something to put together: what is flushed lies back so far that it is sealed with the next flush. */
async function ready(rawHorizonMs: number): Promise<LivingStore> {
  const living = new LivingStore({ rawHorizonMs: 1000 * day })
  await living.open()
  const size = Math.ceil(stored.length / 9)
  for (let from = 0; from < stored.length; from += size) {
    await living.store.write(batchOf(stored, from, Math.min(stored.length, from + size)))
    if (from + size < stored.length) await living.store.flush()
  }
  await living.store.close()
  const store = new LivingStore({ rawHorizonMs })
  store.memory = living.memory
  await store.open()
  return store
}

/** How many steps putting together takes; fails where those are too few for something to come between. */
async function countedSteps(steps: Steps, rawHorizonMs: number): Promise<number> {
  const { store } = await ready(rawHorizonMs)
  steps.at(Infinity, () => Promise.resolve())
  await store.flush()
  const { count } = steps
  expect(store.stats.merges).toBeGreaterThan(0)
  await store.close()
  if (count <= 20) throw new Error(`put together in ${count} steps`)
  return count
}

const actions: Readonly<Record<string, (living: LivingStore, wrong: string[]) => Promise<void>>> = {
  'a write': async ({ store }) => {
    await store.write(batchOf(all, stored.length, all.length))
  },
  'a question': async ({ store }, wrong) => {
    wrong.push(...(await differences(store, stored, comparison)).wrong)
  },
  'a snapshot': async ({ store, memory }, wrong) => {
    await store.snapshot('/copy')
    const copy = await openRollupStore('/copy', { fileSystem: memory, rawHorizonMs: 1000 * day })
    wrong.push(...(await differences(copy, stored, comparison)).wrong)
    await copy.close()
  },
  'a kill': async (living, wrong) => {
    const killed = new LivingStore({ rawHorizonMs: 1000 * day })
    killed.memory = living.memory.processKill()
    await killed.open()
    wrong.push(...(await differences(killed.store, stored, comparison)).wrong)
    await killed.store.close()
  },
}

describe.each([
  ['sealed', 0],
  ['joined', 1000 * day],
] as const)('between any two steps of segments being %s', (_what, rawHorizonMs) => {
  it.each(Object.keys(actions))('%s changes nothing of what is said, and sees all of it', async (name) => {
    const steps = new Steps()
    const count = await countedSteps(steps, rawHorizonMs)
    const wrong: string[] = []
    // A stride that meets other steps for each action.
    const stride = Math.ceil(count / 4) * stepOf(2)
    for (let step = 1 + name.length; step <= count; step += stride) {
      const living = await ready(rawHorizonMs)
      steps.at(step, () => (actions[name] as NonNullable<(typeof actions)[string]>)(living, wrong))
      await living.store.flush()
      expect(steps.done).toBeDefined()
      await steps.done
      steps.at(Infinity, () => Promise.resolve())
      const samples = living.store.stats.samples > 0 ? all : stored
      for (const one of (await differences(living.store, samples, comparison)).wrong)
        wrong.push(`${step}: ${one}`)
      await living.restart()
      for (const one of (await differences(living.store, samples, comparison)).wrong)
        wrong.push(`${step}, opened again: ${one}`)
      await living.store.close()
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it('would be told if all were done in one step, with nothing between', async () => {
    await expect(countedSteps(new Steps(false), rawHorizonMs)).rejects.toThrow('put together in 0 steps')
  })
})

describe('answers', () => {
  it('are the same with a pause at each place where there may be one, and without any', async () => {
    const answers: string[] = []
    for (const isOver of [true, false]) {
      vi.spyOn(Slices.prototype, 'isOver', 'get').mockReturnValue(isOver)
      const { store, memory } = await ready(0)
      await store.flush()
      const told: unknown[] = []
      for (const value of ['average', 'timeAverage', 'rate', 'stddev'] as const) {
        for (const period of ['1m', '7m', '1h', '4801m'] as const) {
          const fetched = await store.fetch({ select: '__name:*', from: 0, to: 3 * day, period, value })
          for (const { series, values, valid, inexact } of fetched)
            told.push(series.key, period, value, [...values].map(String), [...valid], [...(inexact ?? [])])
        }
      }
      const files = (await memory.list(directory)).filter((name) => name.endsWith('.seg'))
      for (const name of files) {
        const file = await memory.open(`${directory}/${name}`, 'read')
        const bytes = new Uint8Array(await file.size())
        await file.read(bytes, 0)
        told.push(name, [...bytes])
      }
      answers.push(JSON.stringify(told))
      vi.restoreAllMocks()
    }
    expect(answers[0]?.length).toBeGreaterThan(10_000)
    expect(answers[0]).toBe(answers[1])
  })
})
