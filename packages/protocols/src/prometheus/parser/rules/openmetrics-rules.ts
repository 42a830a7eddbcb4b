import { createHistogramRules } from './histogram-rules.ts'
import type { MetricType } from '../../metric-metadata.ts'
import { rolesOf } from '../sample-role.ts'
import { groupOf, type SeriesEntry } from '../series-entry.ts'

/** What OpenMetrics asks beyond grammar, of an exposition read line by line. Each gives a sentence about what is wrong. */
export interface OpenMetricsRules {
  /** A family begins whose type is known: no sample of it may have the name of another's. */
  begin(name: string, type: MetricType): string | undefined
  /** A sample of the family; `time` is NaN where it has none. */
  sample(entry: SeriesEntry, value: number, time: number): string | undefined
  /** The family is over. */
  end(): string | undefined
}

const taken = (name: string): string => `${name} is a name of another family, or this family has begun before`

/** Parts that count, which are neither negative nor NaN; a sum of a gauge histogram may be negative. */
const counting = new Set(['_total', '_count', '_sum', '_bucket', '_gcount'])

/** Rules for one exposition, in memory of its names and the groups of one family. */
export function createOpenMetricsRules(): OpenMetricsRules {
  const names = new Set<string>()
  const groups = new Set<string>()
  let group: string | undefined
  let before = Number.NaN
  const histogram = createHistogramRules()
  let isHistogram = false

  function order(entry: SeriesEntry, time: number): string | undefined {
    const own = groupOf(entry)
    if (own !== group) {
      const known = groups.size
      groups.add(own)
      // It was there; to ask before would take as long again.
      if (groups.size === known) return 'samples with the same labels stand one behind the other'
      group = own
      return undefined
    }
    if (Number.isNaN(time) !== Number.isNaN(before))
      return 'of samples with the same labels all have a time, or none has'
    return before > time && entry.type !== 'info' ? 'times do not go back' : undefined
  }

  return {
    begin(name, type) {
      groups.clear()
      group = undefined
      before = Number.NaN
      isHistogram = type === 'histogram' || type === 'gaugehistogram'
      histogram.begin()
      if (names.has(name)) return taken(name)
      names.add(name)
      for (const { suffix } of rolesOf('openmetrics', type)) {
        const one = name + suffix
        if (suffix !== '' && names.has(one)) return taken(one)
        names.add(one)
      }
      return undefined
    },
    sample(entry, value, time) {
      const isNext =
        groupOf(entry) !== group || !(time === before || (Number.isNaN(time) && Number.isNaN(before)))
      if (isHistogram && isNext && group !== undefined) {
        const open = histogram.end()
        if (open !== undefined) return open
      }
      const fault = order(entry, time) ?? faultOfValue(entry, value)
      if (fault !== undefined) return fault
      before = time
      return isHistogram ? histogram.sample(entry, value) : undefined
    },
    end: () => (isHistogram && group !== undefined ? histogram.end() : undefined),
  }
}

/** Why a sample cannot have this value. */
export function faultOfValue(
  { role, own, ownNumber }: Pick<SeriesEntry, 'role' | 'own' | 'ownNumber'>,
  value: number,
): string | undefined {
  if (counting.has(role.suffix) && !(value >= 0)) return 'what counts is neither negative nor NaN'
  switch (role.part) {
    case 'info':
      return value === 1 ? undefined : 'the value of an info is 1'
    case 'state':
      if (own === undefined) return 'a state set has a label of its own name'
      return value === 0 || value === 1 ? undefined : 'the value of a state is 0 or 1'
    case 'quantile':
      if (!(ownNumber >= 0 && ownNumber <= 1)) return 'a label quantile is a number from 0 to 1'
      return value < 0 ? 'a quantile of a summary is not negative' : undefined
    case 'sum':
      return Number.isNaN(value) ? 'a sum is not NaN' : undefined
    case 'bucket':
    case 'count':
    case 'created':
    case 'value':
      return undefined
  }
}
