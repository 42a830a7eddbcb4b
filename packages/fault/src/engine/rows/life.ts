import { leaveGroup } from './groups.ts'
import { freeRow } from './lines.ts'
import { closeFor } from '../judging/settle.ts'
import type { Slot } from '../plan/shape.ts'
import { instanceBits } from '../state/instances.ts'
import type { EngineState } from '../state/state.ts'

/** Forgets what one slot of a row knows; its fault, if one is open, is cleared as gone. */
export function forgetSlot(state: EngineState, row: number, slot: Slot, time: number): void {
  const { rows, instances, holds } = state
  const instance = rows.instance(row) + slot.instance
  closeFor(state, row, slot, time, 'gone')
  if (slot.kind === 'pool') leaveGroup(state, row, slot, time)
  instances.absent[instance] = 0
  instances.state[instance] = instanceBits.isGone
  const rule = rows.rule(row) + slot.rule
  if (slot.kind === 'own') {
    holds.packed.fill(0, rule, rule + slot.plan.rules.length)
    holds.since.clear(rule, slot.plan.rules.length)
    const memory = rows.memory(row) + slot.memory
    holds.memory.fill(0, memory, memory + slot.plan.memorySize)
  }
  state.returns.delete(instance)
}

/** A row is gone: its faults are cleared, and it is forgotten. */
export function forgetRow(state: EngineState, row: number, time: number): void {
  for (const slot of state.rows.shape[row]?.slots ?? []) {
    if (slot.kind !== 'member') forgetSlot(state, row, slot, time)
  }
  freeRow(state, row)
}

/** Whether all of a row is forgotten. */
export function isForgotten({ rows, instances }: EngineState, row: number): boolean {
  const first = rows.instance(row)
  const slots = rows.shape[row]?.slots ?? []
  return slots.every(
    ({ kind, instance }) => kind === 'member' || instances.has(first + instance, instanceBits.isGone),
  )
}
