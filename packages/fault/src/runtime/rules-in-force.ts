import type { ReportProblem } from '@tocsin/core'
import { filter, isObservable, map, type Observable, of } from 'rxjs'

import type { FaultProblem } from '../model/fault-problem.ts'
import type { RuleSet, RuleSetInput } from '../model/rule-set.ts'
import { readRuleSets } from '../rules/lint.ts'
import { parseRuleSets } from '../rules/parse-rule-sets.ts'

/** The rule sets that judge from now on. */
export interface RulesInForce {
  readonly ruleSets: readonly RuleSet[]
  /** The ids of those that are broken, and were never good: what they would say of a fault is not known. */
  readonly broken: ReadonlySet<string>
}

/**
 * Rule sets as they come. Those of a list are checked at the call; of a stream, a broken one stops nobody: it is told, and what
 * it was before stays in force. A document that is no list changes nothing.
 */
export function rulesFrom(
  given: readonly RuleSetInput[] | Observable<readonly RuleSetInput[]>,
): (report: ReportProblem<FaultProblem>) => Observable<RulesInForce> {
  if (isObservable(given)) {
    return (report) =>
      given.pipe(
        map(createReader(report)),
        filter((rules) => rules !== undefined),
      )
  }
  // Of a copy: who changes his own afterwards changes nothing here.
  const ruleSets = parseRuleSets(given)
  return () => of({ ruleSets, broken: new Set<string>() })
}

function createReader(report: ReportProblem<FaultProblem>): (json: unknown) => RulesInForce | undefined {
  let before = new Map<string, RuleSet>()
  return (json) => {
    const { ruleSets, findings } = readRuleSets(json)
    const now = new Map(ruleSets.map((ruleSet) => [ruleSet.id, ruleSet]))
    const broken = new Set<string>()
    const told = new Set<string>()
    for (const { severity, path, message, ruleSet: id } of findings) {
      const place = /^rulesets(\[\d+\])?/.exec(path)?.[0] ?? path
      // The first flaw of each will do; lint tells all.
      if (severity !== 'error' || told.has(place)) continue
      told.add(place)
      const last = id === undefined || now.has(id) ? undefined : before.get(id)
      if (last !== undefined) now.set(last.id, last)
      else if (id !== undefined && !now.has(id)) broken.add(id)
      const outcome =
        place === 'rulesets'
          ? 'all rule sets stay as they were'
          : last === undefined
            ? 'it judges nothing'
            : 'what it was before stays in force'
      report('bad-ruleset', () => ({
        message: `${message}; ${outcome}`,
        ...(id !== undefined && { ruleSet: id }),
      }))
    }
    if (told.has('rulesets')) return undefined
    before = now
    return { ruleSets: [...now.values()], broken }
  }
}
