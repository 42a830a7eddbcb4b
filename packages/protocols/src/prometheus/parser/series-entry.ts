import { seriesOfPairs, type Series, type Tags } from '@tocsin/core'

import { type Header, readName } from '../../wire/header.ts'
import type { SeriesCache } from '../../wire/series-cache.ts'
import { decodeUtf8 } from '../../wire/utf8.ts'
import type { ProblemReason } from '../../source/problem.ts'
import type { MetricType } from '../metric-metadata.ts'
import { plainHeader, readHeaderText } from './header-text.ts'
import type { MetadataLine } from './metadata-line.ts'
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
  /** The same series as most write it, which keeps `seenIn` for all that write it otherwise: itself where it is that. */
  plain: SeriesEntry
  /** How that is written, where it is written otherwise here. */
  readonly plainText: string | undefined
}

const nowhere: Series = Object.freeze({ key: '', metric: '', tags: Object.freeze({}) })

function entryOf(name: string, series: Series, fault?: SeriesFault, plainText?: string): SeriesEntry {
  const entry: Omit<SeriesEntry, 'plain'> & { plain?: SeriesEntry | undefined } = {
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
    plain: undefined,
    plainText,
  }
  entry.plain = entry as SeriesEntry
  return entry as SeriesEntry
}

const faultyEntry = (reason: ProblemReason, message: string, isWhole: boolean): SeriesEntry =>
  entryOf('', nowhere, { reason, message, isWhole })

const notUtf8 = faultyEntry('not-utf8', 'names and labels are UTF-8', true)

const noByte = -1

/** The entry of a header, from the cache where it came before. Whoever writes a series otherwise shares with all what was seen of it. */
export function findSeriesEntry(
  cache: SeriesCache<SeriesEntry | MetadataLine>,
  header: Header,
  bytes: Uint8Array,
  start: number,
  end: number,
  isStrict: boolean,
  maxLabels: number,
): SeriesEntry {
  readName(header, bytes, start, end, noByte, noByte)
  const known = cache.find(header)
  if (known?.says === 'sample') return known
  const entry = readSeriesEntry(bytes, header, isStrict, maxLabels)
  cache.store(header, entry)
  if (entry.plainText === undefined) return entry
  const plainBytes = Buffer.from(entry.plainText)
  readName(header, plainBytes, 0, plainBytes.length, noByte, noByte)
  let plain = cache.find(header)
  if (plain?.says !== 'sample') {
    plain = entryOf(entry.series.metric, entry.series)
    cache.store(header, plain)
  }
  entry.plain = plain
  return entry
}

/** Reads the header that stands in the bytes; a fault is remembered too, since it comes with every exposition. */
function readSeriesEntry(
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
  if (!series.ok) return faultyEntry('bad-name', series.message, false)
  const { metric, tags } = series.value
  const isPlain = metric === name && isPlainText(text, name, labels, tags)
  const plainText = isPlain ? undefined : plainHeader(metric, Object.entries(tags))
  return entryOf(name, series.value, undefined, plainText === text ? undefined : plainText)
}

/** Whether it is written as most do: told by its length, since blanks, and quotes around names, make it longer. */
function isPlainText(
  text: string,
  name: string,
  labels: readonly (readonly [name: string, value: string])[],
  tags: Tags,
): boolean {
  let length = name.length + (labels.length === 0 ? 0 : labels.length + 1)
  let before = ''
  for (const [label, value] of labels) {
    // An empty one is no tag.
    if (label <= before || tags[label] !== value) return false
    before = label
    length += label.length + value.length + 3
  }
  return text.length === length && !text.includes('\\')
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
