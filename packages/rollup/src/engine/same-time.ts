import type { SameTime } from './rollups.ts'

/** A value of a series at a moment; a counter's is a bigint where a double would not hold it. */
export type MomentValue = number | bigint | string

/** Whether `other` counts instead of `one`, where a series has both at the same millisecond. In any order, one of them is left. */
export function isPreferred<Value extends MomentValue>(other: Value, one: Value, rule: SameTime): boolean {
  if (rule === 'furthest' && typeof one !== 'string' && typeof other !== 'string') {
    const [far, near] = [magnitudeOf(other), magnitudeOf(one)]
    if (far > near || far < near) return far > near
  }
  if (other > one || other < one) return other > one === (rule !== 'smallest')
  // Of two that are equal, the one whose digits are given.
  return typeof other === 'bigint' && typeof one !== 'bigint'
}

const magnitudeOf = (value: number | bigint): number | bigint => (value < 0 ? -value : value)
