import { editOf } from '../plan/edit.ts'
import { isSame } from '../plan/is-same.ts'
import type { Plan } from '../plan/plan.ts'
import type { Reselection, Transition } from '../plan/reselection.ts'
import { createSelection, selectsAlike } from '../plan/selection.ts'
import type { Shape, Slot } from '../plan/shape.ts'
import { shapeFor } from '../rows/lines.ts'
import type { EngineState } from '../state/state.ts'

/** Compares the rule sets of before and after. */
export function reselect(before: ReadonlyMap<string, Plan>, plans: readonly Plan[]): Reselection {
  const kept = new Map<string, Plan>()
  const places = new Map<Plan, number>()
  const others: Plan[] = []
  for (const [place, plan] of plans.entries()) {
    const old = before.get(plan.id)
    if (old !== undefined && selectsAlike(old, plan)) kept.set(plan.id, plan)
    else others.push(plan)
    places.set(plan, place)
  }
  return { kept, places, others: others.length === 0 ? undefined : createSelection(others) }
}

/** The rule sets of a layout that its rows have after a reload, where no others select them. */
export function keptPlans({ kept, places }: Reselection, old: Shape): readonly Plan[] {
  const plans = new Set(old.slots.flatMap(({ plan }) => kept.get(plan.id) ?? []))
  return [...plans].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
}

/** Compares the layouts of before and after. */
export function transitionTo(state: EngineState, old: Shape, plans: readonly Plan[]): Transition {
  const shape = shapeFor(state, plans)
  const pairs = old.slots.map((slot, index) => [slot, shape.slots[index]] as const)
  const edited = shape.slots.filter(({ plan }, index) => plan !== old.slots[index]?.plan)
  const isAlike = old.slots.length === shape.slots.length
  return {
    shape,
    isInPlace:
      isAlike && isSame(old.needs, shape.needs) && pairs.every((pair) => staysInPlace(state, ...pair)),
    edited,
    keepsAbsences: pairs.every(([was, is]) => isSame(was.watch.absences, is?.watch.absences)),
    keepsDue: pairs.every(([{ plan: was }, is]) => is !== undefined && keepsDue(was, is.plan)),
  }
}

/** Whether each line of a slot has the same meaning after as before. */
function staysInPlace(state: EngineState, old: Slot, next: Slot | undefined): boolean {
  if (old.plan === next?.plan) return true
  if (next === undefined || old.kind !== 'own' || next.kind !== 'own' || old.plan.id !== next.plan.id)
    return false
  const [from, to] = [old.plan, next.plan]
  if (from.missed.length > 0 || to.missed.length > 0) return false
  if (from.rules.length !== to.rules.length || from.memorySize !== to.memorySize) return false
  const { ruleOf } = editOf(state.edits, from, to)
  return from.rules.every(({ when, clear }, index) => {
    const rule = to.rules[index]
    return (
      ruleOf.get(index) === index &&
      [rule?.when.memoryAt, rule?.when.memorySize, rule?.clear?.memoryAt, rule?.clear?.memorySize].every(
        (size, at) => size === [when.memoryAt, when.memorySize, clear?.memoryAt, clear?.memorySize][at],
      )
    )
  })
}

const keepsDue = (from: Plan, to: Plan): boolean =>
  from === to ||
  (from.forgetAfterMs === to.forgetAfterMs &&
    isSame(from.absences, to.absences) &&
    isSame(
      from.rules.map(({ hold }) => hold),
      to.rules.map(({ hold }) => hold),
    ))
