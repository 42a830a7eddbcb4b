import { parseTagQuery, type Series } from '@tocsin/core'

import { indexQueries } from '../../selecting/query-index.ts'
import type { Plan } from './plan.ts'

/** Which rule sets select a series, in their order. */
export interface Selection {
  plansOf(series: Series): readonly Plan[]
}

/** Selects by an index: a series is asked about by the few rule sets that it may be for. A group's also need its tags. */
export function createSelection(plans: readonly Plan[]): Selection {
  const find = indexQueries(
    plans.flatMap((plan) => {
      const query = parseTagQuery(plan.ruleSet.select)
      return query.ok ? [{ query: query.value, value: plan }] : []
    }),
  )
  return {
    plansOf: (series) =>
      find(series).filter(({ by }) => by?.every((tag) => Object.hasOwn(series.tags, tag)) ?? true),
  }
}
