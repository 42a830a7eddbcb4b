import { parseTagQuery, type Series } from '@tocsin/core'

import { indexQueries } from '../../selecting/query-index.ts'
import { isSame } from './is-same.ts'
import type { Plan } from './plan.ts'

/** Which rule sets select a series, in their order. */
export interface Selection {
  plansOf(series: Series): readonly Plan[]
  /** The same of other rule sets that say the same of it, one for one: what was found out of their queries is used again. */
  of(plans: readonly Plan[]): Selection | undefined
}

/** Selects by an index: a series is asked about by the few rule sets that it may be for. A group's also need its tags. */
export function createSelection(plans: readonly Plan[]): Selection {
  const queries = plans.flatMap((plan, value) => {
    const query = parseTagQuery(plan.ruleSet.select)
    return query.ok ? [{ query: query.value, value }] : []
  })
  return selectBy(plans, indexQueries(queries))
}

function selectBy(plans: readonly Plan[], find: (series: Series) => readonly number[]): Selection {
  return {
    plansOf(series) {
      const found: Plan[] = []
      for (const number of find(series)) {
        const plan = plans[number]
        if (plan?.by?.every((tag) => Object.hasOwn(series.tags, tag)) ?? plan !== undefined) found.push(plan)
      }
      return found
    },
    of(others) {
      const isAlike =
        others.length === plans.length && plans.every((plan, index) => selectsAlike(plan, others[index]))
      return isAlike ? selectBy(others, find) : undefined
    },
  }
}

/** Whether two rule sets select the same series. */
export const selectsAlike = (one: Plan, other: Plan | undefined): boolean =>
  one.ruleSet.select === other?.ruleSet.select && isSame(one.by, other.by)
