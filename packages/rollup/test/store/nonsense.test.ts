import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { RollupError } from '../../src/index.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import { openRollupStore } from '../../src/store.ts'
import { hour, sample } from '../support/samples.ts'
import { batchOf, LivingStore } from './living/living-store.ts'

/** What is given where something else is meant. */
const nonsense: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  NaN,
  7n,
  true,
  '',
  'nonsense',
  Symbol('nonsense'),
  [],
  ['1m'],
  {},
  Object.create(null),
  () => 'nonsense',
  new Date(0),
  new Map(),
]

/** Of fields that may be left out, or of which the value is right after all. */
const named = (values: readonly unknown[]): [string, unknown][] =>
  values.map((value) => [
    typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value),
    value,
  ])

async function opened(): Promise<LivingStore> {
  const living = new LivingStore()
  await living.open()
  await living.writeRest([sample('a', 0, 1)])
  return living
}

/** Throws unless it is refused by an error of the package that says a sentence. */
async function expectRefused(work: () => unknown, code: string): Promise<void> {
  const error: unknown = await Promise.resolve()
    .then(work)
    .then(
      () => 'it was taken',
      (refusal: unknown) => refusal,
    )
  expect(error).toBeInstanceOf(RollupError)
  expect(error).toMatchObject({ code, retryable: false })
  expect((error as RollupError).message).toMatch(/^ROLLUP_\w+: \S+ .*\S$/)
}

const query = { select: '__name:*', from: 0, to: hour, period: '1h', value: 'count' } as const
const batch = { ...batchOf([sample('a', 0, 1)], 1, 2), values: [sample('a', 1, 1)] }
const fields = Object.keys(query) as (keyof typeof query)[]

describe('a store that is given nonsense', () => {
  it.each(named(nonsense))('refuses %s as a query, by a sentence', async (_name, wrong) => {
    const { store } = await opened()
    const ask = [
      (given: unknown) => store.fetch(given as never),
      (given: unknown) => store.explain(given as never),
      (given: unknown) => lastValueFrom(store.chunks(given as never)),
    ]
    for (const one of ask) await expectRefused(() => one(wrong), 'ROLLUP_BAD_QUERY')
    for (const field of fields) {
      // 1970 is a time, and a word alone selects whatever has such a tag.
      if ((field === 'from' && wrong === 0) || (field === 'select' && wrong === 'nonsense')) continue
      for (const one of ask) await expectRefused(() => one({ ...query, [field]: wrong }), 'ROLLUP_BAD_QUERY')
    }
    if (wrong !== undefined && wrong !== 'nonsense')
      await expectRefused(() => store.series(wrong as never), 'ROLLUP_BAD_QUERY')
  })

  it.each(named(nonsense))(
    'refuses %s as a batch, by a sentence, and takes the next one',
    async (_name, wrong) => {
      const { store } = await opened()
      const { position } = batch
      await expectRefused(() => store.write(wrong as never), 'ROLLUP_BAD_BATCH')
      await expectRefused(() => store.write({ ...batch, position: wrong } as never), 'ROLLUP_BAD_BATCH')
      const isEmpty = Array.isArray(wrong) && wrong.length === 0
      // An empty list gives records up, and a list of one thing has one sample that is none.
      if (!Array.isArray(wrong))
        await expectRefused(() => store.write({ ...batch, values: wrong } as never), 'ROLLUP_BAD_BATCH')
      if (wrong !== undefined && !isEmpty) {
        await expectRefused(() => store.write({ ...batch, gaps: wrong } as never), 'ROLLUP_BAD_BATCH')
        await expectRefused(() => store.write({ ...batch, gaps: [wrong] } as never), 'ROLLUP_BAD_BATCH')
      }
      for (const field of ['firstSeq', 'lastSeq', 'journalId']) {
        // Record 0 may be the first; a journal may have any name.
        if ((field === 'firstSeq' && wrong === 0) || (field === 'journalId' && wrong === 'nonsense')) continue
        const spoiled = { ...batch, position: { ...position, [field]: wrong } }
        await expectRefused(() => store.write(spoiled), 'ROLLUP_BAD_BATCH')
      }
      expect(await store.write(batch)).toMatchObject({ count: 1 })
    },
  )

  it('takes no sample that is none, and tells of each', async () => {
    const living = await opened()
    const { values } = batch
    const spoiled = [
      ...nonsense,
      ...nonsense.map((wrong) => ({ ...values[0], series: wrong })),
      ...nonsense.filter((wrong) => wrong !== 0).map((wrong) => ({ ...values[0], time: wrong })),
      ...nonsense
        .filter((wrong) => typeof wrong !== 'number')
        .map((wrong) => ({ ...values[0], value: wrong })),
      ...nonsense.map((wrong) => ({ ...values[0], kind: wrong })),
    ]
    const position = { journalId: 'j', firstSeq: 2, lastSeq: 1 + spoiled.length }
    const stored = await living.store.write({ values: spoiled as never, position })
    expect(stored).toMatchObject({ count: 0 })
    expect(living.store.stats.problems).toBe(spoiled.length)
  })

  it.each(named(nonsense.filter((one) => one !== 'nonsense')))(
    'refuses %s as a folder, by a sentence',
    async (_name, wrong) => {
      const { store } = await opened()
      const fileSystem = memoryFileSystem()
      await expectRefused(() => store.snapshot(wrong as never), 'ROLLUP_BAD_OPTION')
      await expectRefused(() => openRollupStore(wrong as never, { fileSystem }), 'ROLLUP_BAD_OPTION')
      expect(fileSystem.operations).toBe(0)
    },
  )

  it.each(named([0, 7n, true, 'nonsense', Symbol('nonsense')]))(
    'refuses %s as options',
    async (_name, wrong) => {
      await expectRefused(() => openRollupStore('/never', wrong as never), 'ROLLUP_BAD_OPTION')
    },
  )

  it.each([
    'windows',
    'rawHorizonMs',
    'maxRawBytes',
    'flushBytes',
    'sameTime',
    'counterWrap',
    'timeAverage',
    'maxFutureMs',
    'maxPastMs',
    'maxSeries',
    'maxFetchSeries',
    'maxFetchPoints',
    'fileSystem',
    'clock',
    'logger',
    'problems',
    'unknown',
  ])('refuses a list of nothing, and a text that says nothing, as the option %s', async (option) => {
    for (const wrong of [[], 'nonsense', null]) {
      const options = { fileSystem: memoryFileSystem(), [option]: wrong }
      await expectRefused(() => openRollupStore('/never', options), 'ROLLUP_BAD_OPTION')
    }
  })
})

describe('the tests above', () => {
  it('find out an error that is none of the package', async () => {
    await expect(expectRefused(() => Promise.reject(new TypeError('x')), 'ROLLUP_IO')).rejects.toThrow()
    await expect(expectRefused(() => 1, 'ROLLUP_IO')).rejects.toThrow()
  })
})
