import { seriesOfPairs, type Series } from '@tocsin/core'

import { createHeader, readWhole } from '../wire/header.ts'
import type { HeaderFault } from '../wire/header-series.ts'
import { ProtobufCursor, wireTypes } from '../wire/binary/protobuf-cursor.ts'
import { mayRepeat, type Tag } from '../wire/repeated-tags.ts'
import { createSeriesCache } from '../wire/series-cache.ts'
import { createLabelTexts, type ReadText } from './label-texts.ts'
import { type NamePart, partOf } from './metric-types.ts'

/** A series, and what its name says of its kind. */
export interface LabelledSeries {
  readonly series: Series
  /** The metric, as it was sent. */
  readonly name: string
  readonly part: NamePart
  /** Whether it has a label `le`. */
  readonly hasBound: boolean
  /** The kind, and the version of the metadata that it is of. */
  kind: 'gauge' | 'counter'
  version: number
}

/** Series by their labels: messages `Label` with their tags. */
export interface LabelSeries {
  /** That of the labels which are these bytes. */
  find(bytes: Uint8Array, view: DataView, start: number, end: number): LabelledSeries | HeaderFault
  /** The one that came last time behind the one before, where its labels stand at `start` with this byte behind them. */
  follow(view: DataView, start: number, behind: number): LabelledSeries | HeaderFault | undefined
  /** Where the labels end that `follow` found. */
  readonly followedEnd: number
}

/** What could not be a series, whose name has at most 4095 characters, is not looked at: bytes of its labels. */
export const maxLabelBytes: number = 16 * 1024

const fault = (message: string): HeaderFault => ({ reason: 'bad-name', message })

const notUtf8: HeaderFault = { reason: 'not-utf8', message: 'names and values of labels are UTF-8' }
const broken: HeaderFault = { reason: 'malformed', message: 'a label is no message of protobuf' }
const noName = fault('a series has a label __name__')
const empty = fault('names and values of labels are not empty')
const repeated = fault('a series has each label once')
const unsorted = fault(
  'labels are sorted by their names; unsorted ones are taken with option "unsortedLabels" (vmagent sorts them with -sortLabels)',
)
export const tooLong: HeaderFault = fault(`the labels of a series have at most ${maxLabelBytes} bytes`)

/** Looks series up by the bytes of their labels, and remembers what they are, also that they are wrong. */
export function createLabelSeries(maxNameBytes: number, takesUnsorted: boolean): LabelSeries {
  const cache = createSeriesCache<LabelledSeries | HeaderFault>(maxNameBytes)
  const header = createHeader()
  const labels = new ProtobufCursor()
  const parts = new ProtobufCursor()
  const readText = createLabelTexts()
  return {
    find(bytes, view, start, end) {
      if (end - start > maxLabelBytes) return tooLong
      readWhole(header, bytes, view, start, end)
      const known = cache.find(header)
      if (known !== undefined) return known
      const found = readLabels(labels, parts, readText, bytes, start, end, takesUnsorted)
      cache.store(header, found)
      labels.close()
      parts.close()
      return found
    },
    follow: (view, start, behind) => cache.follow(view, start, behind),
    get followedEnd() {
      return cache.followedEnd
    },
  }
}

function readLabels(
  labels: ProtobufCursor,
  parts: ProtobufCursor,
  readText: ReadText,
  bytes: Uint8Array,
  start: number,
  end: number,
  takesUnsorted: boolean,
): LabelledSeries | HeaderFault {
  const tags: Tag[] = []
  let name: string | undefined
  let isSorted = true
  let beforeStart = 0
  let beforeEnd = 0
  labels.open(bytes, start, end)
  while (labels.next()) {
    parts.open(bytes, labels.start, labels.end)
    let nameStart = 0
    let nameEnd = 0
    let valueStart = 0
    let valueEnd = 0
    while (parts.next()) {
      if (parts.field > 2) continue
      if (parts.wireType !== wireTypes.bytes) return broken
      if (parts.field === 1) {
        nameStart = parts.start
        nameEnd = parts.end
      } else {
        valueStart = parts.start
        valueEnd = parts.end
      }
    }
    if (parts.isBroken) return broken
    const label = readText(bytes, nameStart, nameEnd)
    const value = readText(bytes, valueStart, valueEnd)
    if (label === undefined || value === undefined) return notUtf8
    if (label === '' || value === '') return empty
    // Sorted by bytes, as Go compares texts, which is not the order of JavaScript.
    if (isAfter(bytes, beforeStart, beforeEnd, nameStart, nameEnd)) isSorted = false
    beforeStart = nameStart
    beforeEnd = nameEnd
    if (label !== '__name__') tags.push([label, value])
    else if (name === undefined) name = value
    else return repeated
  }
  if (name === undefined) return noName
  if (mayRepeat(tags) && new Set(tags.map(([label]) => label)).size < tags.length) return repeated
  if (!isSorted && !takesUnsorted) return unsorted
  const built = seriesOfPairs(name, tags)
  if (!built.ok) return fault(built.message)
  const hasBound = tags.some(([label]) => label === 'le')
  return { series: built.value, name, part: partOf(name), hasBound, kind: 'gauge', version: -1 }
}

/** Whether the bytes of one text come behind those of another. */
function isAfter(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  const both = Math.min(end - start, otherEnd - otherStart)
  for (let at = 0; at < both; at += 1) {
    const difference = (bytes[start + at] ?? 0) - (bytes[otherStart + at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return end - start > otherEnd - otherStart
}
