import type { Sample } from '@tocsin/core'
import { from, type ObservableInput } from 'rxjs'

import type { ChecksReason } from '../../checks/checks.ts'
import { badOption, messageOf } from '../../errors.ts'
import { createSourceBase } from '../../source/source-base.ts'
import { createSource, type Source } from '../../source/source.ts'
import { resolveScrape, type ScrapeOptions } from './scrape-options.ts'
import { startScraping } from './scrape-set.ts'
import { readTargets, type ScrapeTarget } from './scrape-target.ts'

/**
 * Scrapes pages of Prometheus' text format or OpenMetrics at fixed times, as Prometheus does.
 *
 * Each series gets the labels of its target (see `honorLabels`), and of each scrape there are, with these labels alone, the gauges `up` (1, or 0
 * where the scrape failed), `scrape_duration_seconds`, `scrape_samples_scraped` (on the page; 0 where that is refused), `scrape_samples_post_metric_relabeling` (that are taken),
 * `scrape_series_added` (that were not on the page before). A page is taken whole or not at all: one that breaks off, is no page, or is beyond a limit is
 * a failed scrape and a problem `reading-failed`, as is any status but 200, so that redirects are not followed. Values that are no
 * numbers are left out.
 *
 * A series gets a sample of kind `stale` when it is not on the next page, when a scrape fails, and when its target leaves, also those of the scrape itself.
 *
 * Targets may be a stream of lists: each is the whole set. A target that is in both goes on where URL, labels and what it honours are the same. One of a stream that is wrong
 * is a problem `bad-definition`, and is left out.
 *
 * - Emits: the samples of each scrape in a batch of its own, at the phase of its target, which comes from a hash of URL and labels. Scrapes
 *   wait for nobody: one that ends while a subscriber of batches has no room is dropped as a whole, counted in `stats.dropped` and a
 *   problem `overflow`, as are scrapes that were not made (`still-running`, `overloaded`); what is gone by then is `stale` with the next one.
 * - Completes: never.
 * - Errors: never. Wrong options, and wrong targets in a list, throw `PROTOCOL_BAD_OPTION` at the call. A stream of targets that errs is a problem, and the
 *   last list stays.
 * - Memory: the names of the series of each target's last page, at most `maxSamples` of them, and the pages that are being read.
 * - Time: of samples, when the scrape began, or what the page says; `clock` for ticks, `stopwatch` for durations and time-outs.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { expose, scrape } from '@tocsin/protocols/prometheus'
 * import { of, take } from 'rxjs'
 *
 * const page = expose(of({ series: series('queue_depth'), time: 0, value: 3, kind: 'gauge' as const }), { port: 0 })
 * const exposing = page.subscribe()
 * page.listening.subscribe(({ port }) => {
 *   const url = `http://127.0.0.1:${port}/metrics`
 *   const samples = scrape([{ url, labels: { job: 'shop', instance: 'a' }, periodMs: 2000 }])
 *   samples.pipe(take(2)).subscribe({
 *     next: ({ series, value }) => console.log(series.key, value), // => queue_depth|ST[instance:a,job:shop] 3
 *     // => up|ST[instance:a,job:shop] 1
 *     complete: () => exposing.unsubscribe(),
 *   })
 * })
 * ```
 */
export function scrape(
  targets: readonly ScrapeTarget[] | ObservableInput<readonly ScrapeTarget[]>,
  options: ScrapeOptions = {},
): Source<Sample, ChecksReason> {
  const resolved = resolveScrape(options)
  const list = Array.isArray(targets)
    ? readTargets(targets, resolved, (message) => {
        throw badOption(message)
      })
    : undefined
  const lists = list === undefined ? from(targets as ObservableInput<readonly ScrapeTarget[]>) : undefined
  const base = createSourceBase<ChecksReason>('scrape', resolved.clock)
  return createSource<Sample, ChecksReason>(base, (run) => {
    const scraping = startScraping(resolved, run)
    scraping.define(list ?? new Map())
    const refuse = (message: string): void => run.report('bad-definition', message)
    const changes = lists?.subscribe({
      next(next) {
        try {
          scraping.define(readTargets(next, resolved, refuse))
        } catch (error) {
          refuse(messageOf(error))
        }
      },
      error: (error: unknown) => refuse(`the stream of targets ended: ${messageOf(error)}`),
    })
    return () => {
      changes?.unsubscribe()
      scraping.stop()
    }
  })
}
