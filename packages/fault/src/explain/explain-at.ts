import { resolveOptions, type Series } from '@tocsin/core'

import { createEngine } from '../engine/fault-engine.ts'
import { defaultFaultEngineOptions, type FaultEngineOptions, limitChecks } from '../engine/limits.ts'
import { FaultError } from '../errors.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { RuleSetInput } from '../model/rule-set.ts'
import { parseRuleSets } from '../rules/parse-rule-sets.ts'
import type { Explanation } from './explanation.ts'

/** What {@link explainAt} is asked. */
export interface ExplainAtOptions extends FaultEngineOptions {
  /** The id of the rule set. */
  readonly ruleSet: string
  /** The series, or its key; where the rule set has `by`, of a member or of the group. */
  readonly series: Series | string
  /** Of which moment, ms since the Unix epoch. */
  readonly at: number
}

/**
 * Judges a history again up to a past moment, and explains why a fault was open then, or why not; `undefined` where nothing was known of
 * the series. What came later than `at` is not read, so that it says what could be known then.
 *
 * `source`: the samples in the order in which they arrived; each is taken as delivered when it was received (`receivedAt`), or else at its time.
 *
 * Errors: rejects with `FAULT_BAD_RULESET`, `FAULT_BAD_OPTION`, and with what `source` throws.
 *
 * Memory: that of an engine; the history is not kept. Clock: none.
 *
 * @example
 * ```ts
 * import { explainAt, series } from '@tocsin/fault/engine'
 *
 * const history = [3, 120, 90].map((value, index) => ({ series: series('queue'), time: index * 1000, value }))
 * const rules = [{ id: 'queue', select: '__name:queue', rules: [{ when: { above: 100 }, severity: 1 }] }] as const
 * const why = await explainAt(history, rules, { ruleSet: 'queue', series: 'queue', at: 2000 })
 * console.log(why?.text) // => not open: 90 is not above 100
 * ```
 */
export async function explainAt(
  source: Iterable<FaultInput> | AsyncIterable<FaultInput>,
  ruleSets: readonly RuleSetInput[],
  { ruleSet, series, at, ...options }: ExplainAtOptions,
): Promise<Explanation | undefined> {
  const checked = parseRuleSets(ruleSets)
  if (!checked.some(({ id }) => id === ruleSet))
    throw new FaultError(
      'FAULT_BAD_OPTION',
      `ruleSet must be the id of one of the rule sets, got ${JSON.stringify(ruleSet)}`,
    )
  if (!Number.isFinite(at))
    throw new FaultError(
      'FAULT_BAD_OPTION',
      `at must be a moment in ms since the Unix epoch, got ${String(at)}`,
    )
  const engine = createEngine(
    checked,
    resolveOptions(
      defaultFaultEngineOptions,
      options,
      limitChecks,
      (message) => new FaultError('FAULT_BAD_OPTION', message),
    ),
  )
  let now = -Infinity
  for await (const sample of source) {
    const arrival = sample.receivedAt ?? sample.time
    if (arrival > at) break
    // A sample of an earlier time than the one before came with it.
    now = Math.max(now, arrival)
    engine.sample(sample, now)
  }
  // All that is due by then, in steps.
  do engine.advance(at)
  while (engine.nextDue() <= at)
  return engine.explain(ruleSet, typeof series === 'string' ? series : series.key)
}
