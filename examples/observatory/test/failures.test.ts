import { memoryFileSystem } from '@tocsin/journal/testing'
import { evaluate, ruleSet } from '@tocsin/fault'
import { openJournal } from '@tocsin/journal'
import type { Batch } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryNotifyStore, notify } from '@tocsin/notify'
import type { Notification } from '@tocsin/notify'
import { series } from '@tocsin/protocols'
import type { Sample } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import { filter, firstValueFrom, NEVER, of, Subject } from 'rxjs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { pipeline } from '../pipeline.ts'

const rules = [ruleSet('queue').select('__name:queue').above(100, 1).build()]
const policy = { groups: { ops: { notifiers: ['log'] } }, routes: [{ group: 'ops' }] }
const queue = series('queue')
const now = (value: number): Sample => ({ series: queue, time: Date.now(), value, kind: 'gauge' })

beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined))
afterEach(() => vi.restoreAllMocks())

it('pages go out while the rollup store cannot write, and the store has everything when it can again', async () => {
  const fileSystem = memoryFileSystem()
  const journal = await openJournal('journal', { codec: sampleCodec(), fileSystem })
  const rollups = await openRollupStore('rollups', { fileSystem })
  let isBroken = true
  let attempts = 0
  const write: typeof rollups.write = (batch) => {
    attempts += 1
    return isBroken ? Promise.reject(new Error('the disk is gone')) : rollups.write(batch)
  }
  const collected = new Subject<Batch<Sample>>()
  const told: string[] = []
  const log = { send: async ({ subject }: Notification) => void told.push(subject) }
  const alerts = memoryNotifyStore()
  const nobody = { faults: () => undefined, commands: NEVER }
  const parts = { collected, journal, rules, policy, alerts, notifiers: { log }, ...nobody }
  const store = Object.assign(Object.create(rollups) as typeof rollups, { write })
  const failed = vi.fn()
  const running = pipeline({ ...parts, rollups: store }).subscribe({ error: failed })
  await vi.waitUntil(() => journal.subscribers().length > 0, 30_000)
  collected.next({ values: [now(120)], ack: () => undefined })
  await vi.waitUntil(() => told.length > 0 && attempts > 2, 30_000)
  expect(told).toEqual(['[severity 1] queue: 120 is above 100'])
  isBroken = false
  await vi.waitUntil(() => rollups.stats.samples === 1, 30_000)
  expect(failed).not.toHaveBeenCalled()
  running.unsubscribe()
  await rollups.close()
  await journal.close()
})

it('the end of a fault is told after a restart, although nobody said what was open', async () => {
  const store = memoryNotifyStore()
  const told: string[] = []
  const log = { send: async ({ subject }: Notification) => void told.push(subject) }
  const life = (sample: Sample) =>
    firstValueFrom(
      of(sample).pipe(
        evaluate(rules),
        notify(policy, { store, notifiers: { log } }),
        filter(({ type }) => type === 'delivered'),
      ),
    )
  await life(now(120))
  await life(now(3))
  expect(told).toEqual(['[severity 1] queue: 120 is above 100', '[recovered] queue: normal at 3'])
})
