import {
  buildSeries,
  callback,
  type Check,
  type Checks,
  type Defined,
  flag,
  oneOf,
  resolveOptions,
  type Sample,
  type Tags,
} from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import { inBaseUnit } from './base-units.ts'
import type { PerfdataItem } from './perfdata-item.ts'
import type { PerfdataRange } from './perfdata-range.ts'

/** What samples of performance data are called, and in which unit they are. */
export interface PerfdataSamplesOptions {
  /** When the check was made, ms since the Unix epoch. */
  readonly time: number
  /**
   * Tags of all its samples, as `{ realm: 'All.Europe', host: 'web1', service: 'disk' }`.
   * @defaultValue none
   */
  readonly tags?: Tags | undefined
  /**
   * `given`: as the plugin says them, with the unit as the tag `uom`, so that a plugin that changes from `ms` to `s` begins another series.
   * `base`: times in `s`, `KB` and so on in `B` (1000, `KiB` 1024; some plugins write `KB` and mean 1024), `kb` in bits; all else as given.
   * @defaultValue `'given'`
   */
  readonly units?: 'given' | 'base' | undefined
  /**
   * Whether warning, critical, min and max become series too.
   * @defaultValue true
   */
  readonly thresholds?: boolean | undefined
  /**
   * What a label is called as a metric; `alignakLabel` is one.
   * @defaultValue as it is
   */
  readonly label?: ((label: string) => string) | undefined
}

/** Samples of performance data, and what gave none. */
export interface PerfdataSamples {
  /** The samples, in the order of the items. */
  readonly samples: readonly Sample[]
  /** What can be no series, and why. */
  readonly problems: readonly {
    /** Which kind of problem. */
    readonly reason: ProblemReason
    /** What is wrong and what is allowed, as a sentence. */
    readonly message: string
    /** The label of the item. */
    readonly label: string
  }[]
}

type Resolved = Defined<PerfdataSamplesOptions>

const defaults: Omit<Resolved, 'time'> = {
  tags: {},
  units: 'given',
  thresholds: true,
  label: (label) => label,
}

const time: Check = (value) => (Number.isFinite(value) ? undefined : 'ms since the Unix epoch')
const tags: Check = (value) =>
  typeof value === 'object' && value !== null && buildSeries('x', value as Tags).ok
    ? undefined
    : 'an object of tags'
const checks: Checks<Resolved> = {
  time,
  tags,
  units: oneOf('given', 'base'),
  thresholds: flag,
  label: callback,
}

/**
 * The samples of performance data, named as Alignak names them: of each item its value (kind `gauge`, `counter` with the unit `c`) as the
 * label, and its thresholds as `label_warning`, `label_critical`, `label_min` and `label_max`. Of a range, `label_warning` is the end and
 * `label_warning_start` the start, which is left out where it is 0 below an end, as in a plain `80`, or infinite; `label_warning_inside`
 * is 1 where it warns within the range. What was not determined gives no value, and its thresholds all the same. No series gets two values:
 * of two items with one name the first counts, and the other is a problem, as is a name that no series can have.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`. Never throws whatever the items.
 *
 * @example
 * ```ts
 * import { alignakLabel, parsePerfdata, perfdataSamples } from '@tocsin/protocols/nagios'
 *
 * const { items } = parsePerfdata("'disk %'=81%;80 rta=30ms;10:50")
 * const options = { time: 1_700_000_000_000, tags: { host: 'web1' }, units: 'base' as const, label: alignakLabel }
 * const { samples } = perfdataSamples(items, options)
 * const shown = samples.map(({ series, value }) => `${series.metric}=${value}`)
 * console.log(shown.slice(0, 2).join(' ')) // => disk__pct=81 disk__pct_warning=80
 * console.log(shown.slice(2).join(' ')) // => rta=0.03 rta_warning=0.05 rta_warning_start=0.01
 * console.log(samples[0]?.series.key) // => disk__pct|ST[host:web1,uom:%]
 * ```
 */
export function perfdataSamples(
  items: readonly PerfdataItem[],
  options: PerfdataSamplesOptions,
): PerfdataSamples {
  const resolved = resolveOptions<Resolved>(defaults as Resolved, options, checks, badOption)
  const samples: Sample[] = []
  const problems: PerfdataSamples['problems'][number][] = []
  const seen = new Set<string>()
  for (const { label, unit: given, ...item } of items) {
    const { unit, convert } =
      resolved.units === 'base' ? inBaseUnit(given) : { unit: given, convert: (value: number) => value }
    const isCounter = unit === 'c'
    const itemTags = { ...resolved.tags, ...(unit !== '' && !isCounter && { uom: unit }) }
    const name = resolved.label(label)
    const add = (suffix: string, value: number | undefined, inUnit = convert): void => {
      if (value === undefined) return
      const isValue = suffix === ''
      const built = buildSeries(`${name}${suffix}`, itemTags)
      if (name === '' || !built.ok) {
        const why = built.ok ? 'nothing is left of the label' : built.message
        problems.push({ reason: 'bad-name', message: why, label })
        return
      }
      const { value: series } = built
      const converted = inUnit(value)
      if (seen.has(series.key)) {
        problems.push({ reason: 'bad-name', message: `${series.key} has a value already`, label })
      } else if (!Number.isFinite(converted)) {
        problems.push({ reason: 'bad-value', message: `${series.key} would not be finite in ${unit}`, label })
      } else {
        seen.add(series.key)
        // Converted, a whole number beyond 2^53 is the nearest that there is.
        const exact = isValue && converted === value ? item.exact : undefined
        samples.push({
          series,
          time: resolved.time,
          value: converted,
          kind: isValue && isCounter ? 'counter' : 'gauge',
          ...(exact !== undefined && { exact }),
        })
      }
    }
    const addRange = (suffix: string, range: PerfdataRange | undefined): void => {
      if (range === undefined) return
      const { start, end, inside } = range
      add(suffix, end)
      if (start !== 0 || end === undefined) add(`${suffix}_start`, start)
      if (inside) add(`${suffix}_inside`, 1, (flag) => flag)
    }
    add('', item.value)
    if (!resolved.thresholds) continue
    addRange('_warning', item.warning)
    addRange('_critical', item.critical)
    add('_min', item.min)
    add('_max', item.max)
  }
  return { samples, problems }
}
