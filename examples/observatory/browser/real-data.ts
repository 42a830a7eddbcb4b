import { mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'

import type { FileSystem } from '@tocsin/core'
import { ackAfter, openJournal } from '@tocsin/journal'
import type { Journal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryFileSystem, virtualTime } from '@tocsin/journal/testing'
import type { CommandInput, Notifier } from '@tocsin/notify'
import { openNotifyStore } from '@tocsin/notify/store'
import type { Sample } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import type { RollupStore } from '@tocsin/rollup/store'
import { defer, filter, firstValueFrom, NEVER, Subject, switchMap } from 'rxjs'

import { pipeline } from '../pipeline.ts'
import { policy } from '../policy.ts'
import { rules } from '../rules.ts'
import { openFaultLog } from '../server/log/fault-log.ts'
import { watchAlerts } from '../server/log/watched-alerts.ts'
import { pastFaults } from './past-faults.ts'
import { machineSeries } from './scenes/machine.ts'
import { manySeries, shownOfMany } from './scenes/many.ts'
import { day, designedNow, minute } from './scenes/scene.ts'
import type { InventedSeries } from './scenes/scene.ts'
import { sentSeries } from './scenes/sent.ts'

/** So long the whole pipeline ran, in its own time; before that there are only rollups and records of faults. */
const judgedMs = 70 * minute
/** Shorter than what the rules take for silence. */
const stepMs = 5000

/** What is wrong, as far as the readings of the machine say. */
export type Condition = 'healthy' | 'two-faults' | '5000-series'

/** Further ones that are only sent, as gauges, up to 5,000 with those of {@link inventions}. */
export const many: readonly InventedSeries[] = manySeries(
  5000 - inventions(designedNow, 'healthy').length,
).map((one) => ({ ...one, drawn: 'number' }))

/** The machine and what is sent to it, under this machine's name. */
export function inventions(now: number, condition: Condition): readonly InventedSeries[] {
  return [...machineSeries(now, hostname(), condition === 'two-faults'), ...sentSeries(now)]
}

/** A data folder as an observatory leaves it that has run for seven days until `now`. */
export async function prepareFolder(data: string, now: number, condition: Condition): Promise<void> {
  const fileSystem = memoryFileSystem()
  const series = inventions(now, condition)
  await pastFaults(data, now)
  using time = virtualTime({ start: now - judgedMs - minute })
  const journal = await openJournal('journal', { codec: sampleCodec(), fileSystem })
  const rollups = await openRollupStore('rollups', { fileSystem })
  const store = await openNotifyStore('alerts', { fileSystem })
  for (let from = now - 7 * day; from < now - judgedMs; from += day / 48) {
    const to = Math.min(from + day / 48, now - judgedMs)
    await time.run(journal.appendBatch(samplesOf(series, from, to, minute)))
  }
  await time.run(rolledUp(journal, rollups))
  const closers: (() => Promise<void>)[] = []
  const alerts = watchAlerts(store)
  const notifiers: Readonly<Record<string, Notifier>> = { mail: { send: async () => undefined } }
  const people = policy(Object.keys(notifiers))
  const log = await openFaultLog({
    data,
    alerts,
    policy: people,
    isSelected: () => false,
    journal,
    periodMs: stepMs,
    now: () => time.now(),
    problems: { next: ({ message }) => console.error(message) },
    onClose: (_, close) => closers.push(close),
  })
  const collected = new Subject<{ readonly values: readonly Sample[]; ack(): void }>()
  const commands = new Subject<CommandInput>()
  // Of those that nobody looks at there is no past.
  const judged = condition === '5000-series' ? [...series, ...many.slice(0, shownOfMany)] : series
  const running = pipeline({
    collected,
    journal,
    rollups,
    rules,
    policy: people,
    alerts,
    notifiers,
    faults: (event) => log.takeFault(event),
    commands: condition === 'two-faults' ? commands : NEVER,
  }).subscribe((event) => log.takeNotify(event))
  for (let from = now - judgedMs; from < now; from += stepMs) {
    // What was measured comes when its time is over.
    await time.advanceTo(from + stepMs)
    collected.next({ values: samplesOf(judged, from, from + stepMs, stepMs), ack: () => undefined })
    const disk = log.open().find(({ ruleSet }) => ruleSet === 'disk-full')
    if (disk?.alert !== undefined && disk.acknowledgement === undefined) {
      commands.next({
        type: 'acknowledge',
        alert: disk.alert,
        by: 'night shift',
        notes: 'archive job ends at 07:30 and frees 40 GiB',
        until: now + 3 * 60 * minute,
      })
    }
  }
  running.unsubscribe()
  for (const close of closers.reverse()) await close()
  await store[Symbol.asyncDispose]()
  await rollups.close()
  await journal.close()
  await copy(fileSystem, '', data)
}

/** Hands the rollups what the journal holds, as the pipeline would. */
async function rolledUp(journal: Journal<Sample>, rollups: RollupStore): Promise<void> {
  await firstValueFrom(
    defer(() => journal.subscriber('storage')).pipe(
      switchMap((storage) => storage.batches()),
      ackAfter((batch) => rollups.write(batch)),
      filter(() => (rollups.position?.seq ?? 0) >= journal.stats.lastSeq),
    ),
  )
}

function samplesOf(
  series: readonly InventedSeries[],
  from: number,
  to: number,
  least: number,
): readonly Sample[] {
  return series.flatMap((one) => {
    const step = Math.max(least, one.stepMs)
    const samples: Sample[] = []
    for (let time = Math.ceil(from / step) * step; time < to; time += step) {
      const value = one.value(time)
      if (value === undefined) continue
      const kind = typeof value === 'string' ? 'text' : 'gauge'
      if (one.drawn === 'rate') {
        const count = counted(one, time)
        // The machine counts for ever; what is sent by statsd each 10 s is what was new.
        if (one.machine) samples.push({ series: one.series, time, value: count, kind: 'counter' })
        else {
          const value = count - counted(one, time - 10_000)
          samples.push({ series: one.series, time, value, kind: 'delta' })
        }
      } else samples.push({ series: one.series, time, value, kind } as Sample)
    }
    return samples
  })
}

/** About what the series says a second; a hole has no value. */
function meanOf({ value }: Pick<InventedSeries, 'value'>): number {
  for (let time = designedNow; ; time += 60 * minute) {
    const found = value(time)
    if (typeof found === 'number') return found
  }
}

/** Rhythms of people, s: none is a multiple of another, so that no picture repeats itself; and how much each changes the rate. */
const rhythms: readonly (readonly [period: number, share: number])[] = [
  [41, 0.05],
  [97, 0.06],
  [211, 0.08],
  [577, 0.1],
  [1511, 0.12],
  [4903, 0.1],
  [86_400, 0.2],
]

/**
 * A counter that grows by about what the series says a second, faster and slower as people do, never backwards, and is the same
 * whenever it is asked for: the sum of the rates up to then.
 */
export function counted(one: InventedSeries, time: number): number {
  const seconds = time / 1000
  // Another one for each series, so that they do not go up and down together.
  const seed = one.series.key.length
  const more = rhythms.map(
    ([period, share], index) =>
      ((share * period) / (2 * Math.PI)) * Math.sin((2 * Math.PI * seconds) / period + seed * (index + 1)),
  )
  return Math.round(meanOf(one) * more.reduce((sum, part) => sum + part, seconds))
}

async function copy(fileSystem: FileSystem, folder: string, data: string): Promise<void> {
  for (const name of await fileSystem.list(folder)) {
    const path = folder === '' ? name : `${folder}/${name}`
    const bytes = await fileSystem.readFile(path).catch(() => undefined)
    if (bytes === undefined) await copy(fileSystem, path, data)
    else {
      await mkdir(dirname(join(data, path)), { recursive: true })
      await writeFile(join(data, path), bytes)
    }
  }
}
