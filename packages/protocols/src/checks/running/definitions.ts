import { messageOf } from '../../errors.ts'
import { maxTimerMs } from '../../option-checks.ts'
import type { CheckTiming } from '../../ticking/check-action.ts'
import { stablePhase } from '../../ticking/ticks.ts'
import type { Check, CheckDefinition } from '../check.ts'
import { isCheckName } from './check-name.ts'

/** A definition with every field, under the name that its check had when it was taken. */
export interface TimedCheck {
  readonly name: string
  readonly check: Check
  readonly timing: CheckTiming
  readonly after: string | undefined
  readonly attempts: number
  readonly retryMs: number | undefined
}

/** Told what is wrong with a definition, and its name, where it has one. */
export type Refuse = (message: string, name?: string) => void

/**
 * Reads definitions one by one. In place of one that is refused stands what was defined by its name before, if anything was.
 * Throws a `TypeError` where it is no list.
 */
export function readDefinitions(
  definitions: unknown,
  refuse: Refuse,
  before: ReadonlyMap<string, TimedCheck> = new Map(),
): ReadonlyMap<string, TimedCheck> {
  if (!Array.isArray(definitions)) throw new TypeError('the definitions of checks must be a list')
  const taken = new Map<string, TimedCheck>()
  const refused = new Set<string>()
  for (const definition of definitions as readonly unknown[]) {
    let name: string | undefined
    try {
      name = nameOf(definition)
      const timed = readDefinition(definition)
      if (taken.has(timed.name))
        throw new TypeError(`two checks are named "${timed.name}"; give each a name of its own`)
      taken.set(timed.name, timed)
    } catch (error) {
      if (name !== undefined) refused.add(name)
      refuse(messageOf(error), name)
    }
  }
  for (const name of refused) {
    const kept = before.get(name)
    if (kept !== undefined && !taken.has(name)) taken.set(name, kept)
  }
  refuseEndless(taken, refuse, before)
  return taken
}

/** Each chain of `after` must lead to a check with a period. What is put in for one that does not must do so too. */
function refuseEndless(
  taken: Map<string, TimedCheck>,
  refuse: Refuse,
  before: ReadonlyMap<string, TimedCheck>,
): void {
  for (;;) {
    const endless = endlessOf(taken)
    if (endless.length === 0) return
    for (const { name, after = '' } of endless) {
      const kept = before.get(name)
      const isNew = kept !== taken.get(name)
      if (isNew && kept !== undefined) taken.set(name, kept)
      else taken.delete(name)
      refuse(
        `check "${name}" runs after "${after}", which is no check of the list or waits for this one`,
        name,
      )
    }
  }
}

function endlessOf(taken: ReadonlyMap<string, TimedCheck>): readonly TimedCheck[] {
  const isEndless = new Map<string, boolean>()
  const found: TimedCheck[] = []
  for (const start of taken.values()) {
    const chain: TimedCheck[] = []
    const seen = new Set<string>()
    let at: TimedCheck | undefined = start
    while (at?.after !== undefined && !isEndless.has(at.name) && !seen.has(at.name)) {
      seen.add(at.name)
      chain.push(at)
      at = taken.get(at.after)
    }
    const isSo = at === undefined || seen.has(at.name) || isEndless.get(at.name) === true
    for (const timed of chain) {
      isEndless.set(timed.name, isSo)
      if (isSo) found.push(timed)
    }
  }
  return found
}

function nameOf(definition: unknown): string | undefined {
  const name = (definition as { readonly check?: { readonly name?: unknown } } | null | undefined)?.check
    ?.name
  return typeof name === 'string' ? name : undefined
}

const isDefinition = (value: unknown): value is CheckDefinition =>
  nameOf(value) !== undefined && typeof (value as CheckDefinition).check.run === 'function'

const known: ReadonlySet<string> = new Set([
  ...['check', 'periodMs', 'after', 'timeoutMs', 'phaseMs', 'attempts', 'retryMs'],
])

function readDefinition(definition: unknown): TimedCheck {
  if (!isDefinition(definition)) throw new TypeError('each check must be an object with name and run')
  const unknown = Object.keys(definition).find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new TypeError(
      `check "${definition.check.name}" has no "${unknown}"; there are ${[...known].join(', ')}`,
    )
  const { check, periodMs, after, timeoutMs, phaseMs, attempts = 1, retryMs } = definition
  const { name, host = `check:${name}` } = check
  if (!isCheckName(name))
    throw new TypeError(`"${name}" cannot be the name of a check: it is empty or too long`)
  const whole = (option: string, value: number, min: number, max: number): number => {
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value
    throw new TypeError(
      `"${option}" of check "${name}" must be a whole number from ${min} to ${max}, got ${String(value)}`,
    )
  }
  if (typeof host !== 'string') throw new TypeError(`"host" of check "${name}" must be a string`)
  if ((periodMs === undefined) === (after === undefined))
    throw new TypeError(`check "${name}" must have either "periodMs" or "after"`)
  if (periodMs === undefined && (phaseMs !== undefined || retryMs !== undefined))
    throw new TypeError(`check "${name}" runs after another, so it can have no "phaseMs" and no "retryMs"`)
  if (retryMs !== undefined && attempts === 1)
    throw new TypeError(
      `"retryMs" of check "${name}" needs "attempts" above 1: the first run that is not good is hard already`,
    )
  const period = periodMs === undefined ? undefined : whole('periodMs', periodMs, 1, maxTimerMs)
  return {
    name,
    check,
    after,
    attempts: whole('attempts', attempts, 1, 1000),
    retryMs: retryMs === undefined ? undefined : whole('retryMs', retryMs, 1, period ?? maxTimerMs),
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
