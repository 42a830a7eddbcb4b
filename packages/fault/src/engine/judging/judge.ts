import { firing, holdDue, holdStep } from '../../conditions/hold.ts'
import type { Truth } from '../../conditions/truth.ts'
import { settle, tellNormal } from './settle.ts'
import type { Slot } from '../plan/shape.ts'
import { instanceBits, truthShift } from '../state/instances.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'

/** Looks at a row as it stands, without a new sample. */
export function lookAtRow({ look, rows }: EngineState, row: number, time: number): void {
  const isText = rows.has(row, rowBits.isText)
  look.row = row
  look.time = time
  look.changed = rows.changed(row)
  if (rows.has(row, rowBits.isUnreadable)) {
    look.value = NaN
    look.text = undefined
  } else {
    look.value = rows.value(row)
    look.text = isText ? rows.text[row] : undefined
  }
}

/** Looks at what one slot knows of the row that is looked at. */
export function lookAtSlot(state: EngineState, row: number, { kind, instance, memory, watch }: Slot): void {
  const { look, rows, instances, holds } = state
  const at = rows.instance(row) + instance
  const told = instances.absent[at] ?? 0
  look.memory = holds.memory
  look.at = rows.memory(row) + memory
  look.absentMs = told === 0 ? 0 : (watch.absences[told - 1] ?? 0)
  look.isKnown = told === 0 && rows.has(row, rowBits.hasValue)
  look.missedWindows = watch.missed.length === 0 ? undefined : state.missed.get(at)
  if (kind !== 'own' || rows.shape[row]?.isGroup !== true) {
    look.parts = undefined
    look.counts = undefined
    return
  }
  const group = state.groups.get(row)
  look.parts = group?.parts
  look.counts = group?.isPartial === true ? undefined : group?.counts
}

/**
 * Judges a row that is looked at by each rule set of it, and as a member of its groups. Gives when the first of its rules runs out; Infinity
 * where none does.
 */
export function judgeRow(state: EngineState, row: number, time: number): number {
  const { rows } = state
  const slots = rows.shape[row]?.slots ?? []
  let due = Infinity

  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index]
    if (slot === undefined || slot.kind === 'pool') continue
    lookAtSlot(state, row, slot)
    if (slot.kind === 'own') due = Math.min(due, judgeRules(state, row, slot, time))
    else judgeMember(state, row, slot)
  }
  return due
}

/** Judges by one rule set; gives when the first of its rules runs out. */
export function judgeRules(state: EngineState, row: number, slot: Slot, time: number): number {
  const { look, holds, hold, rows, instances } = state
  const { rules } = slot.plan
  const first = rows.rule(row) + slot.rule
  let due = Infinity
  let isViolated = false
  let isWell = true

  for (let index = 0; index < rules.length; index += 1) {
    const rule = rules[index]
    if (rule === undefined) continue
    const truth = rule.when.test(look)
    const clear = rule.clear === undefined ? 2 : rule.clear.test(look)
    const at = first + index
    if (truth === 0 && holds.packed[at] === 0) continue
    isWell = false
    holds.load(at, hold)
    const said = rows.time(row) === -Infinity ? rule.holdUnseen : rule.hold
    holdStep(hold, truth, clear, time, said, holds.truth(at))
    holds.save(at, hold, truth)
    if (hold.phase >= firing) isViolated = true
    due = Math.min(due, holdDue(hold, said))
  }
  const instance = rows.instance(row) + slot.instance
  if (isViolated || instances.has(instance, instanceBits.hasFault)) settle(state, row, slot, time)
  else if (state.hasUnknownPast) {
    isWell ||= rules.every((_, index) => holds.phase(first + index) === 0 && holds.truth(first + index) === 0)
    if (isWell && !instances.has(instance, instanceBits.isJudged)) tellNormal(state, row, slot, time)
    if (!isWell) return due
  }
  instances.set(instance, instanceBits.isJudged)
  return due
}

/** Judges a condition on members; its group counts. */
function judgeMember(state: EngineState, row: number, slot: Slot): void {
  const { look, rows, instances, groups } = state
  const truth = slot.memberWatch?.condition.test(look) ?? 2
  const first = rows.instance(row)
  const instance = first + slot.instance
  const before = memberTruth(state, instance)
  if (truth === before) return
  instances.state[instance] =
    ((instances.state[instance] ?? 0) & ((1 << truthShift) - 1)) | (truth << truthShift)
  const counts = groups.get(instances.group.get(first + slot.pool))?.counts
  if (counts === undefined) return
  count(counts, slot.member, before, -1)
  count(counts, slot.member, truth, 1)
}

/** What a condition was of a member, last. */
export const memberTruth = ({ instances }: EngineState, instance: number): Truth =>
  ((instances.state[instance] ?? 0) >> truthShift) as Truth

/** A member more or less of which a condition is so. */
export function count(counts: Float64Array, member: number, truth: Truth, change: number): void {
  const at = 3 * member
  if (truth === 1) counts[at] = (counts[at] ?? 0) + change
  if (truth === 2) counts[at + 1] = (counts[at + 1] ?? 0) + change
}
