import {
  createFaultEngine,
  type FaultEngineOptions,
  type FaultInput,
  type RuleSetInput,
  series,
  type Series,
} from '../../src/engine.ts'
import type { FaultChange, FaultEngine, FaultEvent, FaultOutput, Trouble } from '../../src/engine.ts'

/** The series of most tests. */
export const m: Series = series('m')

/** A sample of `m`; times of these tests are in seconds. */
export const at = (
  second: number,
  value: FaultInput['value'],
  more: Partial<FaultInput> = {},
): FaultInput => ({
  series: m,
  time: second * 1000,
  value,
  kind: 'gauge',
  ...more,
})

/** A rule set named `r` for `m`. */
export const watch = (rules: RuleSetInput['rules'], more: Partial<RuleSetInput> = {}): RuleSetInput => ({
  id: 'r',
  select: '__name:m',
  rules,
  ...more,
})

/** An engine that writes down what it tells: seconds, type, severity, reason. */
export interface Recorder {
  readonly engine: FaultEngine
  readonly told: string[]
  readonly events: FaultEvent[]
  readonly problems: Trouble[]
  /** Delivers a sample at this second, or at its own time. */
  readonly sample: (sample: FaultInput, second?: number) => void
  /** Tells all that is due at this second, in as many steps as it takes. */
  readonly advance: (second: number) => void
  readonly take: (output: FaultOutput) => void
}

/** How an event is written down. */
function say(event: FaultEvent): string {
  const { type, time, cause } = event
  if (type === 'normal') return `${time / 1000} normal`
  return `${time / 1000} ${type === 'muted' ? `muted ${event.change}` : type} s${event.severity} ${cause.reason}`
}

/** Records what an engine tells. */
export function record(engine: FaultEngine): Recorder {
  const told: string[] = []
  const events: FaultEvent[] = []
  const problems: Trouble[] = []
  const take = (output: FaultOutput): void => {
    for (const event of output.events) {
      events.push(event)
      told.push(say(event))
    }
    problems.push(...output.problems)
  }
  return {
    engine,
    told,
    events,
    problems,
    sample: (sample, second = sample.time / 1000) => take(engine.sample(sample, second * 1000)),
    advance: (second) => {
      do take(engine.advance(second * 1000))
      while (engine.nextDue() <= second * 1000)
    },
    take,
  }
}

/** Records what an engine of these rule sets tells. */
export const recorded = (ruleSets: readonly RuleSetInput[], options?: FaultEngineOptions): Recorder =>
  record(createFaultEngine(ruleSets, options))

/** The events by which a restart knows the faults that are open. */
export const openingsOf = (events: readonly FaultEvent[]): FaultChange[] =>
  events.filter((event): event is FaultChange => event.type === 'opened')
