import type { Duration } from '../../duration.ts'
import type { Sample } from '../../sample.ts'
import type { Arrival } from './play.ts'

/** A marble diagram for `TestScheduler.run`, in which a frame is a millisecond, and the sample that each marble stands for. */
export type Marbles = readonly [diagram: string, values: Readonly<Record<string, Sample>>]

/** Letters first; then whatever is one character and means nothing in a diagram. */
const marbleOf = (index: number): string => {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  return letters[index] ?? String.fromCharCode(0x4e00 + index - letters.length)
}

const maxMarbles = 20_000

const marbleError = (message: string): Error =>
  Object.assign(new RangeError(`SAMPLES_BAD_MARBLES: ${message}`), { code: 'SAMPLES_BAD_MARBLES' })

/** The diagram of arrivals. */
export function writeMarbles(arrivals: readonly Arrival<Sample>[], start: number, end: number): Marbles {
  if (arrivals.length > maxMarbles) throw marbleError(`a diagram has at most ${maxMarbles} marbles`)
  const names = arrivals.map((_, index) => marbleOf(index))
  const moments = new Map<number, string>()
  for (const [index, { at }] of arrivals.entries())
    moments.set(at, `${moments.get(at) ?? ''}${names[index] ?? ''}`)
  moments.set(end, `${moments.get(end) ?? ''}|`)
  const groups = Array.from(moments, ([at, inside]) => ({
    at,
    text: inside.length > 1 ? `(${inside})` : inside,
  }))
  let frame = start
  const parts = groups.map(({ at, text }) => {
    const wait = at - frame
    // A diagram says it by its width: a group of three marbles takes five frames.
    if (wait < 0)
      throw marbleError('more samples arrive at one moment than a diagram has room for before the next')
    frame = at + text.length
    return wait === 0 ? text : `${wait}ms ${text}`
  })
  return [
    parts.join(' '),
    Object.fromEntries(arrivals.map(({ value }, index) => [names[index] ?? '', value])),
  ]
}

/** How {@link samplesFromMarbles} reads a diagram. */
export interface MarblesOptions {
  /** The time of one character. */
  readonly step: Duration
  /** What marbles stand for, as a word of the notation; digits stand for themselves. */
  readonly values?: Readonly<Record<string, number | string>> | undefined
}

/** The notation of a diagram: each character is a slot, `-` an empty one, `|` the last one, and spaces are for the eye. */
export function readMarbles(series: string, diagram: string, { step, values = {} }: MarblesOptions): string {
  const slots = Array.from(diagram.replaceAll(' ', ''))
  const end = slots.indexOf('|')
  if (end >= 0 && end !== slots.length - 1) throw marbleError('nothing comes behind the end, "|"')
  const words = slots.map((marble) => {
    if (marble === '-' || marble === '|') return '_'
    const value = Object.hasOwn(values, marble) ? values[marble] : undefined
    if (value === undefined && !/\d/.test(marble)) {
      throw marbleError(
        `"${marble}" stands for nothing; known are digits, -, | and ${Object.keys(values).join(', ')}`,
      )
    }
    const word = String(value ?? marble)
    if (/^[^"]*\s/.test(word) || /\*\d+$/.test(word)) {
      throw marbleError(`"${marble}" stands for ${JSON.stringify(word)}; one marble is one word, in one slot`)
    }
    return word
  })
  const name = /^[^"].*\s/.test(series) ? JSON.stringify(series) : series
  return [name, ...words, `@${step}`].join(' ')
}
