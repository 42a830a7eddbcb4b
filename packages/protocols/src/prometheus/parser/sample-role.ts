import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricType } from '../metric-metadata.ts'

/** What a sample is within its family. */
export interface SampleRole {
  /** Behind the name of the family. */
  readonly suffix: string
  readonly part: 'value' | 'bucket' | 'count' | 'sum' | 'quantile' | 'created' | 'info' | 'state'
  readonly kind: 'gauge' | 'counter'
}

const role = (
  suffix: string,
  part: SampleRole['part'] = 'value',
  kind: SampleRole['kind'] = 'counter',
): SampleRole => ({ suffix, part, kind })

/** The role of what has no type. */
export const plainRole: SampleRole = role('', 'value', 'gauge')
const plain = [plainRole]
const created = role('_created', 'created', 'gauge')
const quantile = role('', 'quantile', 'gauge')
const sums = [role('_count', 'count'), role('_sum', 'sum')]

type Roles = Readonly<Record<MetricType, readonly SampleRole[]>>

/** Which samples a family has. Sums and counts of a gauge histogram rise and fall. */
const roles: Readonly<Record<ExpositionFormat, Roles>> = {
  openmetrics: {
    counter: [role('_total'), created],
    gauge: plain,
    histogram: [role('_bucket', 'bucket'), ...sums, created],
    gaugehistogram: [
      role('_bucket', 'bucket', 'gauge'),
      role('_gcount', 'count', 'gauge'),
      role('_gsum', 'sum', 'gauge'),
    ],
    summary: [quantile, ...sums, created],
    info: [role('_info', 'info', 'gauge')],
    stateset: [role('', 'state', 'gauge')],
    unknown: plain,
  },
  prometheus: {
    counter: [role('')],
    gauge: plain,
    histogram: [role('_bucket', 'bucket'), ...sums],
    gaugehistogram: [],
    summary: [quantile, ...sums],
    info: [],
    stateset: [],
    unknown: plain,
  },
}

/** The roles of a type; in format 0.0.4 there are five types. */
export const rolesOf = (format: ExpositionFormat, type: MetricType): readonly SampleRole[] =>
  roles[format][type]

/** What a sample is in a family of this name and type; `undefined` where it is of another family. */
export function roleIn(
  format: ExpositionFormat,
  type: MetricType,
  family: string,
  name: string,
): SampleRole | undefined {
  if (!name.startsWith(family)) return undefined
  const suffix = name.slice(family.length)
  return roles[format][type].find((one) => one.suffix === suffix)
}

/** The suffixes by which a sample may belong to a family of another name, in format 0.0.4. */
export const familySuffixes: readonly string[] = ['_bucket', '_count', '_sum']

/** The label that tells samples of one group apart: they belong together. */
export function ownLabel(type: MetricType, family: string): string | undefined {
  switch (type) {
    case 'histogram':
    case 'gaugehistogram':
      return 'le'
    case 'summary':
      return 'quantile'
    case 'stateset':
      return family
    case 'counter':
    case 'gauge':
    case 'info':
    case 'unknown':
      return undefined
  }
}
