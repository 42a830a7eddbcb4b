import { Slices } from '@tocsin/core/slices'
import { untilStopped } from '@tocsin/core/testing'
import { anyPowerCut } from '@tocsin/core/testing/arbitraries'
import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'

import type { NotifyChange } from '../../src/model/change.ts'
import { openNotifyStore } from '../../src/store.ts'
import type { NotifyStore } from '../../src/store.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { ends, held, opens, total } from '../../src/testing/stored-changes.ts'

const failing = ['write', 'sync', 'open', 'rename', 'remove', 'list'] as const

/** What happens to a store, one after the other. */
type Step =
  | { readonly type: 'append'; readonly length: number }
  /** The next run forgets all before, in one step. */
  | { readonly type: 'reset' }
  | { readonly type: 'reopen' }
  | {
      readonly type: 'fault'
      readonly operation: (typeof failing)[number]
      readonly call: number
      readonly stored: number
      readonly drops: boolean
    }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('append' as const), length: fc.nat({ max: 1500 }) }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ type: 'reset' }, { type: 'reopen' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      operation: fc.constantFrom(...failing),
      call: fc.integer({ min: 1, max: 6 }),
      stored: fc.nat({ max: 1600 }),
      drops: fc.boolean(),
    }),
  },
)

/** What must be there, and what was refused, or was under way, since something was acknowledged last. */
interface Expected {
  acknowledged: readonly NotifyChange[]
  uncertain: readonly (readonly NotifyChange[])[]
}

async function acknowledges(store: NotifyStore, changes: readonly NotifyChange[]): Promise<boolean> {
  try {
    await store.append(changes)
    return true
  } catch {
    return false
  }
}

/** Does the steps until they are done or the process stops, and says what then must be there. */
async function run(
  fileSystem: MemoryFileSystem,
  steps: readonly Step[],
  { operation, compactBytes }: { readonly operation: number; readonly compactBytes: number },
): Promise<Expected> {
  const expected: Expected = { acknowledged: [], uncertain: [] }
  fileSystem.stopAt(operation)
  await untilStopped(fileSystem, operation, async () => {
    const undo: (() => void)[] = []
    let store = await openNotifyStore('alerts', { fileSystem, compactBytes })
    for (const [index, each] of steps.entries()) {
      if (each.type === 'fault') undo.push(fileSystem.fail(each.operation, 'EIO', each))
      else if (each.type === 'reopen') {
        for (const end of undo.splice(0)) end()
        await store.close()
        store = await openNotifyStore('alerts', { fileSystem, compactBytes })
        expect(store.recovery).toMatchObject({ damaged: [] })
        // Whoever opens it acts on what is there: that must stay.
        const there = await store.load()
        store.release()
        expect([...possible(expected)].map(sorted)).toContain(sorted(total(there)))
        Object.assign(expected, { acknowledged: there, uncertain: [] })
      } else {
        const changes: NotifyChange[] = [
          ...(each.type === 'reset' ? [{ type: 'reset' } as const] : []),
          ...opens(`x${index}`, { text: 'x'.repeat(each.type === 'append' ? each.length : 1) }),
        ]
        expected.uncertain = [...expected.uncertain, changes]
        const isAcknowledged = await acknowledges(store, changes)
        if (!isAcknowledged) continue
        expected.acknowledged = [...expected.acknowledged, ...changes]
        expected.uncertain = []
      }
    }
  })
  return { ...expected }
}

/** Every way in which what is uncertain may be there. */
function* possible({ acknowledged, uncertain }: Expected): Generator<ReadonlyMap<string, string>> {
  for (let choice = 0; choice < 2 ** uncertain.length; choice++) {
    const there = uncertain.filter((_, index) => (choice >> index) % 2 === 1)
    yield total([...acknowledged, ...there.flat()])
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

const sorted = (all: ReadonlyMap<string, string>): string => JSON.stringify([...all].sort())

it('whatever fails and wherever the power goes, all that was acknowledged is there, and nothing is there in part', async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(
      steps,
      anyPowerCut({ maxOperation: 60 }),
      fc.constantFrom(1, 3000, 1 << 30),
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (all, { operation, ...cut }, compactBytes, pauses) => {
        // Where a snapshot lets others run is drawn: the clock would decide it otherwise.
        const left = [...pauses]
        vi.spyOn(Slices.prototype, 'isOver', 'get').mockImplementation(() => left.shift() === true)
        const fileSystem = memoryFileSystem()
        const expected = await run(fileSystem, all, { operation, compactBytes })
        for (const after of [fileSystem.powerCut(cut), fileSystem.processKill()]) {
          const store = await openNotifyStore('alerts', { fileSystem: after })
          const there = await held(store)
          const outcomes = [...possible(expected)].map(sorted)
          expect(outcomes).toContain(sorted(there))
          expect(store.recovery.damaged).toEqual([])
          // And it goes on.
          await store.append(opens('next'))
          await store.close()
          const again = await openNotifyStore('alerts', { fileSystem: after.powerCut({}) })
          expect(sorted(await held(again))).toBe(sorted(new Map([...there, ...total(opens('next'))])))
        }
      },
    ),
    { numRuns: 100 },
  )
})

it('a power cut is no damage, whichever sectors it leaves: a mark that is lost in front of a write that is not costs nothing', async () => {
  for (let length = 0; length < 512; length += 20) {
    for (const parity of [0, 1]) {
      const fileSystem = memoryFileSystem()
      const store = await openNotifyStore('alerts', { fileSystem })
      await store.append(opens('a', { text: 'x'.repeat(length) }))
      const write = (bytes: Uint8Array, { position }: { readonly position: number }) =>
        Math.floor(position / 512) % 2 === parity ? bytes : undefined
      // The mark of the first append, the write of the second one, its sync, its mark.
      for (let operation = 1; operation <= 4; operation++) {
        const before = fileSystem.processKill()
        const going = await openNotifyStore('alerts', { fileSystem: before })
        await going.append(opens('b', { text: 'x'.repeat(length) }))
        before.stopAt(before.operations + operation)
        void Promise.resolve(going.append(ends('b'))).catch(() => undefined)
        await new Promise((resolve) => setImmediate(resolve))
        const after = before.powerCut({ sectorBytes: 512, write })
        const { recovery } = await openNotifyStore('alerts', { fileSystem: after })
        expect(recovery.damaged, `${length} bytes, operation ${operation}, sectors ${parity}`).toEqual([])
      }
    }
  }
})

it('a store that did not sync would be found out', async () => {
  const disk = memoryFileSystem()
  const lying = {
    ...disk,
    open: async (...args: Parameters<typeof disk.open>) => ({
      ...(await disk.open(...args)),
      sync: async () => undefined,
    }),
  }
  const store = await openNotifyStore('alerts', { fileSystem: lying })
  await store.append(opens('a'))
  expect((await held(await openNotifyStore('alerts', { fileSystem: disk.powerCut({}) }))).size).toBe(0)
})
