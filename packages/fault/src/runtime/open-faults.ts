import { type Check, port, type ReportProblem } from '@tocsin/core'
import { Flaw } from '@tocsin/core/shape'

import type { OpenFault, OpenFaultStore, RestoredFault } from '../model/fault-event.ts'
import type { FaultProblem } from '../model/fault-problem.ts'
import { readOpenFault } from '../model/restored-fault-shape.ts'

/** The alerts of `@tocsin/notify` about itself: no detector need know of them. */
const ownAlerts = 'tocsin.notify'

/** The faults that `open` tells of now, if it was given. What a store has beside them is told, and left alone. */
export function readOpen(
  open: readonly OpenFault[] | OpenFaultStore | undefined,
  report: ReportProblem<FaultProblem>,
): readonly RestoredFault[] | undefined {
  if (open === undefined) return undefined
  const given: readonly unknown[] =
    'openAlerts' in open
      ? open
          .openAlerts()
          .map(({ signal }) => signal)
          .filter(({ ruleSet }) => ruleSet !== ownAlerts)
      : open
  const faults = given.flatMap((item) => {
    const fault = readOpenFault(item, 'open')
    return fault instanceof Flaw ? [] : [fault]
  })
  const strangers = given.length - faults.length
  if (strangers > 0) {
    const message = `${strangers} of the open alerts are no faults of evaluate(), and were left alone`
    report('bad-open', () => ({ message, count: strangers }))
  }
  return faults
}

/** A list is checked at the call; a store is not read before it is subscribed to. */
export const openFaults: Check = (value) => {
  if (!Array.isArray(value)) {
    return (
      port('openAlerts')(value) && 'an array of the last events of open faults, or a store with openAlerts'
    )
  }
  const places = new Set<string>()
  for (const [index, item] of value.entries()) {
    const fault = readOpenFault(item, `[${index}]`)
    if (fault instanceof Flaw) {
      return `an array of the last events of open faults, but [${index}] is none: ${fault.message}`
    }
    const place = `${fault.ruleSet}|${fault.series.key}`
    if (places.has(place))
      return `one event per rule set and series, but [${index}] is the second for ${place}`
    places.add(place)
  }
  return undefined
}
