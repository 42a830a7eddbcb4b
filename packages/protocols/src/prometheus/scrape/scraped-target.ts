import { type Sample, series } from '@tocsin/core'

import type { ExpositionFormat } from '../exposition-format.ts'
import { createPrometheusParser, type PrometheusParser } from '../parser/prometheus-parser.ts'
import type { FetchedPage } from './fetch-page.ts'
import { createLiveSeries, staleSample, type TellProblem } from './live-series.ts'
import type { ResolvedScrape } from './scrape-options.ts'
import type { ReadTarget } from './scrape-target.ts'
import { createLabels } from './target-labels.ts'

/** When a scrape began, and how long it took. */
interface ScrapeTime {
  readonly time: number
  readonly seconds: number
}

/** What scrapes of one target give. */
export interface ScrapedTarget {
  /** The samples of a page, what is gone, and how the scrape went; `tell` says what is left out. */
  take(page: FetchedPage, at: ScrapeTime, tell: TellProblem): readonly Sample[]
  /** There was no page. */
  miss(at: ScrapeTime): readonly Sample[]
  /** Nobody looks any more: all that there was is gone. */
  leave(time: number): readonly Sample[]
}

/** Of each scrape, as Prometheus names them. */
const reportNames = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
]

/** More than core lets a series have: those beyond the option are counted where the labels of the target are among them. */
const maxLabelsOfPage = 256

export function createScrapedTarget(target: ReadTarget, options: ResolvedScrape): ScrapedTarget {
  const { labels, honorLabels, honorTimestamps } = target
  const { maxBodyBytes, maxSamples, histograms } = options
  const reports = reportNames.map((name) => series(name, labels))
  const live = createLiveSeries(createLabels(labels, honorLabels, options), honorTimestamps)
  let reader: { readonly format: ExpositionFormat; readonly parser: PrometheusParser } | undefined
  let hasReported = false

  function parserOf(format: ExpositionFormat): PrometheusParser {
    const limits = { maxBodyBytes, maxSamples, maxLabels: maxLabelsOfPage }
    if (reader?.format !== format)
      reader = { format, parser: createPrometheusParser({ format, histograms, ...limits }) }
    return reader.parser
  }

  /** In the order of their names. */
  function report(time: number, values: readonly number[]): Sample[] {
    hasReported = true
    return reports.map((of, at) => ({ series: of, time, value: values[at] ?? 0, kind: 'gauge' }))
  }

  function miss({ time, seconds }: ScrapeTime): readonly Sample[] {
    const samples: Sample[] = []
    live.miss(time, samples)
    return [...samples, ...report(time, [0, seconds])]
  }

  return {
    miss,
    take({ format, bytes }, at, tell) {
      const page: Sample[] = []
      let leftOut = 0
      const { failure, filtered } = parserOf(format).parse(bytes, at.time, {
        sample: (sample) => page.push(sample),
        problem({ reason, message }) {
          leftOut += 1
          tell(reason, message)
        },
      })
      const samples: Sample[] = []
      let added = page.length
      const fresh =
        failure?.message ??
        live.take(page, at.time, samples, (...problem) => {
          added -= 1
          tell(...problem)
        })
      if (typeof fresh === 'string') {
        tell('reading-failed', `its page is refused: ${fresh}`)
        return miss(at)
      }
      const scraped = page.length + filtered + leftOut
      return [...samples, ...report(at.time, [1, at.seconds, scraped, added, fresh])]
    },
    leave(time) {
      const samples: Sample[] = []
      live.miss(time, samples)
      return hasReported ? [...samples, ...reports.map((of) => staleSample(of, time))] : samples
    },
  }
}
