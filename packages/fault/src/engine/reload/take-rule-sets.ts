import type { RuleSet } from '../../model/rule-set.ts'
import { Plans } from '../plan/plan.ts'
import { createSelection } from '../plan/selection.ts'
import { forgetQuiet } from '../quiet/quiet-row.ts'
import { dueOf } from '../rows/due.ts'
import { groupWith } from '../rows/groups.ts'
import type { EngineState } from '../state/state.ts'
import { isSame } from '../plan/is-same.ts'
import { moveGroup } from './move-group.ts'
import { moveRow } from './move-row.ts'
import { type Work, workOfCompiling, workOfMoving, workOfTelling } from '../work.ts'
import { reselect } from './transition.ts'

/** Takes other rule sets. Those that are as before keep all; of the others, what is alike. Rows follow when they are met, or in steps. */
export function takeRuleSets(state: EngineState, ruleSets: readonly RuleSet[]): void {
  const before = new Map(state.plans.map((plan) => [plan.id, plan]))
  const plans = new Plans(state.windows)
  state.plans = ruleSets.map((ruleSet) => {
    const known = before.get(ruleSet.id)
    return known !== undefined && isSame(known.ruleSet, ruleSet) ? known : plans.create(ruleSet)
  })
  // Rows that are of rule sets of an earlier reload still are selected for anew.
  state.reselection = before.size === 0 ? undefined : reselect(before, state.plans)
  state.transitions.clear()
  state.selection = state.selection.of(state.plans) ?? createSelection(state.plans)
  state.generation += 1
  state.shapes.clear()
  state.quietPlans.length = 1
  forgetQuiet(state)
  state.others.clear()
  state.moved = 0
  const now = new Map(state.plans.map((plan) => [plan.id, plan]))
  for (const group of [...state.groups.values()]) moveGroup(state, group, now.get(group.plan.id))
  if (state.isStarted) expectGroups(state)
}

/** Makes the groups that rule sets expect. */
export function expectGroups(state: EngineState): void {
  state.isStarted = true
  for (const plan of state.plans) {
    for (const tags of plan.ruleSet.expect ?? []) {
      const { row } = groupWith(state, plan, tags, true)
      if (state.rows.time(row) !== -Infinity || state.rows.armed(row) !== -Infinity) continue
      state.rows.setArmed(row, state.now)
      state.timers.plan(row, dueOf(state, row))
    }
  }
}

/** Moves rows to the rule sets of now, as far as the work goes; true when all are. */
export function moveRows(state: EngineState, work: Work): boolean {
  const { rows, events, shapes } = state
  while (work.left > 0 && state.moved < rows.end) {
    const shape = rows.shape[state.moved]
    const [told, made] = [events.length, shapes.size]
    if (shape !== undefined && shape.generation !== state.generation) moveRow(state, state.moved)
    state.moved += 1
    work.left -= workOfMoving + (events.length - told) * workOfTelling
    work.left -= (shapes.size - made) * workOfCompiling
  }
  if (state.moved >= rows.end) {
    state.moved = Infinity
    state.edits.clear()
    state.transitions.clear()
    state.reselection = undefined
  }
  return state.moved === Infinity
}
