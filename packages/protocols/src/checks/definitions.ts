import { buildSeries } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { maxTimerMs } from '../option-checks.ts'
import type { CheckTiming } from '../ticking/check-engine.ts'
import { stablePhase } from '../ticking/ticks.ts'
import type { Check, CheckDefinition } from './check.ts'

/** A definition with every field, under the name that its check had when it was taken. */
export interface TimedCheck {
  readonly name: string
  readonly check: Check
  readonly timing: CheckTiming
  readonly after: string | undefined
  readonly attempts: number
  readonly retryMs: number | undefined
}

/**
 * Reads definitions one by one; what is wrong is told to `refuse`, by sentence and, where it has one, name. Throws
 * `PROTOCOL_BAD_OPTION` where it is no list.
 */
export function readDefinitions(
  definitions: unknown,
  refuse: (message: string, name?: string) => void,
): ReadonlyMap<string, TimedCheck> {
  if (!Array.isArray(definitions)) throw badOption('the definitions of checks must be a list')
  const taken = new Map<string, TimedCheck>()
  for (const definition of definitions as readonly unknown[]) {
    const name = nameOf(definition)
    try {
      const timed = readDefinition(definition)
      if (taken.has(timed.name))
        throw badOption(`two checks are named "${timed.name}"; give each a name of its own`)
      taken.set(timed.name, timed)
    } catch (error) {
      refuse((error as Error).message, name)
    }
  }
  for (const [name, { after }] of taken) {
    if (after === undefined || endsAtPeriod(taken, name)) continue
    taken.delete(name)
    refuse(`check "${name}" runs after "${after}", which is no check of the list or waits for this one`, name)
  }
  return taken
}

function endsAtPeriod(taken: ReadonlyMap<string, TimedCheck>, start: string): boolean {
  const seen = new Set<string>()
  for (let name: string | undefined = start; name !== undefined; name = taken.get(name)?.after) {
    if (seen.has(name) || !taken.has(name)) return false
    seen.add(name)
  }
  return true
}

function nameOf(definition: unknown): string | undefined {
  const name = (definition as { readonly check?: { readonly name?: unknown } } | null | undefined)?.check
    ?.name
  return typeof name === 'string' ? name : undefined
}

const isDefinition = (value: unknown): value is CheckDefinition =>
  nameOf(value) !== undefined && typeof (value as CheckDefinition).check.run === 'function'

function readDefinition(definition: unknown): TimedCheck {
  if (!isDefinition(definition)) throw badOption('each check must be an object with name and run')
  const { check, periodMs, after, timeoutMs, phaseMs, attempts = 1, retryMs } = definition
  const { name, host = `check:${name}` } = check
  if (name === '' || !buildSeries('check', { check: name }).ok)
    throw badOption(`"${name}" cannot be the name of a check: it is empty or too long`)
  const whole = (option: string, value: number, min: number, max: number): number => {
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value
    throw badOption(
      `"${option}" of check "${name}" must be a whole number from ${min} to ${max}, got ${String(value)}`,
    )
  }
  if (typeof host !== 'string') throw badOption(`"host" of check "${name}" must be a string`)
  if ((periodMs === undefined) === (after === undefined))
    throw badOption(`check "${name}" must have one of "periodMs" and "after"`)
  if (periodMs === undefined && (phaseMs !== undefined || retryMs !== undefined))
    throw badOption(`check "${name}" runs after another, so it can have no "phaseMs" and no "retryMs"`)
  const period = periodMs === undefined ? undefined : whole('periodMs', periodMs, 1, maxTimerMs)
  return {
    name,
    check,
    after,
    attempts: whole('attempts', attempts, 1, 1000),
    retryMs: retryMs === undefined ? undefined : whole('retryMs', retryMs, 1, maxTimerMs),
    timing: {
      periodMs: period,
      timeoutMs: whole('timeoutMs', timeoutMs ?? defaultTimeoutMs(period), 1, maxTimerMs),
      phaseMs:
        period === undefined ? 0 : whole('phaseMs', phaseMs ?? stablePhase(name, period), 0, period - 1),
      host,
    },
  }
}

const defaultTimeoutMs = (periodMs: number | undefined): number =>
  periodMs === undefined ? 10_000 : Math.min(10_000, Math.ceil(periodMs / 2))
