import type { Series } from '@tocsin/core'

import type { Refusal } from '../destination.ts'

/**
 * What becomes of names with more than letters, digits and `_`, which Prometheus has known from 3.0 on: they are refused, get `_` instead,
 * or are sent as they are.
 */
export type LabelNames = 'refuse' | 'underscored' | 'utf8'

/** The labels of a series as a request has them. */
export interface SeriesLabels {
  /** Messages `Label` with their tags, sorted by name. */
  readonly bytes: Uint8Array
  /** The same for the same labels, whichever series they are of. */
  readonly key: string
}

/** The labels of a series, or why it has none. */
export type FindLabels = (series: Series) => SeriesLabels | Omit<Refusal, 'sample'>

const plainMetric = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const plainLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/

const underscored = (name: string, others: RegExp): string => {
  const plain = name.replaceAll(others, '_')
  return /^[0-9]/.test(plain) ? `_${plain}` : plain
}

const refused = (message: string): Omit<Refusal, 'sample'> => ({ reason: 'unsupported', message })

/** Makes labels of series, each once. Memory: that of the labels of the series that somebody holds. */
export function createSeriesLabels(names: LabelNames): FindLabels {
  const known = new WeakMap<Series, SeriesLabels | Omit<Refusal, 'sample'>>()
  return (series) => {
    let found = known.get(series)
    if (found === undefined) known.set(series, (found = labelsOf(series, names)))
    return found
  }
}

function labelsOf({ metric, tags }: Series, names: LabelNames): SeriesLabels | Omit<Refusal, 'sample'> {
  const labels = new Map([
    ['__name__', names === 'underscored' ? underscored(metric, /[^a-zA-Z0-9_:]/gu) : metric],
  ])
  if (names === 'refuse' && !plainMetric.test(metric))
    return refused(`metric "${metric}" has more than letters, digits, _ and :${way}`)
  for (const [category, value] of Object.entries(tags)) {
    // Prometheus takes a label without value for one that is not there.
    if (value === '') continue
    const name = names === 'underscored' ? underscored(category, /[^a-zA-Z0-9_]/gu) : category
    if (names === 'refuse' && !plainLabel.test(name))
      return refused(`tag "${category}" has more than letters, digits and _${way}`)
    if (labels.has(name)) return refused(`two of the labels of ${metric} would be "${name}"`)
    labels.set(name, value)
  }
  const sorted = [...labels]
    .map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const)
    .sort(([one], [other]) => Buffer.compare(one, other))
  const bytes = Buffer.concat(
    sorted.map(([name, value]) => field(0x0a, Buffer.concat([field(0x0a, name), field(0x12, value)]))),
  )
  return { bytes, key: bytes.toString('latin1') }
}

const way = '; rename it in front of the sink, or see option "names"'

function field(tag: number, bytes: Uint8Array): Buffer {
  const head = [tag]
  let rest = bytes.length
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([...head, rest]), bytes])
}
