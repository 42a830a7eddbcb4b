import { formatDuration, parseDuration } from '../../duration.ts'
import type { Sample, SampleKind, Series } from '../../sample.ts'
import { parseSeries } from '../../series.ts'
import type { Arrival } from './play.ts'

/** What a notation says: arrivals in their order, and when its last slot is. */
export interface Reading {
  readonly arrivals: readonly Arrival<Sample>[]
  readonly end: number
}

const kinds: readonly string[] = [
  'gauge',
  'counter',
  'delta',
  'observation',
  'set',
  'state',
  'text',
] satisfies readonly SampleKind[]

/** Most slots of one line, and most samples of all; a slip in a repetition must not fill the memory. */
const maxSlots = 100_000
const maxSamples = 1_000_000

const notationError = (line: string, message: string): Error =>
  Object.assign(new SyntaxError(`SAMPLES_BAD_NOTATION: ${message}, in: ${line.slice(0, 200)}`), {
    code: 'SAMPLES_BAD_NOTATION',
  })

/** Reads lines of samples. */
export function readNotation(text: string, start: number): Reading {
  let room = maxSamples
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const read = readLine(line, start)
      room -= read.arrivals.length
      if (room < 0) throw notationError(line, `a text has at most ${maxSamples} samples`)
      return read
    })
  // By time; of one moment by line, and within a line in its order. The sort is stable.
  const arrivals = lines.flatMap((line) => line.arrivals).sort((a, b) => a.at - b.at)
  return { arrivals, end: lines.reduce((latest, { end }) => Math.max(latest, end), start) }
}

function readLine(line: string, start: number): Reading {
  const words = line.match(/"(?:[^"\\]|\\.)*"\S*|\S+/g) ?? []
  const [name = '', ...rest] = words
  const series = readSeries(line, name)
  const kind = kinds.includes(rest[0] ?? '') ? (rest.shift() as SampleKind) : 'gauge'
  const last = rest.pop() ?? ''
  const [, step = '', , offset = '0ms'] = /^@([^+]+)(\+(.+))?$/.exec(last) ?? []
  const stepMs = parseDuration(step)
  const offsetMs = parseDuration(offset)
  if (stepMs === undefined || offsetMs === undefined || stepMs === 0) {
    throw notationError(
      line,
      `a line ends with its step, such as @10s, or @10s+5m to begin later; got "${last}"`,
    )
  }
  const from = start + offsetMs
  const arrivals: Arrival<Sample>[] = []
  let slot = 0
  for (const word of rest) {
    const { values, slots } = readWord(line, word, maxSlots - slot)
    for (const [index, value] of values.entries()) {
      const at = from + (slot + index) * stepMs
      arrivals.push({ at, value: sampleOf(series, kind, at, value) })
    }
    slot += slots
  }
  return { arrivals, end: from + Math.max(0, slot - 1) * stepMs }
}

function readSeries(line: string, name: string): Series {
  const parsed = parseSeries(name.startsWith('"') ? quoted(line, name) : name)
  if (parsed.ok) return parsed.value
  throw notationError(line, `a line begins with a series, such as cpu|ST[host:a]: ${parsed.message}`)
}

function quoted(line: string, word: string): string {
  try {
    return String(JSON.parse(word))
  } catch {
    throw notationError(line, `${word} must be a text in double quotes, as in JSON`)
  }
}

/** One value, before it has a time. */
interface Value {
  readonly value: number | string
  readonly exact?: bigint
  readonly kind?: SampleKind
  readonly weight?: number
  /** Event time less time of arrival, ms. */
  readonly shiftMs: number
}

const number = String.raw`-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|NaN`
const valuePattern = new RegExp(
  String.raw`^(?:(?<gap>_)|(?<stale>stale)|(?<text>"(?:[^"\\]|\\.)*")|(?<number>${number}))` +
    String.raw`(?<ramp>[+-]\d+(?:\.\d+)?(?=\*))?(?:w(?<weight>\d+(?:\.\d+)?))?` +
    String.raw`(?:@(?<sign>[+-])(?<shift>\d+(?:ms|s|m|h|d)))?(?:\*(?<count>\d+))?$`,
)

/** A word of a line: a value or a gap, once or several times. */
function readWord(
  line: string,
  word: string,
  room: number,
): { readonly values: readonly Value[]; readonly slots: number } {
  const { groups } = valuePattern.exec(word) ?? {}
  const slots = Number(groups?.['count'] ?? 1)
  if (slots > room) throw notationError(line, `a line has at most ${maxSlots} slots`)
  if (groups === undefined || slots < 1) {
    throw notationError(
      line,
      `"${word}" is none of: 1, -2.5, NaN, "a text", stale, _ for nothing; 5*3 thrice, 0+10*3 for 0 10 20, 5w10 for ` +
        'a weight of 10, 5@-30s for a sample of 30 seconds before',
    )
  }
  const { gap, stale, text, number: digits = '', ramp, weight, sign, shift = '' } = groups
  if (gap !== undefined) return { values: [], slots }
  const shiftMs = (parseDuration(shift) ?? 0) * (sign === '-' ? -1 : 1)
  const rest = { shiftMs, ...(weight !== undefined && { weight: Number(weight) }) }
  const first = (): Value => {
    if (stale !== undefined) return { ...rest, value: NaN, kind: 'stale' }
    if (text !== undefined) return { ...rest, value: quoted(line, text), kind: 'text' }
    const value = Number(digits)
    const isExact = ramp === undefined && /^-?\d+$/.test(digits) && !Number.isSafeInteger(value)
    return { ...rest, value, ...(isExact && { exact: BigInt(digits) }) }
  }
  const values = Array<Value>(slots).fill(first())
  if (ramp === undefined) return { values, slots }
  return {
    values: values.map((_, index) => ({ ...rest, value: Number(digits) + index * Number(ramp) })),
    slots,
  }
}

function sampleOf(series: Series, kind: SampleKind, at: number, { shiftMs, ...value }: Value): Sample {
  const time = at + shiftMs
  // A text stays what the line says where that has texts: a set, a state.
  const isText = typeof value.value === 'string' && (kind === 'set' || kind === 'state')
  const own = isText ? { ...value, kind } : { kind, ...value }
  // A line may say what no kind has, such as a text of a counter: what a hostile sender would send.
  return { series, time, ...own, ...(time !== at && { receivedAt: at }) } as Sample
}

/** A line of a notation; `offsetMs` is when its first slot is. */
export function writeLine(
  series: Series,
  kind: SampleKind,
  words: readonly string[],
  { stepMs, offsetMs }: { readonly stepMs: number; readonly offsetMs: number },
): string {
  const name = /\s|^"/.test(series.key) ? JSON.stringify(series.key) : series.key
  const step = `@${formatDuration(stepMs)}${offsetMs === 0 ? '' : `+${formatDuration(offsetMs)}`}`
  return [name, ...(kind === 'gauge' ? [] : [kind]), ...words, step].join(' ')
}
