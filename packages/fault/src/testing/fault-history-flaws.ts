import type { FaultChange, FaultEvent, FaultMuted } from '../model/fault-event.ts'

/** What is known of one rule set and series. */
interface Known {
  /** The last event of its open fault. */
  readonly open: FaultChange | FaultMuted | undefined
  /** When something was told last, ms since the Unix epoch. */
  readonly time: number
}

/**
 * What is wrong with the events of one subscription to `evaluate` that restored nothing, or of a detector of one's own that says
 * the same: one sentence each, none where all is as it must be.
 *
 * Of a rule set and series, one fault is open at a time and time never goes back; a fault opens once, told or muted, and clears once; an
 * opening is `muted` only before it is told; a `severity` is another one, of a `reason` the same one; `normal` comes while nothing is open.
 * No id comes twice.
 *
 * @example
 * ```ts
 * import { evaluate, type FaultEvent, inEventTime, ruleSet } from '@tocsin/fault'
 * import { faultHistoryFlaws, samples } from '@tocsin/fault/testing'
 * import { from } from 'rxjs'
 *
 * const rules = [ruleSet('queue').select('__name:queue').above(100, 1).build()]
 * const events: FaultEvent[] = []
 * from(samples('queue 3 120 90 @1s').list)
 *   .pipe(inEventTime(evaluate(rules)))
 *   .subscribe((event) => events.push(event))
 * console.log(faultHistoryFlaws(events)) // => []
 * console.log(faultHistoryFlaws(events.slice(2))) // => [ 'event 0, cleared queue, queue: is of no open fault' ]
 * ```
 */
export function faultHistoryFlaws(events: readonly FaultEvent[]): readonly string[] {
  const flaws: string[] = []
  const known = new Map<string, Known>()
  const ids = new Set<string>()
  const faults = new Set<string>()
  for (const [index, event] of events.entries()) {
    const { id, ruleSet, series, time } = event
    const key = JSON.stringify([ruleSet, series.key])
    const before = known.get(key) ?? { open: undefined, time: -Infinity }
    const say = (flaw: string): void => {
      flaws.push(`event ${index}, ${nameOf(event)} ${ruleSet}, ${series.key}: ${flaw}`)
    }
    if (ids.has(id)) say(`has the id of another event, ${id}`)
    ids.add(id)
    if (!Number.isFinite(time)) say(`has no time, but ${time}`)
    if (time < before.time) say(`is of ${time}, before ${before.time}, of which the last one was`)
    if (event.type === 'normal') {
      if (before.open !== undefined) say('comes while a fault is open')
      known.set(key, { ...before, time })
      continue
    }
    const begins = before.open === undefined && changeOf(event) === 'opened'
    if (begins) findFlawsOfOpening(event, faults, say)
    else if (before.open === undefined) say('is of no open fault')
    else findFlawsOfStep(event, before.open, say)
    known.set(key, { open: changeOf(event) === 'cleared' ? undefined : event, time })
  }
  return flaws
}

const changeOf = (event: FaultChange | FaultMuted): FaultChange['type'] =>
  event.type === 'muted' ? event.change : event.type

const nameOf = (event: FaultEvent): string => (event.type === 'muted' ? `muted ${event.change}` : event.type)

type Say = (flaw: string) => void

function findFlawsOfOpening(event: FaultChange | FaultMuted, faults: Set<string>, say: Say): void {
  const { fault, openedAt, previousSeverity } = event
  if (faults.has(fault)) say(`opens ${fault} again`)
  faults.add(fault)
  if (openedAt !== event.time) say(`is of ${event.time}, and its fault of ${openedAt}`)
  if (previousSeverity !== undefined) say('has a severity before the first one')
}

function findFlawsOfStep(event: FaultChange | FaultMuted, open: FaultChange | FaultMuted, say: Say): void {
  const change = changeOf(event)
  const { fault, openedAt, severity, previousSeverity } = event
  if (fault !== open.fault) say(`is of ${fault}, while ${open.fault} is open`)
  if (openedAt !== open.openedAt) say(`says that its fault is of ${openedAt}, which was of ${open.openedAt}`)
  const wasHeld = open.type === 'muted'
  if (event.type === 'muted' && !wasHeld) say('is held back, though its fault was told')
  if (event.type === 'muted' && change === 'opened') say('opens what is open')
  if (event.type !== 'muted' && wasHeld && change !== 'opened') say('is told of a fault that is held back')
  if (event.type === 'opened' && !wasHeld) say('opens what is open')
  if (change === 'severity') {
    if (previousSeverity !== open.severity)
      say(`was of severity ${open.severity}, and says ${previousSeverity ?? 'none'}`)
    if (severity === open.severity) say(`has severity ${severity} as before`)
    return
  }
  if (previousSeverity !== undefined) say('has a severity before, and is no change of it')
  if (change !== 'opened' && severity !== open.severity)
    say(`has severity ${severity}, and ${open.severity} before`)
}
