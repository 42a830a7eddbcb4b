/**
 * Prometheus' text format 0.0.4 and OpenMetrics 1.0: parser, writer, a page to be scraped, and scraping.
 *
 * @module
 */
export { formatOfContentType } from './exposition-format.ts'
export { defaultExposeOptions, expose } from './page/expose.ts'
export { parsePrometheus } from './parse-prometheus.ts'
export { defaultPrometheusParserOptions } from './parser/prometheus-options.ts'
export { createPrometheusParser } from './parser/prometheus-parser.ts'
export { scrape } from './scrape/scrape.ts'
export { defaultScrapeOptions } from './scrape/scrape-options.ts'
export {
  defaultWriteExpositionOptions,
  writeOpenMetrics,
  writePrometheus,
} from './writer/write-exposition.ts'

export type { ExpositionFormat } from './exposition-format.ts'
export type { MetricMetadata, MetricType } from './metric-metadata.ts'
export type { ExposeOptions, Exposure } from './page/expose.ts'
export type { PageOptions, ResolvedPage } from './page/page-options.ts'
export type { PageStats } from './page/page-table.ts'
export type { Exemplar } from './parser/exemplar.ts'
export type { ParsedExposition, ParsePrometheusOptions } from './parse-prometheus.ts'
export type { PrometheusParserOptions, ResolvedPrometheusParser } from './parser/prometheus-options.ts'
export type { PrometheusOutcome, PrometheusParser } from './parser/prometheus-parser.ts'
export type { ChecksReason } from '../checks/checks.ts'
export type { ScrapeDefaults, ScrapeOptions } from './scrape/scrape-options.ts'
export type { ScrapeTarget } from './scrape/scrape-target.ts'
export type { NameStyle } from './writer/names.ts'
export type { WriteExpositionOptions, WrittenExposition } from './writer/write-exposition.ts'
