import type { Truth } from './truth.ts'

/** Where a rule is between not violated and violated. */
export type Phase = 0 | 1 | 2 | 3

/** Not violated. */
export const quiet = 0
/** The condition is true, not yet for long enough. */
export const pending = 1
/** Violated. */
export const firing = 2
/** Violated; it could end, not yet for long enough. */
export const ending = 3

/** The state of one rule of one instance: three columns, or an object that is reused. */
export interface Hold {
  phase: Phase
  /** Since when, ms: the condition is true (pending, firing), or it could end (ending). */
  since: number
  /** Neither true nor false now: the phase stays, and nothing runs out. */
  isHeld: boolean
}

/** What a rule says of holding; ms. */
export interface HoldRule {
  readonly forMs: number
  readonly keepMs: number
  readonly unknown: 'hold' | 'clear' | 'fire'
  readonly hasClear: boolean
}

/**
 * Takes what `when` and `clear` are at `time`; `clear` counts only where the rule has one. True fires once it was so for `forMs`; what
 * fires ends once it could have ended for `keepMs` without a break: `clear` is true, or, where there is none, `when` is false. A
 * `when` that is true ends nothing. Unknown holds; `'clear'` and `'fire'` read it as what ends and what does not. `was`: what `when` was
 * before; what fires though `when` was false since is true from when it is so again.
 */
export function holdStep(
  hold: Hold,
  when: Truth,
  clear: Truth,
  time: number,
  rule: HoldRule,
  was: Truth = 2,
): void {
  const truth = readAs(when, rule)
  if (hold.phase === firing && (truth === 0 || readAs(was, rule) === 0)) hold.since = time
  if (hold.phase <= pending) begin(hold, truth, time, rule)
  else end(hold, truth, mayEnd(truth, clear, rule), time, rule)
}

const readAs = (truth: Truth, { unknown }: HoldRule): Truth =>
  truth !== 2 || unknown === 'hold' ? truth : unknown === 'fire' ? 1 : 0

/** When the phase runs out by itself, if nothing is judged before; Infinity where it does not. */
export function holdDue({ phase, since, isHeld }: Hold, rule: HoldRule): number {
  if (isHeld) return Infinity
  if (phase === pending) return since + rule.forMs
  return phase === ending ? since + rule.keepMs : Infinity
}

/** The phase has run out: pending fires, ending is quiet. */
export function holdRunsOut(hold: Hold): void {
  hold.phase = hold.phase === pending ? firing : quiet
}

function begin(hold: Hold, truth: Truth, time: number, rule: HoldRule): void {
  hold.isHeld = truth === 2
  if (truth === 0) hold.phase = quiet
  if (truth !== 1) return
  if (hold.phase === quiet) {
    hold.phase = pending
    hold.since = time
  }
  if (time - hold.since >= rule.forMs) hold.phase = firing
}

function mayEnd(truth: Truth, clear: Truth, rule: HoldRule): Truth {
  if (truth === 1) return 0
  if (!rule.hasClear) return truth === 0 ? 1 : 2
  if (clear !== 2 || rule.unknown === 'hold') return clear
  return rule.unknown === 'clear' ? 1 : 0
}

function end(hold: Hold, truth: Truth, may: Truth, time: number, rule: HoldRule): void {
  if (may === 0) {
    if (hold.phase === ending) hold.since = time
    hold.phase = firing
    hold.isHeld = truth === 2
    return
  }
  hold.isHeld = may === 2
  if (may === 2) return
  if (hold.phase === firing) {
    hold.phase = ending
    hold.since = time
  }
  if (time - hold.since >= rule.keepMs) hold.phase = quiet
}
