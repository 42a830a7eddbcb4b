import type { Sample } from '@tocsin/core'

import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricMetadata } from '../metric-metadata.ts'
import { headerText } from '../writer/names.ts'
import { valueText } from '../writer/numbers.ts'
import { metadataText } from '../writer/metadata-text.ts'
import type { PageValue } from './page-value.ts'

/** Types that a page has. */
export type PageType = 'counter' | 'gauge' | 'histogram'

/** One series on a page. */
export interface PageEntry {
  readonly key: string
  readonly family: PageFamily
  /** Name and labels as they are written: what tells it from all others on the page. */
  readonly identity: string
  readonly bytes: number
  /** When its last sample came, ms. */
  touchedAt: number
  readonly value: PageValue
  /** What stands in front of each of its values; made where it is first shown. */
  prefixes: readonly string[] | undefined
  readonly labels: readonly string[]
  /** What stands behind its prefix, or all of its lines where it has several, while its value stays. */
  lines: string | undefined
}

/** Series of one name and type. */
export interface PageFamily {
  readonly metadata: MetricMetadata & { readonly type: PageType }
  readonly entries: Map<string, PageEntry>
  /** Its lines without what is said of it, while no value changes. */
  lines: string | undefined
}

/** The type for a kind of sample; `undefined` for those that a page cannot show. */
export function typeOf({ kind, value }: Sample): PageType | undefined {
  switch (kind) {
    case 'gauge':
      return 'gauge'
    case 'state':
      return typeof value === 'number' ? 'gauge' : undefined
    case 'counter':
    case 'delta':
      return 'counter'
    case 'observation':
    case 'histogram':
      return 'histogram'
    case 'set':
    case 'stale':
    case 'text':
      return undefined
  }
}

/** The names of the samples of a family, none of which another family may have; without the suffixes a name of its own too. */
export const namesOf = (name: string, type: PageType): readonly string[] => [
  name,
  ...{
    gauge: [],
    counter: [`${name}_total`, `${name}_created`],
    histogram: [`${name}_bucket`, `${name}_count`, `${name}_sum`, `${name}_created`],
  }[type],
]

/** A family with what is said of it. In 0.0.4 a counter is called as its samples are. */
export function familyText(family: PageFamily, format: ExpositionFormat, buckets: readonly number[]): string {
  const { name, type } = family.metadata
  const isTotal = type === 'counter' && format === 'prometheus'
  const said = metadataText({ ...family.metadata, name: isTotal ? `${name}_total` : name }, format)
  return said + (family.lines ??= familyLines(family, buckets))
}

function familyLines({ entries }: PageFamily, buckets: readonly number[]): string {
  const pieces: string[] = []
  for (const entry of entries.values()) {
    const prefixes = (entry.prefixes ??= prefixesOf(entry, buckets))
    const { value } = entry
    if ('text' in value) pieces.push(prefixes[0] ?? '', (entry.lines ??= `${value.text()}\n`))
    else pieces.push((entry.lines ??= linesOf(prefixes, value.texts())))
  }
  // One text of many pieces is flat; what is put together piece by piece keeps the pieces.
  return pieces.join('')
}

const linesOf = (prefixes: readonly string[], texts: readonly string[]): string =>
  texts.map((text, at) => `${prefixes[at] ?? ''}${text}\n`).join('')

const prefix = (name: string, labels: readonly string[]): string => [headerText(name, labels), ' '].join('')

function prefixesOf({ family, labels }: PageEntry, buckets: readonly number[]): readonly string[] {
  const { name, type } = family.metadata
  if (type === 'gauge') return [prefix(name, labels)]
  if (type === 'counter') return [prefix(`${name}_total`, labels)]
  const bounds = [...buckets.map((bound) => valueText(bound)), '+Inf']
  return [
    ...bounds.map((bound) => prefix(`${name}_bucket`, [...labels, `le="${bound}"`])),
    prefix(`${name}_count`, labels),
    prefix(`${name}_sum`, labels),
  ]
}
