import { parseDuration } from '@tocsin/core'

import type { Criterion } from './rule-set.ts'

/** A criterion as part of a sentence: `above 95`, `equals "down"`, `absent for 2m`. */
export function sayCriterion(when: Criterion): string {
  if ('above' in when) return `above ${when.above}`
  if ('below' in when) return `below ${when.below}`
  if ('equals' in when) return `equal to ${sayValue(when.equals)}`
  if ('notEquals' in when) return `not equal to ${sayValue(when.notEquals)}`
  if ('matches' in when) return `matching /${when.matches}/`
  if ('notMatches' in when) return `not matching /${when.notMatches}/`
  if ('contains' in when) return `containing ${sayValue(when.contains)}`
  if ('notContains' in when) return `not containing ${sayValue(when.notContains)}`
  if ('changed' in when) return 'changed'
  return `absent for ${sayMs(parseDuration(when.absentFor) ?? 0)}`
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
