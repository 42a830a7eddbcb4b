import type { Criterion } from './rule-set.ts'

/** What a value does that violates a criterion, or that does not: `is above 95`, `does not match /^ok/`. */
export function sayVerdict(when: Criterion, isViolated: boolean): string {
  const is = (said: string): string => `${isViolated ? 'is' : 'is not'} ${said}`
  if ('above' in when) return is(`above ${when.above}`)
  if ('below' in when) return is(`below ${when.below}`)
  if ('equals' in when) return is(sayValue(when.equals))
  if ('notEquals' in when) return sayVerdict({ equals: when.notEquals }, !isViolated)
  if ('matches' in when) return `${isViolated ? 'matches' : 'does not match'} /${when.matches}/`
  if ('notMatches' in when) return sayVerdict({ matches: when.notMatches }, !isViolated)
  if ('contains' in when) return `${isViolated ? 'contains' : 'does not contain'} ${sayValue(when.contains)}`
  if ('notContains' in when) return sayVerdict({ contains: when.notContains }, !isViolated)
  if ('changed' in when) return isViolated ? 'is new' : 'is still the same'
  return is(`absent for ${when.absentFor}`)
}

/** A value as part of a sentence: numbers to six digits, texts in quotes and short. */
export function sayValue(value: number | string): string {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  }
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** A time span in its two largest units: 272345 gives `4m 32s`; under ten seconds to the millisecond. */
export function sayMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(3))}s`
  const parts: string[] = []
  let rest = ms
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count}${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join(' ')
}
