import { createFaultEngine, type FaultEvent, type FaultOutput } from '../../src/engine.ts'
import type { CreateFaultEngineOptions, FaultEngine } from '../../src/engine.ts'
import type { RuleSet } from '../../src/model/rule-set.ts'
import type { Delivery } from '../oracle/arrivals.ts'
import type { Expectation } from '../oracle/oracle.ts'

/** An event as the oracle says it. */
interface Told {
  readonly type: string
  readonly change?: string
  readonly time: number
  readonly severity: number
  readonly previousSeverity?: number
  readonly openedAt: number
  readonly rule: number
  readonly reason?: string
  readonly told: number
}

/** What an engine tells of each rule set and series. */
export type Tellings = Readonly<Record<string, readonly Told[]>>

/** The engine, or what stands in for it in a negative control. */
export type MakeEngine = (ruleSets: readonly RuleSet[], options: CreateFaultEngineOptions) => FaultEngine

/** How an engine is driven; what is between the deliveries must not show. */
export interface Drive {
  readonly make?: MakeEngine
  readonly options?: CreateFaultEngineOptions
  /** Calls `advance` at each moment that `nextDue` names. @defaultValue true */
  readonly ticks?: boolean
  /** Called before the delivery of this index, with the engine; gives the one that goes on. */
  readonly before?: (engine: FaultEngine, index: number, take: (output: FaultOutput) => void) => FaultEngine
}

const tellOf = (event: FaultEvent, told: number): readonly [string, Told] | undefined => {
  if (event.type === 'normal') return undefined
  const { type, time, severity, openedAt, cause, previousSeverity } = event
  const change = event.type === 'muted' ? event.change : undefined
  const facts = { type, time, severity, openedAt, rule: cause.rule, reason: cause.reason, told }
  return [
    `${event.ruleSet} ${event.series.key}`,
    {
      ...facts,
      ...(change !== undefined && { change }),
      ...(previousSeverity !== undefined && { previousSeverity }),
    },
  ]
}

/** All events that an engine tells of deliveries, and of silence up to the end. */
export function eventsOf(
  ruleSets: readonly RuleSet[],
  deliveries: readonly Delivery[],
  end: number,
  drive: Drive = {},
): readonly { readonly event: FaultEvent; readonly told: number }[] {
  const { make = createFaultEngine, options = {}, ticks = true, before } = drive
  let engine = make(ruleSets, { sources: false, ...options })
  const events: { event: FaultEvent; told: number }[] = []
  let now = deliveries[0]?.now ?? 0
  const take = ({ events: some }: FaultOutput): void => {
    for (const event of some) events.push({ event, told: now })
  }
  const goTo = (moment: number): void => {
    for (let calls = 0; ticks && calls < 10_000; calls += 1) {
      const due = engine.nextDue()
      if (!(due < moment)) break
      now = Math.max(now, due)
      take(engine.advance(now))
    }
    now = moment
  }
  if (deliveries.length === 0 || ticks) take(engine.advance(now))
  for (const [index, delivery] of deliveries.entries()) {
    goTo(delivery.now)
    engine = before?.(engine, index, take) ?? engine
    take(engine.sample(delivery.sample, now))
  }
  goTo(end)
  take(engine.advance(end))
  return events
}

/** The same by rule set and series, as the oracle has it. */
export function tellingsOf(...run: Parameters<typeof eventsOf>): Tellings {
  const tellings: Record<string, Told[]> = {}
  for (const { event, told } of eventsOf(...run)) {
    const one = tellOf(event, told)
    if (one !== undefined) (tellings[one[0]] ??= []).push(one[1])
  }
  return tellings
}

/** What was told, without what the oracle says nothing of. */
export function comparable(got: Tellings, right: Expectation, withTold: boolean): [Tellings, Tellings] {
  const keys = [...new Set([...Object.keys(got), ...Object.keys(right)])].toSorted()
  const [ours, theirs]: [Record<string, Told[]>, Record<string, Told[]>] = [{}, {}]
  for (const key of keys) {
    const expected = right[key] ?? []
    theirs[key] = expected.map((one) => ({ ...one, told: withTold ? one.told : 0 }))
    ours[key] = (got[key] ?? []).map((one, index) => {
      const { reason, ...rest } = { ...one, told: withTold ? one.told : 0 }
      return expected[index]?.reason === undefined && expected[index] !== undefined
        ? rest
        : { ...rest, ...(reason !== undefined && { reason }) }
    })
  }
  return [ours, theirs]
}
