import { inEventTime } from '@tocsin/fault'
import type { FaultChange, FaultMuted } from '@tocsin/fault'
import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import type { NotifyEvent } from '@tocsin/notify'
import { memoryFileSystem, recordingNotifier, virtualTime } from '@tocsin/notify/testing'
import type { MemoryFileSystem } from '@tocsin/notify/testing'
import { anyPowerCut, anySamples } from '@tocsin/notify/testing/arbitraries'
import { series } from '@tocsin/rollup'
import { openRollupStore } from '@tocsin/rollup/store'
import fc from 'fast-check'
import { concatMap, from, lastValueFrom, noop, tap, toArray } from 'rxjs'
import { expect, test } from 'vitest'

import { judge, keep, tell } from '../pipeline.ts'

const queues = [series('queue', { shop: 'berlin' }), series('queue', { shop: 'rome' })]
// Late, double, ahead of the clock, no number: what arrives where nobody takes care.
const anyArrivals = anySamples({ series: queues, kinds: ['gauge'], maxLength: 10 })
const inOrder = anySamples({ series: queues, kinds: ['gauge'], maxLength: 10, faults: [] })
const anyAnswers = fc.array(fc.constantFrom('ok', 'fail', 'lose'))
const problems = { next: noop }

async function open(fileSystem: MemoryFileSystem) {
  const journal = await openJournal('journal', { codec: sampleCodec(), fileSystem })
  const rollups = await openRollupStore('rollups', { fileSystem })
  keep(journal, rollups).subscribe()
  return { journal, rollups }
}

const kept = fc.asyncProperty(inOrder, anyPowerCut({ maxOperation: 100 }), async (arrivals, cut) => {
  using time = virtualTime()
  const disk = memoryFileSystem()
  disk.stopAt(cut.operation)
  let acknowledged = 0
  void open(disk).then(({ journal }) =>
    arrivals
      .pipe(concatMap((sample) => journal.append(sample)))
      .subscribe(({ lastSeq }) => (acknowledged = lastSeq)),
  )
  await time.run()

  const { journal, rollups } = await open(disk.powerCut(cut))
  await time.run()
  const day = { from: 0, to: 86_400_000, period: '1d', value: 'count' } as const
  const found = await rollups.fetch({ ...day, select: '__name:queue' })
  expect(journal.stats.lastSeq).toBeGreaterThanOrEqual(acknowledged)
  expect(found.reduce((sum, { values: [count] }) => sum + Number(count), 0)).toBe(journal.stats.lastSeq)
})
test('what was acknowledged is in the rollups, once, whenever the power goes', () => fc.assert(kept))

const replayed = fc.asyncProperty(anyArrivals, async (arrivals) => {
  using time = virtualTime()
  const live: (FaultChange | FaultMuted)[] = []
  arrivals.pipe(judge(problems)).subscribe((fault) => live.push(fault))
  await time.run()
  const replay = from(arrivals.list).pipe(inEventTime(judge(problems)), toArray())
  expect(await lastValueFrom(replay)).toEqual(live)
})
test('a replay finds the faults that were found live', () => fc.assert(replayed))

const told = fc.asyncProperty(anyArrivals, anyAnswers, async (arrivals, script) => {
  using time = virtualTime()
  const [faults, events]: [(FaultChange | FaultMuted)[], NotifyEvent[]] = [[], []]
  const found = arrivals.pipe(
    judge(problems),
    tap((fault) => faults.push(fault)),
  )
  found.pipe(tell(recordingNotifier({ script }))).subscribe((event) => events.push(event))
  await time.run()
  // One that opens anew before its end was told goes on as the same alert.
  const answers = events.filter((event) => event.type === 'created' || event.type === 'reopened')
  const settled = events.filter((event) => event.type === 'delivered' || event.type === 'suppressed')
  for (const { id } of faults.filter(({ type }) => type === 'opened')) {
    const alert = answers.find(({ signal }) => signal === id)?.alert
    expect(settled.map((event) => event.alert)).toContain(alert)
  }
})
test('of every fault that opened somebody is told, or it is said why not', () => fc.assert(told))
