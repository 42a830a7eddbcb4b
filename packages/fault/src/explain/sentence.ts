import type { FaultChange, FaultEvent, FaultMuted, FaultNormal } from '../model/fault-event.ts'
import type { Condition } from '../model/rule-set.ts'

type Untold = Omit<FaultChange, 'text'> | Omit<FaultMuted, 'text'> | Omit<FaultNormal, 'text'>

/** Longest name of what is wrong, in UTF-16 units. */
const maxNameLength = 160
/** Longest text in a sentence. */
const maxTextLength = 80
/** What breaks a line or turns its direction: it may come from outside, and go into a header. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** Adds the sentence for people. */
export function withText<E extends Untold>(event: E): E & Pick<FaultEvent, 'text'> {
  const text = `${sayName(event)}: ${sayEvent(event)}`.replace(unprintable, ' ')
  return { ...event, text }
}

/** Rule set, metric and tags, each of them once: `queue shop=berlin`. */
function sayName({ ruleSet, series: { metric, tags } }: Untold): string {
  const pairs = Object.entries(tags).map(([category, value]) =>
    value === '' ? category : `${category}=${value}`,
  )
  const subject = [metric, ...pairs].join(' ')
  return cut(ruleSet === metric ? subject : `${ruleSet}, ${subject}`, maxNameLength)
}

function sayEvent(event: Untold): string {
  switch (event.type) {
    case 'opened':
    case 'reason':
      return sayCause(event)
    case 'severity':
      return `${event.severity < (event.previousSeverity ?? 0) ? 'worse' : 'better'}, ${sayCause(event)}`
    case 'cleared':
      return `cleared after ${sayMs(event.time - event.openedAt)}, ${sayCause(event)}`
    case 'muted':
      return `muted, ${sayCause(event)}`
    case 'normal':
      return event.cause.value === undefined ? 'normal' : `normal at ${sayJudged(event.cause)}`
  }
}

function sayCause({ cause, time }: Pick<FaultChange, 'cause' | 'time'>): string {
  const { reason, condition, sampleTime } = cause
  if (reason === 'absent') return `no sample for ${sayMs(time - sampleTime)}`
  if (reason === 'removed') return 'no rule set watches it any more'
  if (reason === 'recovered' && condition?.absentFor !== undefined) return 'samples come again'
  return condition === undefined
    ? reason
    : `${sayJudged(cause)} ${sayVerdict(condition, reason !== 'recovered')}`
}

function sayJudged({ value, window }: Pick<FaultChange['cause'], 'value' | 'window'>): string {
  const said = value === undefined ? 'the value' : sayValue(value)
  return window === undefined || window.filledMs === 0 ? said : `${said} over ${sayMs(window.filledMs)}`
}

/** What a value does that violates a comparison, or that does not: `is above 95`, `does not match /^ok/`. */
function sayVerdict(when: Condition, isViolated: boolean): string {
  const is = (said: string): string => `${isViolated ? 'is' : 'is not'} ${said}`
  if (when.above !== undefined) return is(`above ${when.above}`)
  if (when.below !== undefined) return is(`below ${when.below}`)
  if (when.atLeast !== undefined) return is(`at least ${when.atLeast}`)
  if (when.atMost !== undefined) return is(`at most ${when.atMost}`)
  if (when.equals !== undefined) return is(sayValue(when.equals))
  if (when.notEquals !== undefined) return sayVerdict({ equals: when.notEquals }, !isViolated)
  if (when.matches !== undefined) {
    return `${isViolated ? 'matches' : 'does not match'} /${cut(when.matches, maxTextLength)}/`
  }
  if (when.notMatches !== undefined) return sayVerdict({ matches: when.notMatches }, !isViolated)
  if (when.contains !== undefined)
    return `${isViolated ? 'contains' : 'does not contain'} ${sayValue(when.contains)}`
  if (when.notContains !== undefined) return sayVerdict({ contains: when.notContains }, !isViolated)
  if (when.changed !== undefined) return isViolated ? 'is new' : 'is still the same'
  return is(JSON.stringify(when))
}

/** A value as part of a sentence: numbers to six digits, texts in quotes and short. */
function sayValue(value: number | string): string {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  }
  return JSON.stringify(cut(value, maxTextLength))
}

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text

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
