import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import { consoleNotifier, webhookNotifier } from '@tocsin/notify'
import type { Notifier, NotifyEvent } from '@tocsin/notify'
import type { Problem } from '@tocsin/protocols'
import { bufferTime, filter, map, merge, Subject, takeUntil, timer } from 'rxjs'
import type { Observable } from 'rxjs'

import { HealthRecord } from './health.ts'
import { LiveStream } from './live-stream.ts'
import { NotificationLog } from './notification-log.ts'
import { pipeline } from './pipeline.ts'
import type { Parts } from './pipeline.ts'
import { policy } from './policy.ts'
import { rules } from './rules.ts'
import type { Settings } from './settings.ts'
import { createSources } from './sources.ts'
import { startError } from './start-error.ts'
import type { Sources } from './sources.ts'
import { openStores } from './stores.ts'
import type { Stores } from './stores.ts'
import { startWebServer } from './web-server.ts'

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

/** Tells what is to be closed in the end, the last one first. */
type OnClose = (part: string, close: () => Promise<void>) => void

/** Opens the folder, binds the ports and starts the pipeline. What was opened is closed again when a later step fails. */
export async function startObservatory(settings: Settings): Promise<Observatory> {
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
    const { journal, ...running } = await assemble(settings, (part, closer) =>
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
  onClose: OnClose,
): Promise<Omit<Observatory, 'kept' | 'closing' | 'close'> & Pick<Stores, 'journal'>> {
  const { host } = settings
  const data = resolve(settings.data)
  // Bad lines, damaged files, failed writes: survived and counted, but somebody should see them.
  const problems = new Subject<Problem<string>>()
  problems.subscribe({
    next: ({ from, reason, message }) => console.error(`problem ${from}/${reason}: ${message}`),
    error: console.error,
  })
  const stores = await openStores(data, onClose, problems)
  const sources = await createSources(settings, data)
  const log = new NotificationLog()
  const events = new Subject<NotifyEvent>()
  const health = new HealthRecord(stores.journal, join(data, 'rollups'))
  const status = (): object => ({ health: health.read(), ...statusOf(stores, sources, live) })
  const live: LiveStream = liveStream(stores, events, log, status)

  const web = await startWebServer({
    host,
    port: settings.httpPort,
    trap: sources.trap.handler,
    live,
    rollups: stores.rollups,
    hostname: hostname(),
    alerts: () => stores.alerts.openAlerts(),
    log: () => log.entries(),
    status,
    health: () => health.read(),
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
  merge(sources.problems, stores.journal.problems).pipe(takeUntil(stopped)).subscribe(problems)
  const rollups = health.watched(stores.rollups)
  const parts = { ...stores, rollups, collected: sources.collected.pipe(takeUntil(collected)) }
  const ended = run(parts, notifiersOf(settings, log), events, stopped)
  ended.catch((error: unknown) => health.failed(error))
  const [statsd, graphite] = await Promise.race([listening, ended.then(() => listening)])
  health.running()
  // Every address of this machine is none that can be called.
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return {
    url: `http://${reached.includes(':') ? `[${reached}]` : reached}:${web.port}`,
    host: reached,
    statsdPort: statsd?.port ?? 0,
    graphitePort: graphite?.port ?? 0,
    trapPath: sources.trapPath,
    data,
    ended,
    journal: stores.journal,
  }
}

/** Runs the pipeline until `stopped`; rejects with what it cannot survive. */
function run(
  stores: Pick<Parts, 'journal' | 'rollups' | 'alerts' | 'collected'>,
  notifiers: Readonly<Record<string, Notifier>>,
  events: Subject<NotifyEvent>,
  stopped: Observable<void>,
): Promise<void> {
  const parts = { ...stores, rules, policy: policy(Object.keys(notifiers)), notifiers }
  return new Promise((done, fail) => {
    pipeline(parts)
      .pipe(takeUntil(stopped))
      .subscribe({ next: (event) => events.next(event), error: fail, complete: done })
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

function notifiersOf({ webhook }: Settings, log: NotificationLog): Readonly<Record<string, Notifier>> {
  const always = { console: consoleNotifier(), page: log }
  return webhook === undefined ? always : { ...always, webhook: webhookNotifier({ url: webhook }) }
}

function liveStream(
  { journal, alerts }: Stores,
  events: Observable<NotifyEvent>,
  log: NotificationLog,
  status: () => object,
): LiveStream {
  const samples = journal.tail().pipe(
    bufferTime(100),
    filter((values) => values.length > 0),
    map((values) => values.map(({ series, kind, time, value }) => [series.key, kind, time, value])),
  )
  return new LiveStream([
    { event: 'samples', source: samples },
    { event: 'alerts', source: events.pipe(map(() => alerts.openAlerts())) },
    { event: 'notification', source: log.entries$ },
    { event: 'status', source: timer(0, 1000).pipe(map(status)) },
  ])
}

function statusOf({ journal, rollups }: Stores, sources: Sources, live: LiveStream): object {
  return {
    journal: { ...journal.stats, subscribers: journal.subscribers() },
    collected: sources.stats(),
    rollups: { ...rollups.stats },
    live: live.stats,
  }
}
