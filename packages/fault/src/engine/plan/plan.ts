import { compileTagQuery, parseDuration, parseTagQuery, type Series } from '@tocsin/core'

import { type CompiledCondition, compileCondition, type Leaf } from '../../conditions/condition.ts'
import { type ConditionPlan, createConditionPlan } from '../../conditions/condition.ts'
import type { HoldRule } from '../../conditions/hold.ts'
import { type Occurrences, occurrencesOf } from '../../conditions/time-window.ts'
import type { Rule, RuleSet, Severity } from '../../model/rule-set.ts'
import type { TimeWindow } from '../../model/time-window.ts'
import { forgetAfterMs } from '../../rules/conditions-of.ts'
import type { Windows } from '../../windows/windows.ts'

/** A rule ready to judge. */
export interface RulePlan {
  /** As it was written; its conditions are those of the leaves. */
  readonly written: Rule
  readonly index: number
  readonly severity: Severity
  readonly when: CompiledCondition
  readonly clear: CompiledCondition | undefined
  readonly hold: HoldRule
  /** Before the first sample nothing is read out of what is unknown. */
  readonly holdUnseen: HoldRule
  readonly waitMs: number | undefined
}

/** While faults of some severities are not told. */
export interface MutePlan {
  readonly during: TimeWindow
  readonly occurrences: Occurrences
  readonly severities: readonly Severity[] | undefined
}

/** What of its samples a rule set reads: bits of what it cannot. */
export const unread = { numbers: 1, texts: 2, others: 4 } as const

/** What is watched of a row though no sample comes. */
export interface Watch {
  /** The lengths of its absences, ms, ascending. */
  readonly absences: readonly number[]
  /** The windows of time that samples may miss. */
  readonly missed: readonly Occurrences[]
}

/** A condition on each member of a group. */
export interface MemberWatch {
  readonly condition: CompiledCondition
  readonly conditions: ConditionPlan
}

/** A part of the members of a group. */
interface PartWatch {
  readonly select: string
  readonly needs: readonly number[]
  readonly matches: (series: Series) => boolean
}

/** A rule set ready to judge. */
export interface Plan extends Watch {
  readonly ruleSet: RuleSet
  readonly id: string
  readonly rules: readonly RulePlan[]
  readonly needs: readonly number[]
  readonly memorySize: number
  /** The windows of {@link Watch.missed}, as they were written. */
  readonly missedDuring: readonly TimeWindow[]
  readonly members: readonly MemberWatch[]
  readonly parts: readonly PartWatch[]
  readonly mutes: readonly MutePlan[]
  readonly forgetAfterMs: number
  readonly by: readonly string[] | undefined
  readonly decidesWorst: boolean
  /** Bits of {@link unread}. */
  readonly unread: number
}

const ms = (duration: string | undefined, otherwise = 0): number =>
  duration === undefined ? otherwise : (parseDuration(duration) ?? NaN)

/** What of a rule set has to be compiled. */
type Compiled = Omit<Plan, 'ruleSet' | 'id' | 'by' | 'decidesWorst'>

/** Plans of rule sets that came together. Those that say the same of other series, as a template makes them by the thousand, are compiled once. */
export class Plans {
  readonly #windows: Windows
  readonly #compiled = new Map<string, Compiled>()

  constructor(windows: Windows) {
    this.#windows = windows
  }

  /** A rule set that was checked. It is compiled when something of it is used first: thousands that come together cost no time together. */
  create(ruleSet: RuleSet): Plan {
    return new LazyPlan(ruleSet, (own) => this.#compile(own))
  }

  #compile(ruleSet: RuleSet): Compiled {
    const { rules, unknown, mute, forgetAfter } = ruleSet
    const key = JSON.stringify([rules, unknown, mute, forgetAfter])
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const compiled = compile(ruleSet, this.#windows)
    this.#compiled.set(key, compiled)
    return compiled
  }
}

class LazyPlan implements Plan {
  readonly ruleSet: RuleSet
  readonly id: string
  readonly by: readonly string[] | undefined
  readonly decidesWorst: boolean
  readonly #compile: (ruleSet: RuleSet) => Compiled
  #compiled: Compiled | undefined

  constructor(ruleSet: RuleSet, compile: (ruleSet: RuleSet) => Compiled) {
    this.ruleSet = ruleSet
    this.id = ruleSet.id
    this.by = ruleSet.by
    this.decidesWorst = ruleSet.decide === 'worst'
    this.#compile = compile
  }

