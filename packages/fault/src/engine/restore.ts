import type { FaultChange, RestoredFault } from '../fault-event.ts'
import type { Criterion } from '../rule-set.ts'
import { type Instance, nextAbsence } from './instance.ts'
import type { DueQueue } from './due-queue.ts'
import { withText } from './sentence.ts'
import type { SeriesTable } from './series-table.ts'

/**
 * Takes over the faults that were open before a restart, and clears those that no rule set watches any more. Silence
 * counts from `now`, for nothing could be seen in between; a fault of absence stays absent.
 */
export function restore(
  table: SeriesTable,
  queue: DueQueue,
  open: readonly RestoredFault[],
  now: number,
): readonly FaultChange[] {
  const removed: FaultChange[] = []
  for (const fault of open) {
    const entry = table.admit(fault.series)
    const instance = entry.instances.find(({ plan }) => plan.ruleSet.id === fault.ruleSet)
    if (instance === undefined) {
      removed.push(removedEvent(fault, now))
      continue
    }
    takeOver(instance, fault, now)
    entry.lastTime = Math.max(entry.lastTime, fault.cause.sampleTime)
    queue.plan(instance, nextAbsence(instance))
  }
  return removed
}

function takeOver(instance: Instance, fault: RestoredFault, now: number): void {
  const { plan } = instance
  const { rule: index, criterion: when, threshold, sampleTime } = fault.cause
  const { openedAt, severity } = fault
  instance.episode = { fault: fault.fault, openedAt, severity, events: eventsOf(fault) }
  instance.decided = { index, severity, when, threshold }
  instance.eventTime = fault.time
  instance.lastSeen = sampleTime
  instance.valueRule = plan.valueRules.find((rule) => rule.index === index && isSame(rule.when, when))
  instance.absent = 1 + plan.absences.findIndex(({ rule }) => rule.index === index && isSame(rule.when, when))
  instance.armedAt = now - (plan.absences[instance.absent - 1]?.ms ?? 0)
}

/** How many events a fault has had, from the id of its last one. */
export const eventsOf = ({ id }: { readonly id: string }): number =>
  Number(id.slice(id.lastIndexOf('|') + 1)) + 1

/** Criteria have one field, so that their texts are equal when they are. */
const isSame = (a: Criterion, b: Criterion): boolean => JSON.stringify(a) === JSON.stringify(b)

function removedEvent(open: RestoredFault, now: number): FaultChange {
  const { fault, ruleSet, series, severity, openedAt, cause } = open
  const { rule, criterion, threshold, sampleTime } = cause
  return withText({
    type: 'cleared',
    id: `${fault}|${eventsOf(open)}`,
    fault,
    ruleSet,
    series,
    severity,
    openedAt,
    time: Math.max(now, open.time),
    cause: {
      reason: 'removed',
      rule,
      criterion,
      ...(threshold === undefined ? {} : { threshold }),
      sampleTime,
    },
  })
}
