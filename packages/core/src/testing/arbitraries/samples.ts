import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

import { formatDuration, parseDuration } from '../../duration.ts'
import type { Duration } from '../../duration.ts'
import type { Series } from '../../sample.ts'
import { writeLine } from '../samples/notation.ts'
import { samples } from '../samples/samples.ts'
import type { SampleSequence } from '../samples/samples.ts'
import { anyDecimal } from './decimal.ts'
import { anySeries } from './series.ts'

/**
 * What goes wrong on the way of samples. `gap`: some are missing. `disorder`: some come late, with their own time. `duplicate`: some come
 * twice. `reset`: a counter begins again at 0. `restart`: the sender is away for some slots, repeats what it had sent last, and its
 * counters begin again. `skew`: its clock is off. `stale`: it says that the series ends, and goes on. `unreadable`: NaN, an infinity.
 */
export type StreamFault =
  'gap' | 'disorder' | 'duplicate' | 'reset' | 'restart' | 'skew' | 'stale' | 'unreadable'

/** All of them. */
export const streamFaults: readonly StreamFault[] = Object.freeze([
  'gap',
  'disorder',
  'duplicate',
  'reset',
  'restart',
  'skew',
  'stale',
  'unreadable',
])

/** What {@link anySamples} makes. */
export interface AnySamplesOptions {
  /** Which series. @defaultValue one to three of any name */
  readonly series?: readonly Series[] | undefined
  /** Kinds of the series. @defaultValue gauge, counter, delta, observation, text */
  readonly kinds?: readonly ('gauge' | 'counter' | 'delta' | 'observation' | 'text')[] | undefined
  /** Values of gauges, deltas and observations. @defaultValue {@link anyDecimal} */
  readonly values?: Arbitrary<number> | undefined
  /** What goes wrong on the way. @defaultValue all of {@link streamFaults} */
  readonly faults?: readonly StreamFault[] | undefined
  /** Most events of each series; one is a slot or a few. @defaultValue 20 */
  readonly maxLength?: number | undefined
  /** Time between the slots of a series. @defaultValue `'10s'` */
  readonly step?: Duration | undefined
}

/** One thing that happens on the way of one series. */
interface Event {
  readonly what: 'sample' | Exclude<StreamFault, 'skew'>
  readonly value: number
  /** Slots, where it lasts or is late. */
  readonly slots: number
  readonly text: string
}

type Kind = NonNullable<AnySamplesOptions['kinds']>[number]

const skews: readonly Duration[] = ['37ms', '1s', '90s', '1h']

/** Most that a series begins behind the others, ms: they do not arrive in step. */
const maxOffsetMs = 9999

/**
 * Streams of samples as they really arrive: with gaps, disorder, duplicates, resets, restarts, clocks that are off. Each one is
 * `samples(…)` of a notation, and a property that fails prints that call, to be pasted into a test. Shrinks to few samples
 * of few series, each of a plain value, with nothing wrong that need not be.
 *
 * @example
 * ```ts
 * import { evaluate, ruleSet } from '@tocsin/fault'
 * import { anySamples } from '@tocsin/fault/testing/arbitraries'
 * import { inEventTime } from '@tocsin/fault'
 * import fc from 'fast-check'
 * import { from, toArray } from 'rxjs'
 *
 * const high = ruleSet('high').select('and(*:*)').above(100, 1).build()
 * fc.assert(
 *   fc.property(anySamples(), (sent) => {
 *     from(sent.list).pipe(inEventTime(evaluate([high], { open: [] })), toArray()).subscribe()
 *   }),
 * )
 * ```
 */
export function anySamples(options: AnySamplesOptions = {}): Arbitrary<SampleSequence> {
  const {
    series,
    kinds = ['gauge', 'counter', 'delta', 'observation', 'text'],
    values = anyDecimal(),
    faults = streamFaults,
    maxLength = 20,
    step = '10s',
  } = options
  const stepMs = parseDuration(step)
  if (stepMs === undefined || stepMs === 0)
    throw new RangeError(`step must be a duration such as '10s', got ${step}`)
  const happenings = faults.filter((fault) => fault !== 'skew')
  const event: Arbitrary<Event> = fc.record({
    what: fc.oneof(
      { withCrossShrink: true },
      { weight: 6, arbitrary: fc.constant('sample' as const) },
      ...(happenings.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...happenings) }]),
    ),
    value: values,
    slots: fc.integer({ min: 1, max: 4 }),
    text: fc.constantFrom('up', 'down', 'a "quoted" one', ''),
  })
  const skew = fc.tuple(fc.constantFrom(...skews), fc.boolean())
  const line = (name: Arbitrary<Series>): Arbitrary<string> =>
    fc
      .tuple(
        name,
        fc.constantFrom(...kinds),
        fc.array(event, { maxLength }),
        faults.includes('skew') ? fc.option(skew, { freq: 4 }) : fc.constant(null),
        fc.oneof({ withCrossShrink: true }, fc.constant(0), fc.integer({ min: 0, max: maxOffsetMs })),
      )
      .map(([of, kind, events, off, offsetMs]) => {
        const skewMs = off === null ? 0 : (parseDuration(off[0]) ?? 0) * (off[1] ? 1 : -1)
        const slots = words(kind, events, stepMs, skewMs)
        // A series that says nothing has no line, so that none is left over where the stream is shrunk.
        return slots.length === 0 ? '' : writeLine(of, kind, slots, { stepMs, offsetMs })
      })
  const lines =
    series === undefined
      ? fc.array(line(anySeries()), { minLength: 1, maxLength: 3 })
      : fc.tuple(...series.map((one) => line(fc.constant(one))))
  return lines.map((all) => samples(all.filter((text) => text !== '').join('\n')))
}

/** The slots of one series. */
function words(kind: Kind, events: readonly Event[], stepMs: number, skewMs: number): string[] {
  let total = 0n
  const said: string[] = []
  const next = ({ value, text, slots }: Event): string => {
    if (kind === 'text') return JSON.stringify(text)
    if (kind === 'counter') return String((total += increment(value)))
    const weight = slots > 1 && (kind === 'observation' || kind === 'delta') ? `w${slots}` : ''
    return `${value}${weight}`
  }
  const shifted = (word: string, slots: number): string => {
    const shiftMs = skewMs - slots * stepMs
    return shiftMs === 0 ? word : `${word}@${shiftMs < 0 ? '-' : '+'}${formatDuration(Math.abs(shiftMs))}`
  }
  return events.flatMap((event) => {
    const { what, slots } = event
    if (what === 'gap') return [`_*${slots}`]
    if (what === 'stale') return [shifted('stale', 0)]
    if (what === 'unreadable' && kind !== 'text') return [shifted(slots > 2 ? '-Infinity' : 'NaN', 0)]
    if (what === 'restart') {
      total = 0n
      const again = said.slice(-2).map((word, index, { length }) => shifted(word, slots + length - index))
      return [`_*${slots}`, ...again]
    }
    if (what === 'reset') total = 0n
    const word = next(event)
    said.push(word)
    if (what === 'disorder') return [shifted(word, slots)]
    return what === 'duplicate' ? [shifted(word, 0), shifted(word, 1)] : [shifted(word, 0)]
  })
}

/** What a counter grows by: never less than nothing; now and then beyond what a double holds. */
const increment = (value: number): bigint => BigInt(Math.floor(Math.min(Math.abs(value) || 0, 2 ** 60)))
