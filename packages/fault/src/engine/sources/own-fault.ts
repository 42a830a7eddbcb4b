import { buildSeries, type Series } from '@tocsin/core'

import { withText } from '../../sentences/sentence.ts'
import type { Cause, FaultChange } from '../../model/fault-event.ts'
import type { Severity } from '../../model/rule-set.ts'
import type { OwnFault, Source } from '../state/source.ts'
import type { EngineState } from '../state/state.ts'

/** The rule sets of the engine itself. */
export type OwnRuleSet = 'tocsin.source' | 'tocsin.refused'

/** Their faults are of a source. */
export function ownSeries(ruleSet: OwnRuleSet, name: string | undefined): Series {
  const built = buildSeries(ruleSet, name === undefined ? {} : { source: name })
  return built.ok ? built.value : { key: ruleSet, metric: ruleSet, tags: {} }
}

/** Opens a fault of the engine itself; times are wall clock. */
export function openOwn(
  state: EngineState,
  ruleSet: OwnRuleSet,
  source: Source,
  severity: Severity,
  time: number,
  cause: Cause,
): OwnFault {
  const openedAt = Math.max(time, source.eventTime + 1)
  const fault = `${ruleSet}|${ownSeries(ruleSet, source.name).key}|${openedAt}`
  const isLate = cause.reason === 'late'
  const own: OwnFault = { fault, openedAt, severity, events: 0, isLate, held: cause.held }
  tellOwnFault(state, ruleSet, source, own, 'opened', openedAt, cause)
  return own
}

/** Tells what becomes of it. */
export function tellOwnFault(
  state: EngineState,
  ruleSet: OwnRuleSet,
  source: Source,
  own: OwnFault,
  type: FaultChange['type'],
  time: number,
  cause: Cause,
  previousSeverity?: Severity,
): void {
  source.eventTime = Math.max(time, source.eventTime)
  const event = withText({
    type,
    id: `${own.fault}|${own.events}`,
    fault: own.fault,
    ruleSet,
    series: ownSeries(ruleSet, source.name),
    severity: own.severity,
    openedAt: own.openedAt,
    time: source.eventTime,
    cause,
    ...(previousSeverity !== undefined && { previousSeverity }),
  })
  own.events += 1
  state.counts.events += 1
  state.events.push(event)
}
