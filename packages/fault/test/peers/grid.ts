import { series } from '@tocsin/core'

import { createFaultEngine, type FaultEvent, type FaultInput, type RuleSetInput } from '../../src/engine.ts'
import type { CreateFaultEngineOptions } from '../../src/engine.ts'

/** A second and a value; `stale` is a marker. */
export type Came = readonly [second: number, value: number | string]

const m = series('m')

export const sampleOf = ([second, value]: Came, more: Partial<FaultInput> = {}): FaultInput =>
  value === 'stale'
    ? { series: m, time: second * 1000, value: NaN, kind: 'stale', ...more }
    : { series: m, time: second * 1000, value, kind: 'gauge', ...more }

/** A rule set named `r` for `m`. */
export const watch = (rules: RuleSetInput['rules'], more: Partial<RuleSetInput> = {}): RuleSetInput => ({
  id: 'r',
  select: '__name:m*',
  rules,
  ...more,
})

export interface Run {
  readonly events: readonly FaultEvent[]
  /** Seconds, type, severity and reason. */
  readonly told: readonly string[]
  /** After each sample: the severity of the fault, or `-`. */
  readonly states: string
}

/** What the engine tells of samples that arrive as they are taken, each of them one moment; then the clock goes on. */
export function run(
  ruleSets: RuleSetInput | readonly RuleSetInput[],
  samples: readonly (Came | FaultInput)[],
  untilSecond?: number,
  options: CreateFaultEngineOptions = {},
): Run {
  const engine = createFaultEngine(Array.isArray(ruleSets) ? ruleSets : [ruleSets as RuleSetInput], options)
  const events: FaultEvent[] = []
  let severity = '-'
  let states = ''
  let now = -Infinity
  const take = (some: readonly FaultEvent[]): void => {
    for (const event of some) {
      events.push(event)
      if (event.type === 'cleared') severity = '-'
      else if (event.type !== 'muted' && event.type !== 'normal') severity = String(event.severity)
    }
  }
  for (const came of samples) {
    const sample = 'series' in came ? came : sampleOf(came)
    now = Math.max(now, sample.receivedAt ?? sample.time)
    take(engine.sample(sample, now).events)
    states += severity
  }
  if (untilSecond !== undefined) take(engine.advance(untilSecond * 1000).events)
  return { events, told: events.map(say), states }
}

function say(event: FaultEvent): string {
  const { type, time, cause } = event
  if (type === 'normal') return `${time / 1000} normal`
  return `${time / 1000} ${type === 'muted' ? `muted ${event.change}` : type} s${event.severity} ${cause.reason}`
}

/** Values a minute apart, as a row of them. */
export const minutes = (values: readonly (number | 'stale' | '_')[], stepSeconds = 60): readonly Came[] =>
  values.flatMap((value, index) => (value === '_' ? [] : [[index * stepSeconds, value] as const]))

/**
 * Which states a series has at each minute, as a poll a minute sees them: `F` where a fault is open. Asked just after the minute, when
 * the sample of the minute has come and what was due `lateness` before is known.
 */
export function polled(
  ruleSet: RuleSetInput,
  values: readonly (number | 'stale' | '_')[],
  count: number = values.length,
  options: CreateFaultEngineOptions = {},
): string {
  const engine = createFaultEngine([ruleSet], { staleAfterMs: 0, ...options })
  const open = new Set<string>()
  let seen = ''
  const take = (events: readonly FaultEvent[]): void => {
    for (const event of events) {
      if (event.type === 'opened') open.add(event.ruleSet)
      if (event.type === 'cleared') open.delete(event.ruleSet)
    }
  }
  for (let minute = 0; minute < count; minute += 1) {
    const value = values[minute] ?? '_'
    take(engine.advance(minute * 60_000).events)
    if (value !== '_') take(engine.sample(sampleOf([minute * 60, value]), minute * 60_000).events)
    seen += open.size > 0 ? 'F' : '-'
  }
  return seen
}
