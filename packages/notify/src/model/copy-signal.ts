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
  const size: Size = { units: id.length + ruleSet.length + (text?.length ?? 0) }
  const series = copySeries(givenSeries, size)
  const cause = copyCause(givenCause, size)
  if (series === undefined || cause === undefined) return undefined
  const { units } = size
  if (type === 'normal') {
    if (units > maxUnits) return undefined
    return { type, id, ruleSet, series, time: time + 0, cause, ...(text !== undefined && { text }) }
  }
  const { fault, severity, openedAt, waitMs, info } = value as Given
  if (type !== 'opened' && type !== 'severity' && type !== 'reason' && type !== 'cleared') return undefined
  if (waitMs !== undefined || info !== undefined) return undefined
  if (!isText(fault, maxLength) || !isTime(openedAt) || units + fault.length > maxUnits) return undefined
  if (severity !== 1 && severity !== 2 && severity !== 3 && severity !== 4 && severity !== 5) return undefined
  const [began, at] = [openedAt + 0, time + 0]
  // Written out twice: adding a field to a copy takes many times as long.
  return text === undefined
    ? { type, id, fault, ruleSet, series, severity, openedAt: began, time: at, cause }
    : { type, id, fault, ruleSet, series, severity, openedAt: began, time: at, cause, text }
}

/** Counts on the way. */
interface Size {
  units: number
}

type Given = Readonly<Partial<Record<string, unknown>>>

const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= max

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value >= -maxTime && value <= maxTime

function copySeries(value: unknown, size: Size): Series | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { key, metric, tags } = value as Given
  if (!isText(key, maxLength) || !isText(metric, maxLength)) return undefined
  const own = copyFlat(tags, size)
  if (own === undefined) return undefined
  let count = 0
  for (const name in own) {
    if (name === '' || typeof own[name] !== 'string' || ++count > maxTags) return undefined
  }
  size.units += key.length + metric.length
  return { key, metric, tags: own as Readonly<Record<string, string>> }
}

function copyCause(value: unknown, size: Size): FaultCause | undefined {
  const own = copyFlat(value, size)
  if (own === undefined || !isText(own['reason'], maxRuleSetLength)) return undefined
  return own as unknown as FaultCause
}

/** An object of texts, numbers and the like; `undefined` for what holds more than that. */
function copyFlat(value: unknown, size: Size): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  const own: Record<string, unknown> = {}
  // Tags have no prototype, and to spread such an object takes four times as long.
  for (const name of Object.keys(value)) {
    const field = (value as Given)[name]
    if (!isFlat(field) || name === '__proto__') return undefined
    // As JSON has it, there is no zero below zero.
    own[name] = field === 0 ? 0 : field
    // A number has at most 24 digits.
    size.units += name.length + (typeof field === 'string' ? field.length : 24)
  }
  return own
}

const isFlat = (value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  value === null ||
  (typeof value === 'number' && Number.isFinite(value))
