import type { Series } from '@tocsin/core'

import type { Cause } from '../../model/fault-event.ts'
import type { Severity } from '../../model/rule-set.ts'
import type { MutePlan } from '../plan/plan.ts'

/** An open fault. Times are wall clock. */
export interface Episode {
  readonly fault: string
  readonly series: Series
  readonly openedAt: number
  severity: Severity
  /** Index of the rule that decides; -1 where no rule stands behind it any more. */
  rule: number
  /** Events so far. */
  events: number
  /** What its last event said of the rule. */
  said: Pick<Cause, 'rule' | 'condition' | 'threshold'>
  /** The same in words, for the next event. */
  before: string | undefined
  /** Holds back the opening, until then. */
  mute: MutePlan | undefined
  muteEnd: number
}
