import { parseDuration } from '@tocsin/core'

import type { Condition, Term, TermComparison } from '../model/rule-set.ts'
import type { TimeWindow } from '../model/time-window.ts'
import { type CompiledComparison, compileComparison } from './comparison.ts'
import type { LeafPlan } from './leaf-plan.ts'
import type { Look } from './look.ts'
import { compileTerm } from './terms.ts'
import type { Truth } from './truth.ts'

/** The kind of a leaf: the key of its comparison, or what else it asks. */
type LeafReason = CompiledComparison['reason'] | 'absent' | 'missed' | 'some'

/** A part of a condition without parts. */
export interface Leaf {
  /** As it was written. */
  readonly condition: Condition
  readonly reason: LeafReason
  /** What is compared; none for `absent`, `missed` and `some`. */
  readonly term: Term | undefined
  /** The window of the term, ms; none for the last value, for numbers of samples, and for a ratio. */
  readonly durationMs: number | undefined
  /** The number of its window, for {@link Windows.filledMs} and {@link Windows.count}. */
  readonly need: number | undefined
  /** Of its window, what must be covered, ms. */
  readonly minFillMs: number
  /** Whether it is so; remembers what hysteresis needs. */
  readonly test: (look: Look) => Truth
  /** Whether it is so; remembers nothing. */
  readonly peek: (look: Look) => Truth
  /** What is compared: of `some`, how many members are such; `undefined` where it is unknown. */
  readonly value: (look: Look) => number | string | undefined
  /** What it is compared with: the limit in force, which is `until` where that keeps it true; of `some`, how many are needed; of `absent`, ms. */
  readonly threshold: (look: Look) => number | string | undefined
}

const lastTerm: Term = { last: true }

/** Compiles a comparison. */
export function compareLeaf(condition: TermComparison, plan: LeafPlan): Leaf {
  const { of: term = lastTerm, minFill } = condition
  const minFillMs = minFill === undefined ? 0 : (parseDuration(minFill) ?? NaN)
  const comparison = compileComparison(condition)
  const { reason, threshold } = comparison
  const leaf = { condition, reason, term, minFillMs } as const
  if (reason === 'changed') {
    const test = (look: Look): Truth => (look.isKnown ? look.changed : 2)
    const none = { durationMs: undefined, need: undefined, threshold: () => undefined }
    return { ...leaf, ...none, test, peek: test, value: lastOf }
  }
  if (term.last === true) {
    const last = { ...leaf, durationMs: undefined, need: undefined, value: lastOf }
    if (typeof threshold === 'number') {
      const all = tests(comparison, lastNumber, plan)
      return { ...last, ...all, ...(comparison.until === undefined && testsOfLast(comparison)) }
    }
    const test = ofLastText(comparison)
    return { ...last, test, peek: test, threshold: () => threshold }
  }
  const compiled = compileTerm(term, minFillMs, plan)
  const read = whereFilled(compiled.read, compiled.filledMs, minFillMs)
  const value = (look: Look): number | undefined => {
    const number = read(look)
    return Number.isNaN(number) ? undefined : number
  }
  const { durationMs, need } = compiled
  return { ...leaf, durationMs, need, value, ...tests(comparison, read, plan) }
}

/** The most usual comparison, without the calls that read other terms. */
function testsOfLast({ ofNumber }: CompiledComparison): Pick<Leaf, 'test' | 'peek'> {
  const test = ({ isKnown, value }: Look): Truth => (isKnown ? ofNumber(value) : 2)
  return { test, peek: test }
}

const lastNumber = (look: Look): number => (look.isKnown ? look.value : NaN)

function lastOf({ isKnown, value, text }: Look): number | string | undefined {
  if (!isKnown) return undefined
  return text ?? (Number.isNaN(value) ? undefined : value)
}

const ofLastText =
  ({ ofText, ofNumber }: CompiledComparison) =>
  ({ isKnown, text, value }: Look): Truth => {
    if (!isKnown) return 2
    return text === undefined ? ofNumber(value) : ofText(text)
  }

function whereFilled(
  read: (look: Look) => number,
  filledMs: (look: Look) => number,
  minFillMs: number,
): (look: Look) => number {
  if (minFillMs === 0) return (look) => (look.isKnown ? read(look) : NaN)
  return (look) => (look.isKnown && filledMs(look) >= minFillMs ? read(look) : NaN)
}

type Tests = Pick<Leaf, 'test' | 'peek' | 'threshold'>

/** Tests a number; with `until`, one byte of memory says whether it was true. */
function tests(
  { ofNumber, ofNumberUntil, until, threshold }: CompiledComparison,
  read: (look: Look) => number,
  plan: LeafPlan,
): Tests {
  if (until === undefined) {
    const test = (look: Look): Truth => ofNumber(read(look))
    return { test, peek: test, threshold: () => threshold }
  }
  const byte = plan.memorySize++
  const peek = (look: Look): Truth =>
    look.memory[look.at + byte] === 1 ? ofNumberUntil(read(look)) : ofNumber(read(look))
  const test = (look: Look): Truth => {
    const truth = peek(look)
    if (truth !== 2) look.memory[look.at + byte] = truth
    return truth
  }
  const isKept = (look: Look): boolean => look.memory[look.at + byte] === 1 && ofNumber(read(look)) === 0
  return { test, peek, threshold: (look) => (isKept(look) ? until : threshold) }
}

const bare = { term: undefined, durationMs: undefined, need: undefined, minFillMs: 0 } as const

/** Compiles `absentFor`, of so many ms. */
export function absentLeaf(condition: Condition, ms: number): Leaf {
  const test = (look: Look): Truth => (look.isAbsent(ms) ? 1 : 0)
  const none = { value: () => undefined, threshold: () => ms }
  return { ...bare, condition, reason: 'absent', test, peek: test, ...none }
}

/** Compiles `missedDuring`. */
export function missedLeaf(condition: Condition, window: TimeWindow, plan: LeafPlan): Leaf {
  const index = plan.missed.push(window) - 1
  const test = (look: Look): Truth => look.missed(index)
  const none = { value: () => undefined, threshold: () => undefined }
  return { ...bare, condition, reason: 'missed', test, peek: test, ...none }
}
