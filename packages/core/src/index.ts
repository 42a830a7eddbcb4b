export { isBatch, takeValues } from './batch.ts'
export { makeDurableDirectory } from './files/durable-directory.ts'
export { formatDuration, parseDuration, windowStart } from './duration.ts'
export { codeOf } from './files/error-code.ts'
export { histogramBin } from './numbers/histogram-bin.ts'
export { metric } from './metric.ts'
export { linearPattern } from './pattern/linear-pattern.ts'
export { silentLogger } from './ports/logger.ts'
export { callback, flag, oneOf, optional, port, resolveOptions, text, wholeNumber } from './options.ts'
export { createProblemReporter } from './problem.ts'
export {
  buildSeries,
  maxCategoryLength,
  maxSeriesKeyLength,
  maxTagLength,
  maxTags,
  parseSeries,
  series,
  seriesOfPairs,
} from './series.ts'
export { compileTagQuery } from './tag-query.ts'
export { maxTagQueryDepth, maxTagQueryLength, parseTagQuery } from './tag-query-parser.ts'

export type { Batch, BatchPosition } from './batch.ts'
export type { Clock } from './ports/clock.ts'
export type { Duration } from './duration.ts'
export type { FileSystem, OpenFile, OpenMode } from './ports/file-system.ts'
export type { HistogramBin } from './numbers/histogram-bin.ts'
export type { Logger } from './ports/logger.ts'
export type { Metric, MetricOptions } from './metric.ts'
export type { Check, Checks, Defined } from './options.ts'
export type { Parsed } from './parsed.ts'
export type { LinearPattern } from './pattern/linear-pattern.ts'
export type {
  Problem,
  ProblemFacts,
  ProblemListener,
  ProblemReporterOptions,
  ReportProblem,
} from './problem.ts'
export type { Histogram, Sample, SampleKind, SampleOf, SampleValues, Series, Tags } from './sample.ts'
export type { SeriesReason } from './series.ts'
export type { TagQuery, TextPattern } from './tag-query.ts'
export type { Written } from './written.ts'
