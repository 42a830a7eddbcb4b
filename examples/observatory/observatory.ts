import { hostname } from 'node:os'
import { resolve } from 'node:path'

import { consoleNotifier, webhookNotifier } from '@tocsin/notify'
import type { Notifier, NotifyEvent } from '@tocsin/notify'
import type { Problem } from '@tocsin/protocols'
import { bufferTime, filter, map, merge, Subject, takeUntil, timer } from 'rxjs'
import type { Observable } from 'rxjs'

import { LiveStream } from './live-stream.ts'
import { NotificationLog } from './notification-log.ts'
import { pipeline } from './pipeline.ts'
import { policy } from './policy.ts'
import { rules } from './rules.ts'
import type { Settings } from './settings.ts'
import { createSources } from './sources.ts'
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
  /** Rejects with what ended it; resolves after {@link Observatory.close}. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** Opens the folder, binds the ports and starts the pipeline. What was opened is closed again when a later step fails. */
export async function startObservatory(settings: Settings): Promise<Observatory> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    return { ...(await assemble(settings, (closer) => closers.push(closer))), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function assemble(
  settings: Settings,
  onClose: (close: () => Promise<void>) => void,
): Promise<Omit<Observatory, 'close'>> {
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
  const status = (): object => statusOf(stores, sources, live)
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
  })
  onClose(() => web.close())

  const stopped = new Subject<void>()
  onClose(async () => stopped.next())
  const listening = new Promise<readonly { port: number }[]>((next, error) => {
    sources.listening.pipe(takeUntil(stopped)).subscribe({ next, error })
  })
  merge(sources.problems, stores.journal.problems).pipe(takeUntil(stopped)).subscribe(problems)
  const ended = run(stores, sources, notifiersOf(settings, log), events, stopped)
  const [statsd, graphite] = await Promise.race([listening, ended.then(() => listening)])
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${web.port}`,
    host,
    statsdPort: statsd?.port ?? 0,
    graphitePort: graphite?.port ?? 0,
    trapPath: sources.trapPath,
    data,
    ended,
  }
}

/** Runs the pipeline until `stopped`; rejects with what it cannot survive. */
function run(
  stores: Stores,
  { collected }: Sources,
  notifiers: Readonly<Record<string, Notifier>>,
  events: Subject<NotifyEvent>,
  stopped: Observable<void>,
): Promise<void> {
  const parts = { ...stores, collected, rules, policy: policy(Object.keys(notifiers)), notifiers }
  return new Promise((done, fail) => {
    pipeline(parts)
      .pipe(takeUntil(stopped))
      .subscribe({ next: (event) => events.next(event), error: fail, complete: done })
  })
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
