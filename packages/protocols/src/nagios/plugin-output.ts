import type { ParseProblem } from '../source/problem.ts'
import type { PerfdataItem } from './perfdata-item.ts'
import {
  byteText,
  type Perfdata,
  type PerfdataOptions,
  resolvePerfdataOptions,
  scanPerfdata,
} from './perfdata.ts'

/** What a plugin printed. */
export interface PluginOutput extends Perfdata {
  /** Its first line, for people. */
  readonly text: string
  /** Further lines, for people; empty where there are none. */
  readonly longText: string
}

/**
 * Reads what a plugin prints: a line for people, behind its first `|` performance data, then lines for people up to the next `|`, and
 * performance data from there to the end. Grammar: Nagios' plugin API. Bytes that are no UTF-8 are shown as `�` in texts, and are
 * problems in labels. In linear time; never throws. Memory: that of the output, which whoever reads it bounds.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`.
 *
 * @example
 * ```ts
 * import { parsePluginOutput } from '@tocsin/protocols/nagios'
 *
 * const { text, longText, items } = parsePluginOutput(
 *   'DISK OK - free space: / 3326 MB | /=2643MB;5948;5958;0;5968\n/boot 68 MB | /boot=68MB;88;93;0;98\n/home=69357MB',
 * )
 * console.log(text) // => DISK OK - free space: / 3326 MB
 * console.log(longText) // => /boot 68 MB
 * console.log(items.map(({ label, value }) => `${label} ${value}`).join(', ')) // => / 2643, /boot 68, /home 69357
 * ```
 */
export function parsePluginOutput(output: string | Uint8Array, options: PerfdataOptions = {}): PluginOutput {
  const resolved = resolvePerfdataOptions(options)
  const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : output
  const text = byteText(bytes)
  const items: PerfdataItem[] = []
  const problems: ParseProblem[] = []
  const all = { bytes, text, ...resolved }
  const lineEnd = indexOr(text, '\n', 0, text.length)
  const textEnd = indexOr(text, '|', 0, lineEnd)
  const longEnd = indexOr(text, '|', lineEnd, text.length)
  scanPerfdata(all, textEnd, lineEnd, items, problems)
  scanPerfdata(all, longEnd, text.length, items, problems)
  return {
    text: words(bytes, 0, textEnd),
    longText: words(bytes, lineEnd, longEnd),
    items,
    problems,
  }
}

function indexOr(text: string, wanted: string, from: number, end: number): number {
  const found = text.indexOf(wanted, from)
  return found < 0 || found > end ? end : found
}

const decoder = new TextDecoder('utf-8')
const words = (bytes: Uint8Array, start: number, end: number): string =>
  decoder.decode(bytes.subarray(start, end)).trim()
