import type { SeriesEntry } from '../series-entry.ts'

/** What OpenMetrics asks of the samples of one histogram that belong together. Each gives a sentence about what is wrong. */
export interface HistogramRules {
  /** Forgets what came before. */
  begin(): void
  sample(entry: SeriesEntry, value: number): string | undefined
  /** They are over: what must be there is, and adds up. The next ones begin. */
  end(): string | undefined
}

/** Rules for one histogram after another. */
export function createHistogramRules(): HistogramRules {
  let bound = Number.NaN
  let cumulative = 0
  let count: number | undefined
  let sum: number | undefined
  let isGauge = false
  let hasNegativeBound = false

  function bucket(next: number, value: number): string | undefined {
    if (Number.isNaN(next)) return 'a bucket has a label le, which is a number or +Inf'
    if (next <= bound) return 'the bounds of buckets rise'
    if (value < cumulative) return 'a bucket has at least the count of the one before'
    if (next < 0) hasNegativeBound = true
    bound = next
    cumulative = value
    return undefined
  }

  function judge(): string | undefined {
    if (bound !== Infinity) return 'a histogram has a bucket with le="+Inf"'
    if (count !== undefined && count !== cumulative) return 'the count is that of the bucket with le="+Inf"'
    if ((sum === undefined) !== (count === undefined)) return 'a histogram has both sum and count, or neither'
    if (sum === undefined) return undefined
    if (!isGauge && hasNegativeBound) return 'a histogram with negative bounds has no sum'
    return isGauge && !hasNegativeBound && sum < 0
      ? 'without negative bounds the sum is not negative'
      : undefined
  }

  function begin(): void {
    bound = Number.NaN
    cumulative = 0
    count = sum = undefined
    hasNegativeBound = false
  }

  return {
    begin,
    sample({ role, type, ownNumber }, value) {
      isGauge = type === 'gaugehistogram'
      if (role.part === 'bucket') return bucket(ownNumber, value)
      if (role.part === 'count') count = value
      else if (role.part === 'sum') sum = value
      return undefined
    },
    end() {
      const fault = judge()
      begin()
      return fault
    },
  }
}
