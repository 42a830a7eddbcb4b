import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import { consoleNotifier } from '@tocsin/notify'
import type { Notifier, NotifyEvent } from '@tocsin/notify'
import { webhookNotifier } from '@tocsin/notify/webhook'
import type { Problem } from '@tocsin/protocols'
import type { HostMetricsOptions } from '@tocsin/protocols/host'
import { merge, Subject, takeUntil } from 'rxjs'
import type { Observable } from 'rxjs'

import { findTools, linesToShow } from './banner.ts'
import { pipeline } from './pipeline.ts'
import type { Parts } from './pipeline.ts'
import { policy } from './policy.ts'
import { rules } from './rules.ts'
import { selectedBy } from './server/answers/selected-by.ts'
import { SeriesIndex } from './server/answers/series-index.ts'
import { createCommands } from './server/log/commands.ts'
import { openFaultLog } from './server/log/fault-log.ts'
import { HealthRecord } from './server/health.ts'
import { startPageServer } from './server/page-server.ts'
import { ProblemRecord } from './server/live/problem-record.ts'
import type { Settings } from './settings.ts'
import { createSources } from './sources.ts'
import { startError } from './start-error.ts'
import { openStores } from './stores.ts'
import type { Stores } from './stores.ts'

/** A running observatory and where it listens. */
export interface Observatory {
  readonly url: string
  readonly host: string
  readonly statsdPort: number
  readonly graphitePort: number
  /** Path that takes HTTPTrap documents; holds the secret. */
  readonly trapPath: string
  readonly data: string
  /** Samples that this run has put into the journal. */
  readonly kept: number
  /** Rejects with what ended it; resolves after {@link Observatory.close}. */
  readonly ended: Promise<void>
  /** What {@link Observatory.close} is at. */
  readonly closing: string
  /**
   * Ends the sources, puts what they gave into the journal, flushes the rollups and lets the folder go. A part that cannot be
   * closed keeps none of the others open; rejects with what each of them said.
   */
  close(): Promise<void>
}

/** What can be put in the place of this machine. */
export interface StartOptions {
  /** Reads the machine once. */
  readonly readHost?: HostMetricsOptions['read']
}

/** Tells what is to be closed in the end, the last one first. */
type OnClose = (part: string, close: () => Promise<void>) => void

