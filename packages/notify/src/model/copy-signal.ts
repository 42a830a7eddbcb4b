import type { Series } from '@tocsin/core'

import { maxSignalTextLength } from './signal.ts'
import type { DetectorSignal, FaultCause } from './signal.ts'

const maxLength = 8192
const maxRuleSetLength = 1024
const maxTags = 1024
const maxTime = 8.64e15
/** Below this many UTF-16 units in all, no signal is too long as JSON, whatever must be escaped in it. */
const maxUnits = 8192

/**
 * A copy of an ordinary signal, as nearly all are: small, of plain values, each read once. `undefined` where it is not, or is none: then it
 * must be looked at closely, which takes ten times as long. Whatever this takes the shape of a signal takes as well.
 */
export function copySignal(value: unknown): DetectorSignal | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { type, id, ruleSet, time, text, series: givenSeries, cause: givenCause } = value as Given
  if (!isText(id, maxLength) || !isText(ruleSet, maxRuleSetLength) || !isTime(time)) return undefined
  if (text !== undefined && (typeof text !== 'string' || text.length > maxSignalTextLength)) return undefined
  const series = copySeries(givenSeries)
  const cause = copyCause(givenCause)
  if (series === undefined || cause === undefined) return undefined
  const units = id.length + ruleSet.length + (text?.length ?? 0) + unitsOf(series) + unitsOf(cause)
  if (type === 'normal') {
    if (units > maxUnits) return undefined
    return { type, id, ruleSet, series, time: time + 0, cause, ...(text !== undefined && { text }) }
  }
  const { fault, severity, openedAt } = value as Given
  if (type !== 'opened' && type !== 'severity' && type !== 'cleared') return undefined
  if (!isText(fault, maxLength) || !isTime(openedAt) || units + fault.length > maxUnits) return undefined
  if (severity !== 1 && severity !== 2 && severity !== 3 && severity !== 4 && severity !== 5) return undefined
  const signal = { type, id, fault, ruleSet, series, severity, openedAt: openedAt + 0, time: time + 0, cause }
  return text === undefined ? signal : { ...signal, text }
}

type Given = Readonly<Partial<Record<string, unknown>>>

const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= max

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value >= -maxTime && value <= maxTime

function copySeries(value: unknown): Series | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { key, metric, tags } = value as Given
  if (!isText(key, maxLength) || !isText(metric, maxLength)) return undefined
  const own = copyFlat(tags)
  if (own === undefined) return undefined
  const names = Object.keys(own)
  if (names.length > maxTags || names.length < Object.keys(tags as object).length) return undefined
  for (const name of names) if (name === '' || typeof own[name] !== 'string') return undefined
  return { key, metric, tags: own as Readonly<Record<string, string>> }
}

function copyCause(value: unknown): FaultCause | undefined {
  const own = copyFlat(value)
  if (own === undefined || !isText(own['reason'], maxRuleSetLength)) return undefined
  return own as unknown as FaultCause
}

/** An object of texts, numbers and the like; `undefined` for what holds more than that. */
function copyFlat(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  const own: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const field = (value as Given)[name]
    if (name === '__proto__' || !isFlat(field)) return undefined
    if (field !== undefined) own[name] = typeof field === 'number' ? field + 0 : field
  }
  return own
}

const isFlat = (value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  value === null ||
  value === undefined ||
  (typeof value === 'number' && Number.isFinite(value))

function unitsOf(value: object): number {
  let units = 0
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    if (typeof field === 'object' && field !== null) units += unitsOf(field)
    // A number has at most 24 digits.
    units += name.length + (typeof field === 'string' ? field.length : 24)
  }
  return units
}
