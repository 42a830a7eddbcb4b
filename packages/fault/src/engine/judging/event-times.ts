import type { Slot } from '../plan/shape.ts'
import type { EngineState } from '../state/state.ts'

/** What a rule set tells of a series begins with this name. */
export const nameOf = (ruleSet: string, series: string): string => `${ruleSet}|${series}`

/** When the last event of an instance was, wall clock; -Infinity before the first. */
export const lastEventTime = (
  { instances, eventTimes }: EngineState,
  instance: number,
  name: string,
): number => {
  const time = instances.eventTime.get(instance)
  return time === -Infinity && eventTimes.size > 0 ? (eventTimes.get(name) ?? time) : time
}

/** An instance is forgotten: what is told of the same later must come after it, as long as samples of then may still be judged. */
export function keepEventTime(state: EngineState, row: number, slot: Slot): void {
  const { rows, instances, eventTimes, limits } = state
  const time = instances.eventTime.get(rows.instance(row) + slot.instance)
  const oldest = state.now - state.shift - state.latenessMs
  const series = rows.series[row]
  if (time < oldest || series === undefined) return
  const name = nameOf(slot.plan.id, series.key)
  eventTimes.delete(name)
  eventTimes.set(name, time)
  for (const [old, last] of eventTimes) {
    if (last >= oldest && eventTimes.size <= limits.maxInstances) break
    eventTimes.delete(old)
  }
}
