import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { average } from '@tocsin/fault/rules'
import { ruleSet } from '@tocsin/fault'
import type { RuleSet } from '@tocsin/fault'
import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import type { Notifier, NotifyEvent, Policy } from '@tocsin/notify'
import { openNotifyStore } from '@tocsin/notify/store'
import { series } from '@tocsin/protocols'
import type { Batch, Problem, Sample, Series } from '@tocsin/protocols'
import { Subject } from 'rxjs'
import { onTestFinished, vi } from 'vitest'

import { pipeline } from '../pipeline.ts'
import { createCommands } from '../server/log/commands.ts'
import type { Commands } from '../server/log/commands.ts'
import { openFaultLog } from '../server/log/fault-log.ts'
import type { FaultLog, FaultLogParts, LogChange } from '../server/log/fault-log.ts'
import { watchAlerts } from '../server/log/watched-alerts.ts'

/** The observatory without its sources and its page: what is given it judges, tells and keeps. */
export interface Rig {
  readonly log: FaultLog
  readonly commands: Commands
  readonly changes: readonly LogChange[]
  readonly problems: readonly Problem<string>[]
  readonly events: Subject<NotifyEvent>
  /** A value of the series `jobs|ST[shop:berlin]`. */
  measure(value: number, time?: number): void
  measureOf(series: Series, value: number, time?: number): void
  /** Starts the pipeline; until then nothing is judged. */
  run(): void
  stop(): Promise<void>
}

export interface RigOptions {
  readonly notifiers?: Readonly<Record<string, Notifier>>
  readonly policy?: Policy
  readonly now?: () => number
  readonly rules?: readonly RuleSet[]
  readonly isSelected?: FaultLogParts['isSelected']
}

export const rules = [
  ruleSet('queue').select('__name:jobs').above(200, 1).above(100, 3).build(),
  ruleSet('slow')
    .select('__name:latency')
    .rule(2, average('1m', { minFill: '1s' }).above(10))
    .build(),
]

export const quiet: Policy = {
  groups: { operators: { notifiers: ['mail'] } },
  routes: [{ group: 'operators' }],
}

/** Waits for what comes by itself; the limit ends what hangs. */
export const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000 })

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'observatory-faults-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Opens everything in the folder as the observatory does; whatever is open is closed when the test is over. */
export async function openRig(
  folder: string,
  {
    notifiers = { mail: { send: async () => undefined } },
    policy = quiet,
    now = Date.now,
    rules: loaded = rules,
    isSelected = () => false,
  }: RigOptions = {},
): Promise<Rig> {
  const closers: (() => Promise<void>)[] = []
  const onClose = (_part: string, close: () => Promise<void>): void => void closers.push(close)
  const journal = await openJournal(join(folder, 'journal'), { codec: sampleCodec(), clock: { now } })
  onClose('the journal', () => journal.close())
  const store = await openNotifyStore(join(folder, 'alerts'))
  onClose('the alerts', () => store.close())
  const alerts = watchAlerts(store)
  const problems: Problem<string>[] = []
  const parts = { data: folder, alerts, policy, isSelected, journal, periodMs: 1000, now, onClose }
  const log = await openFaultLog({ ...parts, problems: { next: (problem) => void problems.push(problem) } })
  const changes: LogChange[] = []
  log.changes$.subscribe((change) => changes.push(change))
  const events = new Subject<NotifyEvent>()
  const commands = createCommands({ events, log })
  const collected = new Subject<Batch<Sample>>()
  const run = (): void => {
    const running = pipeline({
      collected,
      journal,
      rollups: { write: async () => ({}) as never },
      rules: loaded,
      policy,
      alerts,
      notifiers,
      faults: (event) => log.takeFault(event),
      commands: commands.given$,
    }).subscribe((event) => {
      log.takeNotify(event)
      events.next(event)
    })
    onClose('the pipeline', async () => running.unsubscribe())
  }
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  onTestFinished(stop)
  const jobs = series('jobs', { shop: 'berlin' })
  const measureOf = (of: Series, value: number, time = Date.now()): void =>
    collected.next({ values: [{ series: of, time, value, kind: 'gauge' }], ack: () => undefined })
  const measure = (value: number, time?: number): void => measureOf(jobs, value, time)
  return { log, commands, changes, problems, events, measure, measureOf, run, stop }
}
