import type { StatsdTimerBins } from './aggregate-options.ts'

const ofAll = ['std', 'upper', 'lower', 'count', 'count_ps', 'sum', 'sum_squares', 'mean', 'median'] as const
const ofPart = ['count', 'mean', 'bound', 'sum', 'sum_squares'] as const

/** 99.9 is `99_9`, and -10, the largest tenth, is `top10`. */
const percentileName = (percentile: number): string =>
  String(percentile).replace('.', '_').replace('-', 'top')

/** What the numbers of {@link timerNumbers} are called, behind the name of their timer. */
export function timerEndings(
  percentiles: readonly number[],
  bins: StatsdTimerBins | undefined,
): readonly string[] {
  const parts = percentiles.flatMap((percentile) =>
    ofPart.map((part) => {
      const name = part === 'bound' ? (percentile > 0 ? 'upper' : 'lower') : part
      return `.${name}_${percentileName(percentile)}`
    }),
  )
  const limits = bins?.limits.map((limit) => `.histogram.bin_${String(limit).replace('.', '_')}`) ?? []
  return [...ofAll.map((name) => `.${name}`), ...parts, ...limits]
}

/** Whether a number of this ending is a count of the interval, which may be added to that of another. */
export const isCount = (ending: string): boolean => ending === '.count' || ending.startsWith('.histogram.')

/**
 * The numbers of a timer in the order of {@link timerEndings}, `undefined` where there is none: as etsy's daemon computes them (statsd
 * 0.9.0 `lib/process_metrics.js`). Only `count` and `count_ps` stand for what a client did not send. Values are sorted in place.
 */
export function timerNumbers(
  values: Float64Array,
  weight: number,
  flushMs: number,
  percentiles: readonly number[],
  bins: StatsdTimerBins | undefined,
): readonly (number | undefined)[] {
  const count = values.length
  const perSecond = weight / (flushMs / 1000)
  if (count === 0) return [undefined, undefined, undefined, 0, 0]
  values.sort()
  const lower = values[0] ?? 0
  const upper = values[count - 1] ?? 0
  const { sum, squares } = sumsOf(values)
  const mean = sum / count
  let deviations = 0
  for (const value of values) deviations += (value - mean) * (value - mean)
  const middle = values[count >> 1] ?? 0
  const median = count % 2 === 1 ? middle : ((values[(count >> 1) - 1] ?? 0) + middle) / 2
  const std = Math.sqrt(deviations / count)
  return [
    ...[std, upper, lower, weight, perSecond, sum, squares, mean, median],
    ...percentiles.flatMap((percentile) => partNumbers(values, percentile)),
    ...(bins === undefined ? [] : binCounts(values, bins.limits)),
  ]
}

function sumsOf(values: Float64Array): { readonly sum: number; readonly squares: number } {
  let sum = 0
  let squares = 0
  for (const value of values) {
    sum += value
    squares += value * value
  }
  return { sum, squares }
}

/** Of the smallest or, for a negative percentile, the largest values; none where the part is empty. */
function partNumbers(values: Float64Array, percentile: number): readonly (number | undefined)[] {
  const count = values.length
  const size = count === 1 ? 1 : Math.round((Math.abs(percentile) / 100) * count)
  if (size === 0) return ofPart.map(() => undefined)
  const part = percentile > 0 ? values.subarray(0, size) : values.subarray(count - size)
  const { sum, squares } = sumsOf(part)
  const bound = percentile > 0 ? part[size - 1] : part[0]
  return [size, sum / size, bound, sum, squares]
}

function binCounts(values: Float64Array, limits: StatsdTimerBins['limits']): readonly number[] {
  let at = 0
  return limits.map((limit) => {
    const from = at
    while (at < values.length && (limit === 'inf' || (values[at] ?? 0) < limit)) at += 1
    return at - from
  })
}
