import type { FaultEvent } from './fault-event.ts'
import type { Criterion } from './rule-set.ts'

/**
 * An event as one sentence for people, with numbers and units of time.
 *
 * @example
 * ```ts
 * import { explain, type FaultEvent, series } from '@tocsin/fault'
 *
 * const event: FaultEvent = {
 *   type: 'opened',
 *   id: 'cpu|cpu.used|60000|0',
 *   fault: 'cpu|cpu.used|60000',
 *   ruleSet: 'cpu',
 *   series: series('cpu.used'),
 *   severity: 1,
 *   openedAt: 60_000,
 *   time: 60_000,
 *   cause: { reason: 'above', rule: 0, criterion: { above: 95 }, value: 97.5, threshold: 95, sampleTime: 60_000 },
 * }
 * console.log(explain(event)) // => cpu: opened at severity 1 for cpu.used, since 97.5 is above 95
 * ```
 */
export function explain(event: FaultEvent): string {
  return `${event.ruleSet}: ${sayChange(event)}, ${sayCause(event)}`
}

function sayChange({ type, severity, previousSeverity, series, openedAt, time }: FaultEvent): string {
  switch (type) {
    case 'opened':
      return `opened at severity ${severity} for ${series.key}`
    case 'severity':
      return `went from severity ${previousSeverity ?? '?'} to ${severity} for ${series.key}`
    case 'cleared':
      return `cleared after ${sayMs(time - openedAt)} at severity ${severity} for ${series.key}`
  }
}

function sayCause({ cause, time }: FaultEvent): string {
  const { reason, criterion, sampleTime } = cause
  if (reason === 'absent') return `since no sample has come for ${sayMs(time - sampleTime)}`
  if (reason === 'removed') return 'since no rule set watches it any more'
  if (reason === 'recovered' && 'absentFor' in criterion) return 'since samples come again'
  return `since ${sayJudged(cause)} ${sayVerdict(criterion, reason !== 'recovered')}`
}

function sayJudged({ value, window }: FaultEvent['cause']): string {
  const said = value === undefined ? 'the value' : sayValue(value)
  if (window === undefined) return said
  const { count, filledMs } = window
  return `the average ${said} of ${count} ${count === 1 ? 'sample' : 'samples'} over ${sayMs(filledMs)}`
}

/** What a value does that violates a criterion, or that does not: `is above 95`, `does not match /^ok/`. */
function sayVerdict(when: Criterion, isViolated: boolean): string {
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
function sayValue(value: number | string): string {
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
