import { type Batch, type Check, type Defined, resolveOptions, type Sample, takeValues } from '@tocsin/core'
import { isObservable, type Observable, type Subscription } from 'rxjs'

import { badOption } from '../../errors.ts'
import type { HttpPageRun, HttpSource } from '../../http/http-handler.ts'
import { defaultHttp, httpChecks, type HttpOptions, type ResolvedHttp } from '../../http/http-options.ts'
import { httpSource } from '../../http/http-source.ts'
import { createPageHandler } from './page-handler.ts'
import { defaultPageOptions, pageChecks, type PageOptions, type ResolvedPage } from './page-options.ts'
import { createPageTable, type PageStats } from './page-table.ts'

/** What {@link expose} shows, where, and to whom. */
export interface ExposeOptions extends PageOptions, HttpOptions {
  /**
   * The path of the page.
   * @defaultValue `'/metrics'`
   */
  readonly path?: string | undefined
}

type ResolvedExpose = ResolvedHttp & ResolvedPage & Defined<Pick<ExposeOptions, 'path'>>

/** The defaults of {@link expose}. */
export const defaultExposeOptions: ResolvedExpose = Object.freeze({
  ...defaultHttp,
  ...defaultPageOptions,
  path: '/metrics',
})

const path: Check = (value) =>
  typeof value === 'string' && /^(\/[^/?#]*)+$/.test(value) ? undefined : 'a path such as "/metrics"'

/** A page to be scraped. As a source it brings no samples: subscribing opens the page. */
export interface Exposure extends HttpSource<Sample> {
  /** What is shown, updated in place. */
  readonly page: PageStats
}

/**
 * A page to be scraped by Prometheus: the last value of each series of a stream, in text 0.0.4 or OpenMetrics 1.0, as the scraper
 * asks, with gzip where it takes that. It listens itself where `port` or `listen` is given; else it stands on a server of `serve`, or of
 * one's own by `toNodeHandler` or `toWebHandler`.
 *
 * Names get `_` for what Prometheus 2 does not read (`api.requests` is `api_requests`), and counters end in `_total`. Gauges and numeric states are
 * gauges; counters are counters, and increments (`delta`) are added up to one; observations are counted in `buckets`, with sum and
 * count, each as often as its `weight` (a negative one takes the sum and the count of its series off, since a sum that falls is none); the bins of a histogram are counted in the bucket that holds all of a bin, without
 * a sum and a count. `stale` takes a series off the page at once. What the page cannot show is counted in `page.leftOut`: texts, states in words, members
 * of sets. Samples have no times on the page: they are what is known when it is asked for.
 *
 * Problems: `too-many-series` beyond `maxBytes`; `unsupported` where a name is of another type already; `repeated` where two series have one
 * name on the page; `bad-name`; `bad-value`, such as a negative increment.
 *
 * Replies: 200 with the page, 405 to other methods than GET and HEAD, 503 while nobody is subscribed.
 *
 * - Emits: nothing. Batches of the stream are acknowledged once they are on the page.
 * - Completes: never; what a stream that has ended brought stays until it expires.
 * - Errors: as the stream; `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`. Without subscribers the page is forgotten.
 * - Memory: `maxBytes`, and the page once for each form in which it is asked for.
 * - Time: `clock` tells how long a series was silent; it is looked at when the page is asked for, by no timer.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { expose } from '@tocsin/protocols/prometheus'
 * import { of } from 'rxjs'
 *
 * const hit = { series: series('api.hits', { route: '/users' }), time: 0, value: 1, kind: 'delta' as const }
 * const page = expose(of(hit, hit), { port: 0 })
 * const subscription = page.subscribe()
 * page.listening.subscribe(async ({ port }) => {
 *   const reply = await fetch(`http://127.0.0.1:${port}/metrics`)
 *   const lines = (await reply.text()).trimEnd().split('\n')
 *   for (const line of lines) console.log(line) // => # HELP api_hits_total api.hits
 *   // => # TYPE api_hits_total counter
 *   // => api_hits_total{route="/users"} 2
 *   subscription.unsubscribe()
 * })
 * ```
 */
export function expose(samples: Observable<Sample | Batch<Sample>>, options: ExposeOptions = {}): Exposure {
  if (!isObservable(samples)) throw badOption('a page is made of a stream of samples')
  const resolved = resolveOptions<ResolvedExpose>(
    defaultExposeOptions,
    options,
    { ...httpChecks, ...pageChecks, path },
    badOption,
  )
  const { clock } = resolved
  const table = createPageTable(resolved)
  const servers = new Set<HttpPageRun>()
  let feed: Subscription | undefined

  const take = (sample: Sample): void => {
    const fault = table.take(sample, clock.now())
    if (fault === undefined) return
    for (const one of servers) one.report(fault.reason, fault.message, { series: sample.series.key })
  }

  function open(server: HttpPageRun): () => void {
    servers.add(server)
    if (servers.size === 1)
      feed = samples.subscribe({
        next: (input) => takeValues(input, take),
        error: (error: unknown) => {
          for (const one of [...servers]) one.fail(error)
        },
      })
    return () => {
      servers.delete(server)
      if (servers.size > 0) return
      feed?.unsubscribe()
      table.clear()
    }
  }

  const handler = createPageHandler(resolved.path, table, open, () => clock.now())
  return Object.assign(httpSource('expose', [handler], resolved), { page: table.stats })
}
