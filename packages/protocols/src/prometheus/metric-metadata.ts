/** What a family of metrics is, as its `# TYPE` says; `unknown` is `untyped` in format 0.0.4. */
export type MetricType =
  'counter' | 'gauge' | 'histogram' | 'gaugehistogram' | 'summary' | 'info' | 'stateset' | 'unknown'

/** What an exposition says of a family of metrics. */
export interface MetricMetadata {
  /** The family: the name of its samples without `_total`, `_bucket` and the like. */
  readonly name: string
  /** What it is. */
  readonly type: MetricType
  /** What it means, for people. */
  readonly help?: string
  /** Its unit, a suffix of the name. OpenMetrics only. */
  readonly unit?: string
}
