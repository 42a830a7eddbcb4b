import { type Checks, type Defined, flag, maxSeriesKeyLength, resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { ParseProblem } from '../source/problem.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import { type PerfdataItem, type PerfdataText, readItem } from './perfdata-item.ts'

/** How performance data is read. */
export interface PerfdataOptions {
  /**
   * Whether `6,05` is 6.05, as plugins write it that follow the language of their machine. Where it is not, that is a problem, since it
   * may be thousands too.
   * @defaultValue false
   */
  readonly decimalComma?: boolean | undefined
  /**
   * Whether a label `disk::root` gives its `disk::` to the labels behind it that have none, as check_multi means it and Icinga 2 reads it;
   * of more than 256 characters it gives nothing.
   * @defaultValue true
   */
  readonly multiLabels?: boolean | undefined
}

/** What performance data says. */
export interface Perfdata {
  /** Its items, in order. */
  readonly items: readonly PerfdataItem[]
  /** What could not be taken; places are bytes of its UTF-8. */
  readonly problems: readonly ParseProblem[]
}

/** The defaults of {@link PerfdataOptions}. */
export const defaultPerfdataOptions: Defined<PerfdataOptions> = Object.freeze({
  decimalComma: false,
  multiLabels: true,
})

const checks: Checks<PerfdataOptions> = { decimalComma: flag, multiLabels: flag }

/** The options, checked. */
export const resolvePerfdataOptions = (options: PerfdataOptions): Defined<PerfdataOptions> =>
  resolveOptions<Defined<PerfdataOptions>>(defaultPerfdataOptions, options, checks, badOption)

/**
 * Reads performance data, what stands behind the `|` of plugins: items `'label'=value[unit][;[warning][;[critical][;[min][;[max]]]]]` with
 * blanks between them. A bad item or field is a problem with its place, and nothing else is dropped for it. In linear time; never throws.
 *
 * A label in quotes holds anything, two quotes standing for one; without quotes it is all up to the `=`, blanks too, as on Windows and as
 * Icinga 2 reads it, and where several `=` stand in a row up to the last of them. Values are numbers with a decimal point and perhaps an
 * exponent. Grammar: the guidelines of the Monitoring Plugins; where they are silent, Icinga 2.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`.
 *
 * @example
 * ```ts
 * import { parsePerfdata } from '@tocsin/protocols/nagios'
 *
 * const { items, problems } = parsePerfdata("'disk used'=81%;80;90;0;100 time=0,3s load=1.5;~:4;@6:8")
 * console.log(items[0]?.label, items[0]?.value, items[0]?.warning) // => disk used 81 { start: 0, end: 80, inside: false }
 * console.log(items[1]?.warning, items[1]?.critical) // => { end: 4, inside: false } { start: 6, end: 8, inside: true }
 * console.log(problems[0]?.reason, problems[0]?.start) // => bad-value 28
 * ```
 */
export function parsePerfdata(input: string | Uint8Array, options: PerfdataOptions = {}): Perfdata {
  const resolved = resolvePerfdataOptions(options)
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input
  const items: PerfdataItem[] = []
  const problems: ParseProblem[] = []
  const all = { bytes, text: byteText(bytes), ...resolved }
  scanPerfdata(all, 0, bytes.length, items, problems)
  return { items, problems }
}

// One character for each byte, so that places are the same.
const byteDecoder = new TextDecoder('latin1')
/** The bytes as a text of the same length. */
export const byteText = (bytes: Uint8Array): string => byteDecoder.decode(bytes)

/** Each item may get it: more would make a thousand times the bytes of what a plugin printed. */
const maxPrefixLength = 256

const blank = /[ \t-\r]/
const isSeparator = (character: string | undefined): boolean =>
  character !== undefined && (character === '|' || blank.test(character))

/** Reads the items in a part of a text. */
export function scanPerfdata(
  { multiLabels, ...all }: PerfdataText & Defined<PerfdataOptions>,
  from: number,
  end: number,
  items: PerfdataItem[],
  problems: ParseProblem[],
): void {
  const { bytes } = all
  const text = all.text.slice(0, end)
  let prefix = ''
  let at = from
  // Where one search has found no closing quote, no later one does.
  let isClosable = true
  const closingQuote = (start: number): number => {
    for (let found = start - 1; isClosable;) {
      found = text.indexOf("'=", found + 1)
      if (found < 0) break
      let quotes = 1
      while (found - quotes >= start && text[found - quotes] === "'") quotes += 1
      // Of an even number each two stand for one.
      if (quotes % 2 === 1) return found
    }
    isClosable = false
    return -1
  }
  // Where the next one is, is asked again and again.
  let knownEquals = from - 1
  const nextEquals = (start: number): number => {
    if (knownEquals < start && knownEquals !== end) {
      const found = text.indexOf('=', start)
      knownEquals = found < 0 ? end : found
    }
    return knownEquals === end ? -1 : knownEquals
  }
  const malformed = (message: string, start: number, stop: number): void => {
    let last = stop
    while (last > start && isSeparator(text[last - 1])) last -= 1
    problems.push({ reason: 'malformed', message, start, end: last })
  }
  const take = (label: string | undefined, start: number, equals: number, stop: number): void => {
    if (label === undefined) {
      problems.push({ reason: 'not-utf8', message: 'labels are UTF-8', start, end: stop })
      return
    }
    if (label === '' || label.length > maxSeriesKeyLength) {
      const message = `an item has a label, of at most ${maxSeriesKeyLength} characters`
      problems.push({ reason: 'bad-name', message, start, end: stop })
      return
    }
    const colons = multiLabels ? label.lastIndexOf('::') : -1
    if (colons >= 0) prefix = colons + 2 > maxPrefixLength ? '' : label.slice(0, colons + 2)
    const whole = colons < 0 ? prefix + label : label
    const item = readItem(all, whole, start, equals + 1, stop, (problem) => problems.push(problem))
    if (item !== undefined) items.push(item)
  }

  for (;;) {
    while (at < end && isSeparator(text[at])) at += 1
    if (at >= end) return
    const start = at
    const close = text[at] === "'" ? closingQuote(at + 1) : -1
    let equals = close < 0 ? nextEquals(at) : close + 1
    if (equals < 0) {
      malformed('an item is label=value', start, end)
      return
    }
    if (close < 0) {
      // What stands before a bar, or a label in quotes, is no part of a label.
      const next = foreignEnd(text, start, equals)
      if (next > start && (text[next] === '|' || closingQuote(next + 1) >= 0)) {
        malformed('an item is label=value', start, next)
        at = next
        continue
      }
    }
    at = equals + 1
    while (at < end && !isSeparator(text[at])) at += 1
    if (close >= 0) {
      take(decodeUtf8(bytes, start + 1, close)?.replaceAll("''", "'"), start, equals, at)
    } else if (text[start] === "'") {
      malformed('a label that starts with a quote ends with one before its =', start, at)
    } else {
      equals = text.lastIndexOf('=', at - 1)
      let labelEnd = equals
      while (labelEnd > start && isSeparator(text[labelEnd - 1])) labelEnd -= 1
      take(decodeUtf8(bytes, start, labelEnd), start, equals, at)
    }
  }
}

/** Where, in what would be a label without quotes, another item may start; `start` where nowhere. */
function foreignEnd(text: string, start: number, equals: number): number {
  for (let at = start + 1; at < equals; at += 1) {
    if (text[at] === '|') return at
    if (text[at] === "'" && isSeparator(text[at - 1])) return at
  }
  return start
}
