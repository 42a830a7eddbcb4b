import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'

import type { RuleSet } from '@tocsin/fault'
import type { Journal } from '@tocsin/journal'
import type { Problem, Sample } from '@tocsin/protocols'
import { toNodeHandler } from '@tocsin/protocols/http'
import type { RollupStore } from '@tocsin/rollup/store'

import { createCatalogue } from './answers/catalogue.ts'
import type { Commands } from './log/commands.ts'
import type { FaultLog } from './log/fault-log.ts'
import type { HealthRecord } from './health.ts'
import { readHistory } from './answers/history.ts'
import { ownFigures } from './own-figures.ts'
import { LiveStream } from './live/live-stream.ts'
import type { ProblemRecord } from './live/problem-record.ts'
import { Recent } from './live/recent.ts'
import { Refused } from './refused.ts'
import type { SeriesIndex } from './answers/series-index.ts'
import { readFaults, readState } from './answers/state.ts'
import { findFiles } from './static.ts'
import { createStatus } from './live/status.ts'
import type { Sources } from '../sources.ts'
import { Thresholds } from './answers/thresholds.ts'
import { startWebServer } from './web-server.ts'
import type { WebServerParts } from './web-server.ts'
import type { Shown, State } from './wire.ts'

/** What the page is told from. */
export interface PageParts extends Pick<WebServerParts, 'host' | 'port'> {
  readonly hostname: string
  readonly periodMs: number
  readonly journal: Journal<Sample>
  readonly rollups: RollupStore
  readonly index: SeriesIndex
  readonly rules: readonly RuleSet[]
  readonly log: FaultLog
  readonly commands: Pick<Commands, 'do'>
  readonly health: HealthRecord
  readonly problems: Pick<ProblemRecord, 'read'>
  /** Hears of what failed while the page was answered. */
  readonly report: (problem: Problem<string>) => void
  readonly sources: Sources
  /** Where the sources listen, and lines to paste; known once they do. */
  readonly bound: {
    readonly ports: ReadonlyMap<string, number>
    readonly lines: State['lines']
  }
}

const maxShown = 500

/** Serves the page and answers what it asks. */
export async function startPageServer(parts: PageParts): ReturnType<typeof startWebServer> {
  const { hostname, periodMs, journal, rollups, index, log, commands, health, report, sources, bound } = parts
  const now = Date.now
  const failed = (from: string, error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error)
    report({ type: 'problem', from, reason: 'failed', message, time: now(), count: 1 })
  }
  const about = {
    host: hostname,
    startedAt: now(),
    token: randomBytes(18).toString('base64url'),
    periodMs,
    cores: availableParallelism(),
  }
  const recent = new Recent(journal)
  const thresholds = new Thresholds(parts.rules, index)
  const status = createStatus({
    ...parts,
    counts: () =>
      sources.counts().map((source) => {
        const port = bound.ports.get(source.name)
        return { ...source, ...(port !== undefined && { port }) }
      }),
    index,
    thresholds,
    recent,
    viewers: () => live.viewers,
    startedAt: about.startedAt,
    now,
  })
  const live: LiveStream = new LiveStream({
    changes$: log.changes$,
    recent,
    status,
    news$: sources.first$,
    series: () => index.count,
    watched: () => thresholds.watched().size,
    failed: (error) => failed('live stream', error),
    run: randomBytes(6).toString('hex'),
  })
  const lines = (): State['lines'] =>
    bound.lines.map((line) => {
      const cameAt = sources.firstAt.get(line.source)
      return { ...line, ...(cameAt !== undefined && { cameAt }) }
    })
  const state = { about, log, thresholds, lines, status, position: () => live.position, now }
  const figures = ownFigures({ sources, journal, rollups, viewers: () => live.viewers })
  const catalogue = createCatalogue({ index, recent, thresholds, hostname, now })
  const web = await startWebServer({
    host: parts.host,
    port: parts.port,
    trap: toNodeHandler(sources.trap),
    metrics: toNodeHandler(figures.page),
    health: () => health.read(),
    files: await findFiles(),
    live,
    token: about.token,
    questions: new Map<string, (query: URLSearchParams) => object | Promise<object>>([
      ['/api/state', () => readState(state)],
      ['/api/faults', (query) => readFaults(state, query)],
      ['/api/catalogue', catalogue],
    ]),
    posts: new Map([
      [
        '/api/history',
        async (body) => ({ status: 200, body: await readHistory({ rollups, index, recent, now }, body) }),
      ],
      [
        '/api/shown',
        async (body) => {
          live.show(shownOf(body))
          return { status: 204 }
        },
      ],
      [
        '/api/commands',
        async (body) => {
          // It is kept: one that never ended would hold up judging from then on, also after the next start.
          if (typeof body['select'] === 'string') index.ask(body['select'])
          return commands.do(body)
        },
      ],
    ]),
    failed,
  })
  const collecting = figures.page.subscribe({ error: (error: unknown) => failed('metrics', error) })
  collecting.add(
    figures.problems.subscribe({ next: report, error: (error: unknown) => failed('metrics', error) }),
  )
  return {
    port: web.port,
    close: () => {
      collecting.unsubscribe()
      live.close()
      return web.close()
    },
  }
}

function shownOf({ viewer, version, keys }: Readonly<Record<string, unknown>>): Shown {
  if (typeof viewer !== 'string' || !Number.isSafeInteger(version)) {
    throw new Refused(400, 'viewer is a text, and version a whole number.')
  }
  if (
    !Array.isArray(keys) ||
    keys.length > maxShown ||
    !keys.every((key): key is string => typeof key === 'string')
  ) {
    throw new Refused(400, `keys is a list of at most ${maxShown} keys of series.`)
  }
  return { viewer, version: version as number, keys }
}
