import type { Severity } from '../../src/model/signal.ts'
import type { Attempt, Rig } from './engine.ts'

/** What a receiver takes for the severity of a series, from what has reached it; `undefined` where it takes it for fine. */
export function beliefOf(attempts: readonly Attempt[], of: string): Severity | undefined {
  const last = attempts.filter(({ accepted, alert }) => accepted && alert.series === of).at(-1)
  return last === undefined || last.kind === 'recovery' ? undefined : last.severity
}

/** Alerts of which somebody should have been told by now, and nothing is on its way. */
export function untold(rig: Rig, upTo: Severity): string[] {
  const { state } = rig.engine
  return rig.open.flatMap(({ id, severity, places, acknowledgement, maintenance }) => {
    if (acknowledgement !== undefined || maintenance.length > 0) return []
    return places
      .filter(
        ({ told, severity: last }) =>
          (told !== 'yes' || last !== severity) && (told !== 'no' || severity <= upTo),
      )
      .filter(({ planned, due, resumeAt = due }) => {
        if (planned !== undefined) return !state.notifications.has(planned)
        return rig.engine.nextDue() > Math.max(due, resumeAt)
      })
      .map(({ place }) => `nothing is planned of ${id} for ${place} at ${rig.now}`)
  })
}

/** Places of which it is taken for sure that they know what is not what they have read, while nothing is on its way. */
export function mistaken({ engine, attempts, now }: Rig): string[] {
  return [...engine.state.alerts.values()].flatMap(({ id, places }) => {
    const read = attempts.findLast(({ accepted, alert }) => accepted && alert.id === id)
    const known = read === undefined || read.kind === 'recovery' ? undefined : read.severity
    return places
      .filter(
        ({ told, planned, severity }) => told !== 'unsure' && planned === undefined && severity !== known,
      )
      .map(({ place, severity }) => `${place} takes ${id} for ${known}, and not for ${severity}, at ${now}`)
  })
}

/** The laws that a finished run has broken. */
export function lawsBroken(rig: Rig): string[] {
  const broken: string[] = []
  const law = (holds: boolean, name: string): void => {
    if (!holds) broken.push(name)
  }
  const { state } = rig.engine
  // That a notifier fails is over when it has delivered something.
  const left = [...state.alerts.values()].filter(({ ruleSet }) => ruleSet !== 'tocsin.notify')
  law(left.length === 0 && state.notifications.size === 0 && rig.engine.idle(), 'nothing is left over')

  const ends = new Map<string, number>()
  for (const event of rig.events) {
    if (event.type !== 'delivered' && event.type !== 'dead' && event.type !== 'superseded') continue
    ends.set(event.notification, (ends.get(event.notification) ?? 0) + 1)
  }
  const planned = rig.events.flatMap((event) => (event.type === 'planned' ? [event.notification] : []))
  law(new Set(planned).size === planned.length, 'planned once')
  law(planned.every((id) => ends.get(id) === 1) && ends.size === planned.length, 'each planned one ends once')

  for (const id of new Set(rig.attempts.map(({ alert }) => alert.id))) {
    const attempts = rig.attempts.filter(({ alert }) => alert.id === id)
    const accepted = attempts.filter((each) => each.accepted)
    const knows = accepted.findLastIndex(({ kind }) => kind !== 'recovery')
    law(
      knows < 0 || accepted.slice(knows).some(({ kind }) => kind === 'recovery'),
      'whoever was told is told of the end',
    )
    law(attempts[0]?.kind === 'alert', 'nothing before the alert')
    law(
      attempts.every(
        ({ sequence }, index) => index === 0 || sequence >= (attempts[index - 1]?.sequence ?? 0),
      ),
      'in order',
    )
    law(
      new Set(attempts.map((each) => `${each.sequence} ${each.id}`)).size ===
        new Set(attempts.map((each) => each.id)).size,
      'one id for what is told once',
    )
  }
  return broken
}