  get rules(): readonly RulePlan[] {
    return this.#all().rules
  }

  get needs(): readonly number[] {
    return this.#all().needs
  }

  get memorySize(): number {
    return this.#all().memorySize
  }

  get absences(): readonly number[] {
    return this.#all().absences
  }

  get missed(): readonly Occurrences[] {
    return this.#all().missed
  }

  get missedDuring(): readonly TimeWindow[] {
    return this.#all().missedDuring
  }

  get members(): readonly MemberWatch[] {
    return this.#all().members
  }

  get parts(): readonly PartWatch[] {
    return this.#all().parts
  }

  get mutes(): readonly MutePlan[] {
    return this.#all().mutes
  }

  get forgetAfterMs(): number {
    return this.#all().forgetAfterMs
  }

  get unread(): number {
    return this.#all().unread
  }

  #all(): Compiled {
    return (this.#compiled ??= this.#compile(this.ruleSet))
  }
}

function compile(ruleSet: RuleSet, windows: Windows): Compiled {
  const conditions = createConditionPlan(windows)
  const rules = ruleSet.rules.map((rule, index) =>
    compileRule(rule, index, ruleSet.unknown ?? 'hold', conditions),
  )
  const members = conditions.members.map(({ condition, plan }) => ({ condition, conditions: plan }))
  const absences = ascending(
    rules.flatMap(({ when, clear }) => [...when.absences, ...(clear?.absences ?? [])]),
  )
  return {
    rules,
    needs: conditions.needs,
    memorySize: conditions.memorySize,
    absences,
    missed: conditions.missed.map(occurrencesOf),
    missedDuring: conditions.missed,
    members,
    parts: conditions.parts.map(({ needs, select }) => ({ select, needs, matches: matcherOf(select) })),
    mutes: (ruleSet.mute ?? []).map(({ when: { during }, severities }) => ({
      during,
      occurrences: occurrencesOf(during),
      severities,
    })),
    forgetAfterMs: forgetAfterMs(ruleSet),
    unread: unreadBy([
      ...rules.flatMap(({ when, clear }) => [...when.leaves, ...(clear?.leaves ?? [])]),
      ...members.flatMap(({ condition }) => condition.leaves),
    ]),
  }
}

function compileRule(
  written: Rule,
  index: number,
  unknown: HoldRule['unknown'],
  conditions: ConditionPlan,
): RulePlan {
  const { when, clear, severity, for: forText, keep, wait } = written
  const hold = { forMs: ms(forText), keepMs: ms(keep), unknown, hasClear: clear !== undefined }
  return {
    written,
    index,
    severity,
    when: compileCondition(when, conditions),
    clear: clear && compileCondition(clear, conditions),
    hold,
    holdUnseen: { ...hold, unknown: 'hold' },
    waitMs: wait === undefined ? undefined : ms(wait),
  }
}

function matcherOf(select: string): (series: Series) => boolean {
  const query = parseTagQuery(select)
  return query.ok ? compileTagQuery(query.value) : () => false
}

const ascending = (lengths: readonly number[]): readonly number[] =>
  [...new Set(lengths)].sort((a, b) => a - b)

const textReasons: ReadonlySet<string> = new Set(['matches', 'notMatches', 'contains', 'notContains'])

/** What no comparison of a value can read; nothing is unread where none compares values. */
function unreadBy(leaves: readonly Leaf[]): number {
  const read = leaves.filter(({ term }) => term !== undefined).map(readBy)
  if (read.length === 0) return 0
  const all = read.reduce((seen, one) => seen | one, 0)
  return (unread.numbers | unread.texts | unread.others) & ~all
}

function readBy({ term = { last: true }, reason, condition }: Leaf): number {
  const both = unread.numbers | unread.texts
  // Of single samples those terms ask for themselves, and see both.
  if ('count' in term || 'share' in term || 'changes' in term || reason === 'changed') return both
  if (!('last' in term)) return unread.numbers
  if (textReasons.has(reason)) return unread.texts
  if (reason !== 'equals' && reason !== 'notEquals') return unread.numbers
  return typeof (condition.equals ?? condition.notEquals) === 'string' ? unread.texts : unread.numbers
}
