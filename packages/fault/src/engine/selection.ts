import type { Series } from '@tocsin/core'

import type { Plan } from './plan.ts'

/** Which rule sets select a series, in their order. */
export interface Selection {
  plansOf(series: Series): readonly Plan[]
}

/** Selects by asking each rule set. */
export function createSelection(plans: readonly Plan[]): Selection {
  return {
    plansOf: (series) =>
      plans.filter(
        (plan) => plan.matches(series) && (plan.by?.every((tag) => Object.hasOwn(series.tags, tag)) ?? true),
      ),
  }
}
