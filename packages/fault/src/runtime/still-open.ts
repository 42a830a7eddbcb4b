import type { FaultEngine } from '../engine/fault-engine.ts'

/** What is asked of a fault that somebody keeps as open; an alert of `@tocsin/notify` is one. */
export interface OpenQuestion {
  /** Names it in the answer. */
  readonly id: string
  /** The id of the rule set. */
  readonly ruleSet: string
  /** The key of the series. */
  readonly series: string
}

/** What is known of one of them. */
export interface StillOpenAnswer {
  /** The `id` of the question. */
  readonly alert: string
  /** `over`: its rules were judged, and it is not open. `unknown`: nothing runs that could tell, or nothing is known of the series. */
  readonly is: 'open' | 'over' | 'unknown'
}

/** What an engine knows of a fault. Unknown is never good: it is over only where each rule of the set was judged, and is not true. */
export function answerOf(
  engine: Pick<FaultEngine, 'explain'>,
  { ruleSet, series }: OpenQuestion,
): StillOpenAnswer['is'] {
  const known = engine.explain(ruleSet, series)
  if (known === undefined) return 'unknown'
  if (known.open !== undefined) return 'open'
  return known.rules.every(({ truth }) => truth === 'false') ? 'over' : 'unknown'
}
