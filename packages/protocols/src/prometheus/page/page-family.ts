import type { Sample } from '@tocsin/core'

import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricMetadata } from '../metric-metadata.ts'
import { headerText } from '../writer/names.ts'
import { valueText } from '../writer/numbers.ts'
import { metadataText } from '../writer/metadata-text.ts'
import { createCounterValue, createGaugeValue, createHistogramValue, type PageValue } from './page-value.ts'
import type { ResolvedPage } from './page-options.ts'

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
  /** Its lines, while its value stays. */
  lines: string | undefined
}

/** Series of one name and type. */
export interface PageFamily {
  readonly metadata: MetricMetadata & { readonly type: PageType }
  readonly entries: Map<string, PageEntry>
  /** Its lines, while no value of it changes. */
  readonly texts: Map<ExpositionFormat, string>
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
    default:
      return undefined
  }
}

/** A value of a type. */
export function createValue(type: PageType, { buckets, histograms }: ResolvedPage): PageValue {
  if (type === 'gauge') return createGaugeValue()
  return type === 'counter' ? createCounterValue() : createHistogramValue(buckets, histograms === 'latest')
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

/** The lines of a family. In 0.0.4 a counter is called as its samples are. */
export function familyLines(
  family: PageFamily,
  format: ExpositionFormat,
  buckets: readonly number[],
): string {
  const known = family.texts.get(format)
  if (known !== undefined) return known
  const { name, type } = family.metadata
  const isTotal = type === 'counter' && format === 'prometheus'
  let text = metadataText({ ...family.metadata, name: isTotal ? `${name}_total` : name }, format)
  for (const entry of family.entries.values()) text += entry.lines ??= linesOf(entry, buckets)
  family.texts.set(format, text)
  return text
}

function linesOf(entry: PageEntry, buckets: readonly number[]): string {
  const prefixes = (entry.prefixes ??= prefixesOf(entry, buckets))
  const texts = entry.value.texts()
  let lines = ''
  for (let at = 0; at < texts.length; at += 1) lines += `${prefixes[at] ?? ''}${texts[at] ?? ''}\n`
  return lines
}

function prefixesOf({ family, labels }: PageEntry, buckets: readonly number[]): readonly string[] {
  const { name, type } = family.metadata
  if (type === 'gauge') return [`${headerText(name, labels)} `]
  if (type === 'counter') return [`${headerText(`${name}_total`, labels)} `]
  const bounds = [...buckets.map((bound) => valueText(bound)), '+Inf']
  return [
    ...bounds.map((bound) => `${headerText(`${name}_bucket`, [...labels, `le="${bound}"`])} `),
    `${headerText(`${name}_count`, labels)} `,
    `${headerText(`${name}_sum`, labels)} `,
  ]
}
