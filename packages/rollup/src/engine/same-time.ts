import type { SameTime } from './rollups.ts'

/** A value of a series at a moment; a counter's is a bigint where a double would not hold it. */
export type MomentValue = number | bigint | string

/** Whether `other` counts instead of `one`, where a series has both at the same millisecond. In any order, one of them is left. */
export function isPreferred<Value extends MomentValue>(other: Value, one: Value, rule: SameTime): boolean {
  if (rule === 'smallest') return other < one
  if (rule === 'largest' || typeof one === 'string' || typeof other === 'string') return other > one
  const [far, near] = [magnitudeOf(other), magnitudeOf(one)]
  return far > near || (!(far < near) && other > one)
}

const magnitudeOf = (value: number | bigint): number | bigint => (value < 0 ? -value : value)
