export {
  anyDecimal,
  anyPowerCut,
  anySamples,
  anySeries,
  anyTags,
  streamFaults,
} from '@tocsin/core/testing/arbitraries'
export { anyFaultHistory } from './any-fault-history.ts'
export { anyRuleSet, anyTimeWindow } from './any-rule-sets.ts'

export type {
  AnyPowerCut,
  AnyPowerCutOptions,
  AnySamplesOptions,
  StreamFault,
} from '@tocsin/core/testing/arbitraries'
export type {
  BytesChoice,
  NameChoice,
  NameOperation,
  Place,
  PowerCut,
  SampleSequence,
  Marbles,
} from '@tocsin/core/testing'
export type { AnyFaultHistoryOptions } from './any-fault-history.ts'
export type { AnyRuleSetOptions } from './any-rule-sets.ts'
export type {
  Cause,
  CauseReason,
  FaultChange,
  FaultEvent,
  FaultMuted,
  FaultNormal,
} from '../model/fault-event.ts'
export type { FaultInput } from '../model/fault-input.ts'
export type {
  Comparison,
  Condition,
  Rule,
  RuleMute,
  RuleSet,
  Severity,
  Span,
  Term,
} from '../model/rule-set.ts'
export type { TimeWindow, Weekday } from '../model/time-window.ts'
export type { Duration, Histogram, Sample, SampleKind, Series, Tags } from '@tocsin/core'
