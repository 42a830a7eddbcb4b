import type { Sample, Series } from '@tocsin/core'

import type { ProblemReason } from '../../source/problem.ts'
import type { ExpositionFormat } from '../exposition-format.ts'
import { headerText, labelTexts, totalFamily, underscored } from '../writer/names.ts'
import { familyText, namesOf, typeOf, type PageEntry, type PageFamily, type PageType } from './page-family.ts'
import type { ResolvedPage } from './page-options.ts'
import { createValue, late } from './page-value.ts'

/** What a page shows, and what it did not. */
export interface PageStats {
  /** Series that are shown. */
  readonly series: number
  /** Their bytes of memory, reckoned. */
  readonly bytes: number
  /** Series that were silent for too long. */
  readonly expired: number
  /** Samples of series for which there was no room. */
  readonly overflow: number
  /** Samples that no page shows: texts, states in words, members of sets. */
  readonly leftOut: number
  /** Samples that are older than what is shown. */
  readonly late: number
  /** Samples that do not fit what is shown, each a problem. */
  readonly refused: number
}

/** Why a sample is not shown. */
interface PageFault {
  readonly reason: ProblemReason
  readonly message: string
}

/** The last value of each series, and the text of them. */
export interface PageTable {
  readonly stats: PageStats
  take(sample: Sample, now: number): PageFault | undefined
  render(format: ExpositionFormat, now: number): string
  /** Rises with each change of what is shown. */
  readonly version: number
  clear(): void
}

/** What an entry takes beside its texts, bytes; and how many copies there are of its name and labels. */
const bytesPerEntry = 700
const copiesOfName = 8

/** A table without series. Pure: time comes in. */
export function createPageTable(options: ResolvedPage): PageTable {
  const { expireAfterMs, maxBytes, buckets, histograms } = options
  const told = new Map(options.metadata.map((one) => [one.name, one]))
  const entries = new Map<string, PageEntry>()
  const families = new Map<string, PageFamily>()
  const names = new Set<string>()
  const stats = { series: 0, bytes: 0, expired: 0, overflow: 0, leftOut: 0, late: 0, refused: 0 }
  let version = 0
  /** No series has been silent since before. */
  let earliest = Infinity

  function changed(entry: PageEntry): void {
    version += 1
    entry.lines = undefined
    entry.family.lines = undefined
  }

  function remove(entry: PageEntry): void {
    const { family, key, identity, bytes } = entry
    changed(entry)
    entries.delete(key)
    family.entries.delete(identity)
    stats.series -= 1
    stats.bytes -= bytes
    if (family.entries.size > 0) return
    const { name, type } = family.metadata
    families.delete(name)
    for (const one of namesOf(name, type)) names.delete(one)
  }

  function expire(now: number): void {
    if (now - earliest <= expireAfterMs) return
    earliest = Infinity
    for (const entry of entries.values()) {
      if (now - entry.touchedAt > expireAfterMs) {
        stats.expired += 1
        remove(entry)
      } else earliest = Math.min(earliest, entry.touchedAt)
    }
  }

  function familyOf(metric: string, type: PageType): PageFamily | PageFault {
    const plain = underscored(metric)
    const name = type === 'counter' ? totalFamily(plain) : plain
    const there = families.get(name)
    if (there?.metadata.type === type) return there
    const own = namesOf(name, type)
    const clash = own.find((one) => names.has(one))
    if (clash !== undefined) {
      const message = `${clash} is the name of another type on the page, so ${name} cannot be shown as ${type}`
      return { reason: 'unsupported', message }
    }
    const { help = metric, unit } = told.get(metric) ?? told.get(plain) ?? told.get(name) ?? {}
    const metadata = { name, type, help, ...(unit !== undefined && { unit }) }
    return { metadata, entries: new Map(), lines: undefined }
  }

  function overflow(now: number): PageFault {
    stats.overflow += 1
    // What is over makes room, and is looked for once in a while only.
    expire(now)
    return { reason: 'too-many-series', message: `the series of the page have at most ${maxBytes} bytes` }
  }

  function enter(series: Series, type: PageType, now: number): PageEntry | PageFault {
    const labels = labelTexts(series.tags, 'underscored', type === 'histogram' ? ['le'] : [])
    if (labels === undefined)
      return {
        reason: 'bad-name',
        message: 'two tags of the series have one name on the page, or a reserved one',
      }
    const family = familyOf(series.metric, type)
    if ('reason' in family) return family
    const { name } = family.metadata
    const identity = headerText(name, labels.toSorted())
    if (family.entries.has(identity))
      return { reason: 'repeated', message: `another series is ${identity} on the page` }
    const lines = type === 'histogram' ? buckets.length + 3 : 1
    const bytes = bytesPerEntry + copiesOfName * (series.key.length + lines * (identity.length + 16))
    if (stats.bytes + bytes > maxBytes) return overflow(now)
    if (family.entries.size === 0) {
      families.set(name, family)
      for (const one of namesOf(name, type)) names.add(one)
    }
    const entry: PageEntry = {
      key: series.key,
      family,
      identity,
      labels,
      bytes,
      touchedAt: now,
      value: createValue(type, buckets, histograms === 'latest'),
      prefixes: undefined,
      lines: undefined,
    }
    entries.set(series.key, entry)
    family.entries.set(identity, entry)
    stats.series += 1
    stats.bytes += bytes
    return entry
  }

  const refuse = (fault: PageFault): PageFault => {
    if (fault.reason !== 'too-many-series') stats.refused += 1
    return fault
  }

  return {
    stats,
    get version() {
      return version
    },
    take(sample, now) {
      const known = entries.get(sample.series.key)
      if (sample.kind === 'stale') {
        if (known !== undefined) remove(known)
        return undefined
      }
      const type = typeOf(sample)
      if (type === undefined) {
        stats.leftOut += 1
        return undefined
      }
      const isOther = known !== undefined && known.family.metadata.type !== type
      if (isOther)
        return refuse({
          reason: 'unsupported',
          message: `the series is a ${known.family.metadata.type} on the page, and this sample a ${type}`,
        })
      const entry = known ?? enter(sample.series, type, now)
      if ('reason' in entry) return refuse(entry)
      const fault = entry.value.take(sample)
      if (fault === late) {
        stats.late += 1
        return undefined
      }
      if (fault !== undefined) return refuse({ reason: 'bad-value', message: fault })
      entry.touchedAt = now
      earliest = Math.min(earliest, now)
      changed(entry)
      return undefined
    },
    render(format, now) {
      expire(now)
      let text = ''
      for (const family of families.values()) text += familyText(family, format, buckets)
      return format === 'openmetrics' ? `${text}# EOF\n` : text
    },
    clear() {
      for (const entry of entries.values()) remove(entry)
      earliest = Infinity
    },
  }
}
