import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import { openJournal, sampleCodec } from '@tocsin/journal'
import { consoleNotifier, openNotifyStore, webhookNotifier } from '@tocsin/notify'
import type { Notifier, NotifyEvent } from '@tocsin/notify'
import { defaultHttpTrapOptions, graphite, hostMetrics, httpTrap, statsd } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup'
import { combineLatest, map, merge, Subject, takeUntil, timer } from 'rxjs'

import { LiveStream } from './live-stream.ts'
import { NotificationLog } from './notification-log.ts'
import { pipeline } from './pipeline.ts'
import { policy } from './policy.ts'
import { rules } from './rules.ts'
import type { Settings } from './settings.ts'
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
    return await assemble(settings, closers, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function assemble(
  settings: Settings,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Observatory> {
  const { host } = settings
  const data = resolve(settings.data)
  await makeFolder(data)
  const journal = await openJournal(join(data, 'journal'), { codec: sampleCodec() })
  closers.push(() => journal.close())
  const rollups = await openRollupStore(join(data, 'rollups'))
  closers.push(() => rollups.close())
  const alerts = await openNotifyStore(join(data, 'alerts'))
  closers.push(async () => alerts[Symbol.asyncDispose]())

  const secret = await trapSecret(data)
  const trap = httpTrap({
    secret,
    // 200 means durable: the document is in the journal before the reply.
    accept: (samples) => journal.appendBatch(samples),
  })
  const statsdSource = statsd({ host, port: settings.statsdPort })
  const graphiteSource = graphite({ host, port: settings.graphitePort })
  const machine = hostMetrics({ periodMs: settings.periodMs })

  const log = new NotificationLog()
  const notifiers: Record<string, Notifier> = { console: consoleNotifier(), page: log }
  if (settings.webhook !== undefined) notifiers['webhook'] = webhookNotifier({ url: settings.webhook })

  const events = new Subject<NotifyEvent>()
  const status = (): object => ({
    journal: { ...journal.stats, subscribers: journal.subscribers() },
    collected: { statsd: statsdSource.stats, graphite: graphiteSource.stats, httpTrap: trap.stats },
    rollups: { ...rollups.stats },
    live: live.stats,
  })
  const live: LiveStream = new LiveStream([
    {
      event: 'samples',
      source: journal
        .tailBatches()
        .pipe(map((batch) => batch.map(({ series, kind, time, value }) => [series.key, kind, time, value]))),
    },
    { event: 'alerts', source: events.pipe(map(() => alerts.openAlerts())) },
    { event: 'notification', source: log.entries$ },
    { event: 'status', source: timer(0, 1000).pipe(map(status)) },
  ])

  const web = await startWebServer({
    host,
    port: settings.httpPort,
    trap: trap.handler,
    live,
    rollups,
    hostname: hostname(),
    alerts: () => alerts.openAlerts(),
    log: () => log.entries(),
    status,
  })
  closers.push(() => web.close())

  const stopped = new Subject<void>()
  const ended = new Promise<void>((done, fail) => {
    pipeline({
      // What the trap takes is in the journal by `accept`; subscribing to it only opens its path.
      collected: merge(statsdSource.batches(), graphiteSource.batches(), machine.batches()),
      journal,
      rollups,
      rules,
      policy: policy(Object.keys(notifiers)),
      alerts,
      notifiers,
    })
      .pipe(takeUntil(stopped))
      .subscribe({ next: (event) => events.next(event), error: fail, complete: done })
    trap.pipe(takeUntil(stopped)).subscribe({ error: fail })
  })
  closers.push(async () => stopped.next())

  const listening = new Promise<[AddressInfo, AddressInfo]>((next, error) => {
    combineLatest([statsdSource.listening, graphiteSource.listening])
      .pipe(takeUntil(stopped))
      .subscribe({ next, error })
  })
  const [statsdAddress, graphiteAddress] = await Promise.race([listening, ended.then(() => listening)])
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${web.port}`,
    host,
    statsdPort: statsdAddress.port,
    graphitePort: graphiteAddress.port,
    trapPath: `${defaultHttpTrapOptions.path}/${secret}`,
    data,
    ended,
    close,
  }
}

async function makeFolder(data: string): Promise<void> {
  try {
    await mkdir(data, { recursive: true })
  } catch (cause) {
    throw new Error(
      `The folder ${data} cannot be made; check its permissions or choose another with --data.`,
      { cause },
    )
  }
}

/** The secret of this data folder: made once, readable by its owner only. */
async function trapSecret(data: string): Promise<string> {
  const file = join(data, 'httptrap-secret')
  try {
    await writeFile(file, randomBytes(12).toString('hex'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return (await readFile(file, 'utf8')).trim()
}
