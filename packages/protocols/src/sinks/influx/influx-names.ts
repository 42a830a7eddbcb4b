import type { Series } from '@tocsin/core'

import type { Refusal } from '../destination.ts'

/** How a metric becomes a measurement and a field, and for which InfluxDB. */
export interface InfluxNaming {
  readonly version: 1 | 2
  readonly fields: 'value' | 'last-part'
}

/** What stands on each line of a series. */
export interface InfluxName {
  readonly measurement: string
  readonly field: string
  /** Up to the value: `measurement,tag=value field=`. */
  readonly head: string
  readonly bytes: number
}

/** Why a sample has no line. */
export type NoLine = Omit<Refusal, 'sample'>

export const unsupported = (message: string): NoLine => ({ reason: 'unsupported', message })

/** Of the text of lines so much is kept, UTF-16 units. */
const maxKept = 8 * 1024 * 1024

const control = /[\u0000-\u001f\u007f]/

/** What InfluxDB keeps for itself: a point with such a tag is dropped. */
const reserved: Readonly<Record<1 | 2, readonly string[]>> = {
  1: ['time'],
  2: ['time', '_field', '_measurement'],
}

/** Finds or makes what stands on each line of a series. Memory: 16 MiB of text; with more, all is dropped and made anew. */
export function createInfluxNames(naming: InfluxNaming): (series: Series) => InfluxName | NoLine {
  const known = new Map<string, InfluxName | NoLine>()
  let kept = 0
  return (series) => {
    const found = known.get(series.key)
    if (found !== undefined) return found
    const made = nameOf(series, naming)
    const size = series.key.length + ('head' in made ? made.head.length : 0)
    if (kept + size > maxKept) {
      known.clear()
      kept = 0
    }
    known.set(series.key, made)
    kept += size
    return made
  }
}

function nameOf({ metric, tags }: Series, { version, fields }: InfluxNaming): InfluxName | NoLine {
  const [measurement, field] = fields === 'value' ? ([metric, 'value'] as const) : split(metric)
  const wrong = wrongName('the measurement', measurement) ?? wrongName('the field', field)
  if (wrong !== undefined) return wrong
  if (measurement.startsWith('#'))
    return unsupported('InfluxDB takes a line that begins with # for a comment')
  if (field === 'time') return unsupported('InfluxDB keeps the name "time" of fields for itself')
  let head = escaped(measurement, /[ ,]/g)
  for (const [category, value] of Object.entries(tags)) {
    if (value === '') return unsupported(`InfluxDB has no tags without a value, as "${category}" is`)
    if (reserved[version].includes(category))
      return unsupported(`InfluxDB keeps the tag "${category}" for itself`)
    const bad = wrongName('a tag', category) ?? wrongName('the value of a tag', value)
    if (bad !== undefined) return bad
    head += `,${escaped(category, /[ ,=]/g)}=${escaped(value, /[ ,=]/g)}`
  }
  head += ` ${escaped(field, /[ ,=]/g)}=`
  return { measurement, field, head, bytes: Buffer.byteLength(head) }
}

/** The field behind the last dot; where that would come back under another name, `value`. */
function split(metric: string): readonly [measurement: string, field: string] {
  const dot = metric.lastIndexOf('.')
  const field = metric.slice(dot + 1)
  return dot <= 0 || field === '' || field === 'value' ? [metric, 'value'] : [metric.slice(0, dot), field]
}

function wrongName(what: string, name: string): NoLine | undefined {
  if (name === '') return unsupported(`${what} has no name`)
  if (control.test(name)) return unsupported(`InfluxDB takes no control character in ${what}`)
  if (!name.isWellFormed()) return unsupported(`${what} is no Unicode`)
  // It would take the comma, space or equals sign behind it with it, and nothing can be put before it.
  return name.endsWith('\\') ? unsupported(`${what} ends with a backslash, which no line can say`) : undefined
}

const escaped = (name: string, marks: RegExp): string => name.replaceAll(marks, '\\$&')