/** Opens the folder, binds the ports and starts the pipeline. What was opened is closed again when a later step fails. */
export async function startObservatory(
  settings: Settings,
  { readHost }: StartOptions = {},
): Promise<Observatory> {
  const closers: { readonly part: string; readonly close: () => Promise<void> }[] = []
  let closing = 'running'
  const closeAll = async (): Promise<void> => {
    const failures: string[] = []
    for (const { part, close } of closers.splice(0).reverse()) {
      closing = part
      await close().catch((error: unknown) => failures.push(`${part}: ${messageOf(error)}`))
    }
    if (failures.length > 0) throw new Error(`Not all could be put away: ${failures.join('; ')}.`)
  }
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= closeAll())
  try {
    const { journal, ...running } = await assemble(settings, readHost, (part, closer) =>
      closers.push({ part, close: closer }),
    )
    return {
      ...running,
      get kept() {
        return journal.stats.lastSeq - journal.recovery.lastSeq
      },
      get closing() {
        return closing
      },
      close,
    }
  } catch (error) {
    await close().catch((failure: unknown) => console.error(messageOf(failure)))
    throw startError(error, settings)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function assemble(
  settings: Settings,
  readHost: StartOptions['readHost'],
  onClose: OnClose,
): Promise<Omit<Observatory, 'kept' | 'closing' | 'close'> & Pick<Stores, 'journal'>> {
  const { host, periodMs } = settings
  const data = resolve(settings.data)
  // Bad lines, damaged files, failed writes: survived and counted, but somebody should see them.
  const problems = new Subject<Problem<string>>()
  const record = new ProblemRecord()
  problems.subscribe({
    next: (problem) => {
      record.next(problem)
      console.error(`problem ${problem.from}/${problem.reason}: ${problem.message}`)
    },
    error: console.error,
  })
  const stores = await openStores(data, onClose, problems)
  const { journal, alerts } = stores
  const sources = await createSources(settings, data, readHost)
  const notifiers = notifiersOf(settings)
  const people = policy(Object.keys(notifiers))
  const index = new SeriesIndex(stores.rollups)
  const log = await openFaultLog({
    data,
    alerts,
    policy: people,
    isSelected: selectedBy(stores.rollups, index),
    journal,
    periodMs,
    now: Date.now,
    problems,
    onClose,
  })
  const events = new Subject<NotifyEvent>()
  const commands = createCommands({ events, log })
  const health = new HealthRecord(journal, join(data, 'rollups'))
  const bound: Bound = { host: reachable(host), ports: new Map(), lines: [] }
  const web = await startPageServer({
    host,
    port: settings.httpPort,
    hostname: hostname(),
    periodMs,
    journal,
    rollups: stores.rollups,
    index,
    rules,
    log,
    commands,
    health,
    problems: record,
    report: (problem) => problems.next(problem),
    sources,
    bound,
  })

  const stopped = new Subject<void>()
  onClose('the pipeline', async () => stopped.next())
  // After the sources and before the pipeline: the rollups are complete whenever they can be.
  onClose('what the rollups have not taken yet', () => caughtUp(stores))
  onClose('the web server', () => web.close())
  const collected = new Subject<void>()
  onClose('the sources', async () => {
    health.stopping()
    collected.next()
  })
  const listening = new Promise<readonly { port: number }[]>((next, error) => {
    sources.listening.pipe(takeUntil(collected)).subscribe({ next, error })
  })
  merge(sources.problems, journal.problems).pipe(takeUntil(stopped)).subscribe(problems)
  const ended = run(
    {
      ...stores,
      rollups: health.watched(stores.rollups),
      collected: sources.collected.pipe(takeUntil(collected)),
      rules,
      policy: people,
      notifiers,
      faults: (event) => log.takeFault(event),
      commands: commands.given$,
    },
    (event) => {
      log.takeNotify(event)
      events.next(event)
    },
    stopped,
  )
  ended.catch((error: unknown) => health.failed(error))
  const [statsd, graphite] = await Promise.race([listening, ended.then(() => listening)])
  health.running()
  const { trapPath } = sources
  const addresses = {
    url: `http://${bound.host.includes(':') ? `[${bound.host}]` : bound.host}:${web.port}`,
    host: bound.host,
    statsdPort: statsd?.port ?? 0,
    graphitePort: graphite?.port ?? 0,
    trapPath,
  }
  bound.ports = new Map([
    ['statsd', addresses.statsdPort],
    ['Graphite', addresses.graphitePort],
    ['HTTPTrap', web.port],
  ])
  bound.lines = linesToShow(addresses, findTools())
  return { ...addresses, data, ended, journal }
}

/** Where it can be reached, once that is known. */
interface Bound {
  readonly host: string
  ports: ReadonlyMap<string, number>
  lines: ReturnType<typeof linesToShow>
}

/** Every address of this machine is none that can be called. */
const reachable = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host

/** Runs the pipeline until `stopped`; rejects with what it cannot survive. */
function run(parts: Parts, next: (event: NotifyEvent) => void, stopped: Observable<void>): Promise<void> {
  return new Promise((done, fail) => {
    pipeline(parts).pipe(takeUntil(stopped)).subscribe({ next, error: fail, complete: done })
  })
}

/** How long an end waits for the rollups, ms; what they have not taken by then they take after the next start. */
const catchUpMs = 3000

async function caughtUp({ journal, rollups }: Stores): Promise<void> {
  const until = performance.now() + catchUpMs
  const { stats } = journal
  while ((stats.pending > 0 || (rollups.position?.seq ?? 0) < stats.lastSeq) && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function notifiersOf({ webhook }: Settings): Readonly<Record<string, Notifier>> {
  const always = { console: consoleNotifier() }
  // Who starts it says where to, and may well mean this machine or the next.
  return webhook === undefined
    ? always
    : { ...always, webhook: webhookNotifier({ url: webhook, allow: 'private' }) }
}
