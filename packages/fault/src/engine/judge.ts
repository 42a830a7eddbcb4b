import { addToWindow, averageOf, filledMsOf } from './average-window.ts'
import type { Comparand, Scalar } from './criterion.ts'
import type { Instance } from './instance.ts'
import type { RulePlan } from './plan.ts'

/** The value where rules can judge it at all: finite numbers and texts. */
export function scalarOf(value: unknown): Scalar | undefined {
  return typeof value === 'string' || Number.isFinite(value) ? (value as Scalar) : undefined
}

/** Why a value tells nothing. */
export type Illegibility = 'not-finite' | 'wrong-type'

/** Why rules that compare these things can tell nothing about a value; `undefined` where they can. */
export function illegibility(compares: Comparand, value: unknown): Illegibility | undefined {
  if (compares === 'none') return undefined
  if (typeof value === 'string') return compares === 'number' ? 'wrong-type' : undefined
  if (typeof value !== 'number' || compares === 'string') return 'wrong-type'
  return Number.isFinite(value) ? undefined : 'not-finite'
}

/** What was judged, and the first value rule that it violates. */
export interface Verdict {
  /** False where nothing can be told yet. */
  known: boolean
  rule: RulePlan | undefined
  judged: Scalar | undefined
}

/**
 * Judges a legible value that is no older than the last one: the first violated rule decides. Nothing is known while the
 * window is not filled as far as it must be. Writes to `verdict`, since this runs for each sample.
 */
export function judgeValue(
  instance: Instance,
  time: number,
  value: Scalar | undefined,
  verdict: Verdict,
): void {
  const { plan, window, previous } = instance
  let judged = value
  verdict.known = true
  if (window !== undefined && typeof value === 'number') {
    addToWindow(window, time, value)
    judged = averageOf(window)
    verdict.known = filledMsOf(window) >= (plan.window?.minFillMs ?? 0) && Number.isFinite(judged)
  }
  verdict.judged = judged
  verdict.rule = undefined
  if (!verdict.known || judged === undefined) return
  instance.previous = value
  for (const rule of plan.valueRules) {
    if (rule.test(judged, previous)) {
      verdict.rule = rule
      return
    }
  }
}
