import type { Series } from '@tocsin/core'

import type { FaultChange } from '../../model/fault-event.ts'
import type { RuleSet, Severity } from '../../model/rule-set.ts'
import { moveRows, takeRuleSets } from '../reload/take-rule-sets.ts'
import { loadSnapshot } from './snapshot-load.ts'
import { saveSnapshot } from './snapshot-save.ts'
import { createSelection } from '../plan/selection.ts'
import { createState, type EngineState } from '../state/state.ts'

/** What other rule sets would do to a series or group now. */
export interface RuleDiff {
  /** What would happen to its fault. */
  readonly change: 'opens' | 'clears' | 'changes'
  /** The id of the rule set. */
  readonly ruleSet: string
  /** The series or group. */
  readonly series: Series
  /** The severity after; for `clears`, before. */
  readonly severity: Severity
  /** The severity before; only for `changes`. */
  readonly previousSeverity?: Severity
  /** Why: as in the event that would be told. */
  readonly cause: FaultChange['cause']
}

/** Does it to a copy, and gives what came of it. */
export function compareRuleSets(state: EngineState, ruleSets: readonly RuleSet[]): readonly RuleDiff[] {
  const copy = createState(state.limits, createSelection([]))
  loadSnapshot(copy, saveSnapshot(state, undefined))
  copy.events = []
  takeRuleSets(copy, ruleSets)
  while (!moveRows(copy, { left: Infinity })) continue
  return copy.events.flatMap((event) => {
    if (event.type === 'normal') return []
    const { ruleSet, series, severity, previousSeverity, cause } = event
    const what = event.type === 'muted' ? event.change : event.type
    const change = what === 'opened' ? 'opens' : what === 'cleared' ? 'clears' : 'changes'
    return [
      {
        change,
        ruleSet,
        series,
        severity,
        ...(previousSeverity !== undefined && { previousSeverity }),
        cause,
      },
    ]
  })
}
