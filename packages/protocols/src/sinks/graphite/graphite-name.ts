import type { Series } from '@tocsin/core'

import type { Refusal } from '../destination.ts'

/** How tags are written, and what becomes of what no name may hold. */
export interface GraphiteNaming {
  readonly naming: 'tagged' | 'dotted'
  readonly names: 'replace' | 'refuse'
}

/** The name of a series as Graphite has it, or why it has none. */
export type GraphiteName = string | Omit<Refusal, 'sample'>

// What Python's split() takes for blanks, and control characters.
const blanks = String.raw`\s\u0000-\u001f\u007f\u0085`
// Of names also what separates files, and what stands for something else where Graphite is asked.
const unfitInNames = new RegExp(String.raw`[${blanks};/\\(){}[\],'"|*?]`, 'g')
const unfitInCategories = new RegExp(`[${blanks};!^=]`, 'g')
// What begins with ~ is none; what ends in "} would be read as the other form of tags.
const unfitInValues = new RegExp(String.raw`[${blanks};]|^~|"\}$`, 'g')
/** A part of a name without tags is a folder, and the last one a file with `.wsp` behind it. */
const maxPartBytes = 251
/** Nearly the longest path of Linux, and below the longest line of any receiver. */
const maxNameBytes = 4000

/** The name of a series. What it holds is replaced where it must be, if that is allowed. */
export function graphiteName(series: Series, { naming, names }: GraphiteNaming): GraphiteName {
  let isChanged = false
  const fit = (text: string, unfit: RegExp): string => {
    const fitting = text.replaceAll(unfit, '_')
    if (fitting !== text) isChanged = true
    return fitting
  }
  const metric = fit(series.metric, unfitInNames)
  const tags = new Map<string, string>()
  for (const category of Object.keys(series.tags).sort()) {
    const value = series.tags[category] ?? ''
    if (value === '') {
      isChanged = true
      continue
    }
    // Graphite's own tag for the name without tags.
    const isReserved = naming === 'tagged' && category === 'name'
    if (isReserved) isChanged = true
    const fitting = isReserved
      ? '_name'
      : fit(category, naming === 'tagged' ? unfitInCategories : unfitInNames)
    if (tags.has(fitting)) return refused(series, `two of its tags would be "${fitting}"`)
    tags.set(fitting, fit(value, naming === 'tagged' ? unfitInValues : unfitInNames))
  }
  const isTagged = naming === 'tagged' && tags.size > 0
  const name = isTagged
    ? tagged(fit(metric, /^~/g), tags)
    : parted(dotted(metric, tags), () => (isChanged = true))
  if (isChanged && names === 'refuse')
    return refused(series, 'it holds something that would have to be replaced; option names: "replace" does')
  const isLong = Buffer.byteLength(name) > maxNameBytes
  if (isLong || (!isTagged && name.split('.').some((part) => Buffer.byteLength(part) > maxPartBytes)))
    return refused(
      series,
      `a name has at most ${maxNameBytes} bytes, and ${maxPartBytes} from dot to dot`,
      'too-large',
    )
  return name
}

const tagged = (metric: string, tags: ReadonlyMap<string, string>): string =>
  [metric, ...Array.from(tags, ([category, value]) => `${category}=${value}`)].join(';')

const dotted = (metric: string, tags: ReadonlyMap<string, string>): string =>
  [
    metric,
    ...Array.from(tags)
      .flat()
      .map((part) => part.replaceAll('.', '_')),
  ].join('.')

/** Without parts that are empty: a..b and a.b would be the same file. */
function parted(name: string, changed: () => void): string {
  if (!/^\.|\.\.|\.$/.test(name)) return name
  changed()
  return name
    .split('.')
    .map((part) => (part === '' ? '_' : part))
    .join('.')
}

const refused = (
  { key }: Series,
  why: string,
  reason: Refusal['reason'] = 'unsupported',
): Omit<Refusal, 'sample'> => ({
  reason,
  message: `"${key.length > 200 ? `${key.slice(0, 200)}…` : key}" can be no name in Graphite: ${why}`,
})
