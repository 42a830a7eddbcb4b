import { check, Flaw, readField } from '@tocsin/core/shape'

import { copySignal } from './copy-signal.ts'
import { maxInfoLength, maxSignalTextLength, ruleSetShape, signalIdShape, signalShape } from './signal.ts'
import type {
  DetectorSignal,
  FaultCause,
  FaultInfo,
  FaultSignal,
  MalformedSignal,
  MutedSignal,
} from './signal.ts'

/** Largest signal, in characters of its JSON. */
const maxSignalLength = 65_536

/** Whatever else a detector adds may be large or no JSON, such as the sample that decided. */
const kept: ReadonlySet<string> = new Set<keyof MutedSignal>([
  'type',
  'id',
  'fault',
  'ruleSet',
  'severity',
  'openedAt',
  'time',
  'cause',
  'text',
  'waitMs',
  'change',
])

/**
 * What is known of a signal as plain JSON, so that a stored one and a live one are equal; or why the value is none. Text and cause that
 * are too long are shortened, and say so: somebody must hear of the fault all the same.
 */
export function readSignal(value: unknown): DetectorSignal | MalformedSignal {
  try {
    const signal = copySignal(value) ?? copyLarge(value)
    return signal instanceof Flaw ? malformed(value, signal) : signal
  } catch {
    // A getter or a proxy threw; it may throw again.
    const { path, message } = new Flaw('signal', 'must be plain JSON')
    return { type: 'refused', reason: 'malformed', path, text: message }
  }
}

/** Reads each field once, whatever a getter would say the second time. */
function pick(value: object): Record<string, unknown> {
  const known: Record<string, unknown> = {}
  for (const name of kept) {
    const field = (value as Record<string, unknown>)[name]
    if (field !== undefined) known[name] = field
  }
  const info = copyInfo((value as Partial<FaultSignal>).info)
  if (info !== undefined) known['info'] = info
  const { series } = value as Partial<FaultSignal>
  if (typeof series !== 'object' || (series as unknown) === null) return { ...known, series }
  const { key, metric, tags } = series
  return { ...known, series: { key, metric, tags } }
}

function copyLarge(value: unknown): DetectorSignal | Flaw {
  if (typeof value !== 'object' || value === null)
    return check(signalShape, value, 'signal') ?? new Flaw('signal', 'must be an object')
  const known = pick(value)
  if (typeof known['text'] === 'string') known['text'] = shortened(known['text'])
  const flaw = check(signalShape, known, 'signal')
  if (flaw !== undefined) return flaw
  let json = JSON.stringify(known)
  if (json.length > maxSignalLength) {
    const { reason } = known['cause'] as FaultCause
    json = JSON.stringify({ ...known, cause: { reason, shortened: true } })
  }
  if (json.length > maxSignalLength)
    return new Flaw('signal', `must have at most ${maxSignalLength} characters of JSON`)
  const own = JSON.parse(json) as DetectorSignal
  // What is written must be read again, and a `toJSON` may have said something else.
  return check(signalShape, own, 'signal') ?? own
}

/** What can be passed on of it: nobody is left untold because of what only belongs under the text. */
function copyInfo(value: unknown): FaultInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    const json = JSON.stringify(value)
    if (json.length > maxInfoLength) return { shortened: true }
    const own: unknown = JSON.parse(json)
    return typeof own === 'object' && own !== null && !Array.isArray(own) ? (own as FaultInfo) : undefined
  } catch {
    return undefined
  }
}

/** What is too long ends in how long it was. */
function shortened(text: string): string {
  if (text.length <= maxSignalTextLength) return text
  const end = `… (shortened from ${text.length} characters)`
  return text.slice(0, maxSignalTextLength - end.length).toWellFormed() + end
}

function malformed(value: unknown, { path, message }: Flaw): MalformedSignal {
  const known = {
    signal: readField(signalIdShape, value, 'id'),
    ruleSet: readField(ruleSetShape, value, 'ruleSet'),
    series: readField(signalIdShape, value, 'series', 'key'),
  }
  const given = Object.entries(known).filter(([, name]) => name !== undefined)
  return { type: 'refused', reason: 'malformed', ...Object.fromEntries(given), path, text: message }
}
