import fc from 'fast-check'
import { Subject } from 'rxjs'
import { expect, it } from 'vitest'

import { notify } from '../src/index.ts'
import { openNotifyStore } from '../src/store.ts'
import type { FaultSignal, Notification, Policy, Severity } from '../src/index.ts'
import { memoryFileSystem, recordingNotifier, virtualTime } from '../src/testing/index.ts'
import { signal } from './support/signals.ts'

const policy: Policy = {
  groups: { ops: { notifiers: ['pager'] } },
  routes: [{ group: 'ops', wait: { '3': '5s' } }],
}

/** A history: each number opens, changes or ends the fault of one of two series. */
function signalsOf(steps: readonly number[]): FaultSignal[] {
  const opened = new Map<string, number>()
  return steps.map((step, index) => {
    const metric = step % 2 === 0 ? 'x' : 'y'
    const time = (index + 1) * 1000
    const openedAt = opened.get(metric)
    const severity = ((step % 5) + 1) as Severity
    if (openedAt !== undefined && step % 3 === 0) {
      opened.delete(metric)
      return signal('cleared', time, { metric, openedAt })
    }
    opened.set(metric, openedAt ?? time)
    return signal(openedAt === undefined ? 'opened' : 'severity', time, {
      metric,
      severity,
      openedAt: openedAt ?? time,
    })
  })
}

/**
 * Runs a history on a disk that loses power at some of its signals. Upstream is at least once: after a start it sends again
 * what was not answered. The provider keeps what arrives; its answer may be lost with the power.
 */
async function run(
  signals: readonly FaultSignal[],
  cuts: ReadonlyMap<number, number>,
): Promise<Notification[]> {
  const pager = recordingNotifier()
  const answered = new Set<string>()
  let disk = memoryFileSystem()
  let at = 0
  for (let start = 0; ; start++) {
    const store = await openNotifyStore('alerts', { fileSystem: disk, compactBytes: 1 + (start % 2) * 5000 })
    using time = virtualTime({ start: at })
    const source = new Subject<FaultSignal>()
    const subscription = source.pipe(notify(policy, { store, notifiers: { pager } })).subscribe((event) => {
      if ('signal' in event) answered.add(event.signal)
    })
    let cut: number | undefined
    for (const each of signals) {
      if (answered.has(each.id)) continue
      await time.advanceTo(Math.max(at, each.time))
      at = Math.max(at, each.time)
      source.next(each)
      cut = cuts.get(signals.indexOf(each))
      if (cut !== undefined && cut > start) break
      cut = undefined
      await time.advanceBy(0)
    }
    if (cut === undefined) await time.advanceTo(at + 100_000)
    // Some promises have had their turn, some have not.
    else for (let turns = 0; turns < cut * 3; turns++) await Promise.resolve()
    const keep = (cut ?? 0) % 3
    const after = disk.powerCut((bytes) =>
      keep === 0 ? undefined : bytes.subarray(0, keep === 1 ? bytes.length >> 1 : bytes.length),
    )
    subscription.unsubscribe()
    await time.advanceBy(0)
    if (cut === undefined) return pager.attempts.map(({ notification }) => notification)
    disk = after
  }
}

it('tells the same with power cuts anywhere as without, but for repeats with the same id', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(30), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(11), fc.integer({ min: 1, max: 12 })), { maxLength: 4 }),
      async (steps, cuts) => {
        const signals = signalsOf(steps)
        const told = (all: readonly Notification[]): string[] => [
          ...new Set(
            all.map(({ id, kind, severity, alerts }) => `${alerts[0].series} ${kind} ${severity} ${id}`),
          ),
        ]
        const calm = await run(signals, new Map())
        const cut = await run(signals, new Map(cuts))
        expect(told(cut).sort()).toEqual(told(calm).sort())
        expect(told(calm)).toHaveLength(calm.length)

        // Of each series, first tellings are in the same order.
        for (const metric of ['x', 'y']) {
          const of = (all: readonly Notification[]): string[] =>
            told(all.filter(({ alerts }) => alerts[0].series === metric))
          expect(of(cut)).toEqual(of(calm))
        }
      },
    ),
  )
}, 600_000)

it('would see a store that forgets', async () => {
  const signals = signalsOf([0, 2, 4, 6])
  const calm = await run(signals, new Map())
  const forgetful = await run(signals.slice(0, 3), new Map())
  expect(forgetful.length).toBeLessThan(calm.length)
})
