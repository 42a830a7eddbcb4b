import { seriesOfPairs, type Series } from '@tocsin/core'

import type { Header } from '../../wire/header.ts'
import { decodeUtf8 } from '../../wire/utf8.ts'
import type { ProblemReason } from '../../source/problem.ts'
import type { MetricType } from '../metric-metadata.ts'
import { readHeaderText } from './header-text.ts'
import { numberOfLabel } from './metric-value.ts'
import { ownLabel, type SampleRole, plainRole } from './sample-role.ts'

/** Why a sample is not taken, and whether with it nothing of the exposition is. */
interface SeriesFault {
  readonly reason: ProblemReason
  readonly message: string
  readonly isWhole: boolean
}

/** What is remembered of a header: its series, and what it was in the family that it came in last. */
export interface SeriesEntry {
  /** What tells it from metadata. */
  readonly says: 'sample'
  readonly fault: SeriesFault | undefined
  readonly series: Series
  readonly name: string
  /** The family and its type that the rest is of. */
  family: string
  type: MetricType
  role: SampleRole
  /** What samples that belong together have in common, once `groupOf` was asked. */
  group: string | undefined
  /** Of the label that tells them apart, `undefined` where it is missing; and the number that it is, NaN where it is none. */
  own: string | undefined
  ownNumber: number
  /** The number of the exposition in which it came last without a time. */
  seenIn: number
}

const nowhere: Series = Object.freeze({ key: '', metric: '', tags: Object.freeze({}) })

const entryOf = (name: string, series: Series, fault?: SeriesFault): SeriesEntry => ({
  says: 'sample',
  fault,
  series,
  name,
  family: '',
  type: 'unknown',
  role: plainRole,
  group: undefined,
  own: undefined,
  ownNumber: Number.NaN,
  seenIn: 0,
})

const faultyEntry = (reason: ProblemReason, message: string, isWhole: boolean): SeriesEntry =>
  entryOf('', nowhere, { reason, message, isWhole })

const notUtf8 = faultyEntry('not-utf8', 'names and labels are UTF-8', true)

/** Reads the header that stands in the bytes; a fault is remembered too, since it comes with every exposition. */
export function readSeriesEntry(
  bytes: Uint8Array,
  { nameStart, nameEnd }: Header,
  isStrict: boolean,
  maxLabels: number,
): SeriesEntry {
  const text = decodeUtf8(bytes, nameStart, nameEnd)
  if (text === undefined) return notUtf8
  const read = readHeaderText(text, isStrict)
  if (typeof read === 'string') return faultyEntry('malformed', read, true)
  const { name, labels } = read
  if (name === undefined) return faultyEntry('bad-name', 'a sample has the name of a metric', true)
  if (labels.length > maxLabels)
    return faultyEntry('bad-name', `a series has at most ${maxLabels} labels`, false)
  // A label without a value is as one that is not there.
  const filled = labels.some(([, value]) => value === '')
    ? labels.filter(([, value]) => value !== '')
    : labels
  const series = seriesOfPairs(name, filled)
  return series.ok ? entryOf(name, series.value) : faultyEntry('bad-name', series.message, false)
}

/** Remembers what an entry is in a family. */
export function bindEntry(entry: SeriesEntry, family: string, type: MetricType, role: SampleRole): void {
  entry.family = family
  entry.type = type
  entry.role = role
  entry.group = undefined
  const own = ownLabel(type, family)
  entry.own = own === undefined ? undefined : entry.series.tags[own]
  entry.ownNumber = entry.own === undefined ? Number.NaN : numberOfLabel(entry.own)
}

/** What samples that belong together have in common: the labels but for the one that tells them apart. All infos of a name do. */
export const groupOf = (entry: SeriesEntry): string => (entry.group ??= readGroup(entry))

function readGroup({ type, family, series: { key, metric, tags } }: SeriesEntry): string {
  if (type === 'info') return ''
  const own = ownLabel(type, family)
  // In a canonical name the labels are in order.
  if (own === undefined) return key.slice(metric.length)
  const labels = Object.keys(tags).filter((label) => label !== own)
  return JSON.stringify(labels.sort().map((label) => [label, tags[label]]))
}
