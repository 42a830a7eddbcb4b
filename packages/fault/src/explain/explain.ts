import { holdDue } from '../conditions/hold.ts'
import { causeOf } from '../engine/judging/cause.ts'
import { lookAtRow, lookAtSlot } from '../engine/judging/judge.ts'
import type { RulePlan } from '../engine/plan/plan.ts'
import type { Slot } from '../engine/plan/shape.ts'
import { judgedAt } from '../engine/rows/due.ts'
import { instanceBits } from '../engine/state/instances.ts'
import { rowBits } from '../engine/state/rows.ts'
import type { EngineState } from '../engine/state/state.ts'
import type { ExplainedRule, Explanation } from './explanation.ts'
import { explainPart, truths } from './explain-part.ts'
import { sayExplanation } from './say-explanation.ts'
import { sayCause } from '../sentences/say-cause.ts'

const phases = ['quiet', 'pending', 'firing', 'ending'] as const

/** Why a rule set has a fault of a series, or of its group, or has not; `undefined` where nothing is known of it. Changes nothing. */
export function explain(state: EngineState, ruleSet: string, key: string): Explanation | undefined {
  const place = placeOf(state, ruleSet, key)
  return place && explainSlot(state, place.row, place.slot)
}

interface Place {
  readonly row: number
  readonly slot: Slot
}

/** The series itself; or the group that it is in, or that has this key. */
function placeOf(state: EngineState, ruleSet: string, key: string): Place | undefined {
  const { rows, rowOf, groups, instances } = state
  const row = rowOf.get(key) ?? -1
  const slot = rows.shape[row]?.slots.find(({ plan, kind }) => plan.id === ruleSet && kind !== 'member')
  if (slot?.kind === 'own') return { row, slot }
  if (slot !== undefined) return groupPlace(state, instances.group.get(rows.instance(row) + slot.instance))
  for (const { row: group, plan } of groups.values())
    if (plan.id === ruleSet && rows.series[group]?.key === key) return groupPlace(state, group)
  return undefined
}

function groupPlace({ rows }: EngineState, row: number): Place | undefined {
  const slot = rows.shape[row]?.slots[0]
  return slot && { row, slot }
}

function explainSlot(state: EngineState, row: number, slot: Slot): Explanation | undefined {
  const { rows, episodes, instances, shift, sources } = state
  const series = rows.series[row]
  if (series === undefined) return undefined
  lookAgain(state, row, slot)
  const instance = rows.instance(row) + slot.instance
  const episode = episodes.get(instance)
  const rules = slot.plan.rules.map((rule) => explainRule(state, row, slot, rule, episode?.rule))
  const sampleTime = rows.time(row)
  const source = sources[rows.source(row)]
  const facts = {
    ruleSet: slot.plan.id,
    series: series.key,
    time: state.now - shift,
    ...(sampleTime > -Infinity && { sampleTime: sampleTime - shift }),
    ...(episode !== undefined && {
      open: { fault: episode.fault, severity: episode.severity, openedAt: episode.openedAt },
    }),
    ...(episode?.mute !== undefined && {
      muted: { during: episode.mute.during, until: episode.muteEnd },
    }),
    ...(source !== undefined && state.lists.has(source.held, row) && { heldBy: source.name ?? '' }),
    rules,
  }
  const isGone = instances.has(instance, instanceBits.isGone)
  return { ...facts, text: sayExplanation(facts, isGone, sayRules(state, row, slot)) }
}

/** Looks at a row as it was judged last. */
function lookAgain(state: EngineState, row: number, slot: Slot): void {
  const { rows, look } = state
  const time = rows.time(row)
  const judged = judgedAt(state, row, slot)
  lookAtRow(state, row, judged === -Infinity ? state.now : judged)
  lookAtSlot(state, row, slot)
  if (rows.shape[row]?.isGroup === true || rows.has(row, rowBits.isUnreadable)) return
  if (!Number.isFinite(rows.previousTime(row)) || rows.valueTime(row) !== time) return
  // The sample before is known, so whether the last one is new is too.
  const text = rows.text[row]
  const isSame =
    text === undefined && rows.previousText[row] === undefined
      ? rows.value(row) === rows.previousValue(row)
      : text === rows.previousText[row]
  look.changed = isSame ? 0 : 1
}

function explainRule(
  state: EngineState,
  row: number,
  slot: Slot,
  rule: RulePlan,
  decides: number | undefined,
): ExplainedRule {
  const { holds, hold, rows, instances, shift } = state
  const at = rows.rule(row) + slot.rule + rule.index
  holds.load(at, hold)
  const instance = rows.instance(row) + slot.instance
  const isJudged = hold.phase > 0 || instances.has(instance, instanceBits.isJudged)
  const due = holdDue(hold, rule.hold)
  return {
    rule: rule.index,
    severity: rule.severity,
    phase: phases[hold.phase],
    truth: isJudged ? truths[holds.truth(at)] : 'unknown',
    ...(hold.phase > 0 && { since: hold.since - shift }),
    ...(due < Infinity && { due: due - shift }),
    decides: rule.index === decides,
    when: rule.when.leaves.map((leaf) => explainPart(state, leaf)),
    ...(rule.clear !== undefined && { clear: rule.clear.leaves.map((leaf) => explainPart(state, leaf)) }),
  }
}

/** What the part of each rule that decides is. */
function sayRules(state: EngineState, row: number, slot: Slot): readonly string[] {
  const { rows, holds, now, shift } = state
  return slot.plan.rules.map((rule) => {
    const at = rows.rule(row) + slot.rule + rule.index
    const cause = causeOf(state, row, slot, { ...rule, clear: undefined }, holds.truth(at) !== 1)
    return sayCause(cause, { time: now - shift, isSampled: false, tense: 'is' })
  })
}
