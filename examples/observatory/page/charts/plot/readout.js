// What the title of the charts says of the time under the pointer: when, how long ago, and what was open then.
import { element } from '../../elements.js'
import { glyph } from '../../now/glyphs.js'
import { namesOf } from '../../now/naming.js'
import { nameText } from '../../words/names.js'
import { age, clockTime, nearTime } from '../../words/times.js'

const mostFaults = 3

/** The faults that were open at a time, worst first, each with its severity then. Pure. */
function openAt(faults, time) {
  return faults
    .filter(({ openedAt, endedAt }) => openedAt <= time && (endedAt === undefined || endedAt > time))
    .map((fault) => ({
      fault,
      severity: fault.severities.findLast(({ since }) => since <= time)?.severity ?? fault.severity,
    }))
    .sort((one, other) => one.severity - other.severity || one.fault.openedAt - other.fault.openedAt)
}

export function createReadout(root, model) {
  const nameOf = namesOf(model)
  let shown = ''
  return (time, now, isKnown) => {
    const open = time === undefined ? [] : openAt([...model.faults.values()], time)
    const when = time === undefined ? '' : nearTime(time, now, model.view.zone, clockTime)
    const ago = time === undefined ? '' : `${age(now - time)} ago`
    const said = JSON.stringify([when, ago, open.map(({ fault, severity }) => [fault.id, severity]), isKnown])
    if (said === shown) return
    shown = said
    if (time === undefined) return root.replaceChildren()
    const faults = open
      .slice(0, mostFaults)
      .flatMap(({ fault, severity }, at) => [
        at === 0 ? '' : ', ',
        glyph(`severity-${severity}`, 14),
        ` ${nameText(nameOf(fault.series))}`,
      ])
    const more = open.length > mostFaults ? ` and ${open.length - mostFaults} more` : ''
    root.replaceChildren(
      element('b', {}, when),
      ` · ${ago} · `,
      open.length === 0
        ? isKnown
          ? 'nothing was open then'
          : 'what was open then is not known'
        : 'open then: ',
      ...faults,
      more,
    )
  }
}
