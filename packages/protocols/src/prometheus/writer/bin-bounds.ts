import type { Histogram } from '@tocsin/core'

import { valueText } from './numbers.ts'

type Bin = Histogram['bins'][number]

/** The bounds of a bin, as the decimals that they are; -0 stands for what is nearest to zero. */
export function boundsOf({ value, exponent }: Omit<Bin, 'count'>): readonly [low: number, high: number] {
  if (value === 0) return [-1e-300, 0]
  const near = Number(`${value}e${exponent - 1}`)
  const far = Number(`${value + Math.sign(value)}e${exponent - 1}`)
  return value > 0 ? [near, far] : [far, near]
}

/**
 * Buckets for bins: one up to the lower bound of each and one up to its upper, so that the middle of a bucket tells the bin again.
 * A bin has its lower bound and a bucket its upper, so a measurement that is a bound counts one bucket higher than it was.
 */
export function bucketsOf({ bins }: Histogram): readonly (readonly [bound: string, cumulative: number])[] {
  const buckets: [string, number][] = []
  let total = 0
  let last = -Infinity
  for (const bin of bins) {
    const [low, high] = boundsOf(bin)
    if (low > last && !(bin.value === 0 && buckets.length === 0)) buckets.push([valueText(low), total])
    total += bin.count
    buckets.push([valueText(high), total])
    last = high
  }
  buckets.push(['+Inf', total])
  return buckets
}
