// One lane beside its bars: what it is called, how it stands now, and the same in words for who cannot see them.
import { element, write } from '../../elements.js'
import { setGlyph } from '../../now/glyphs.js'
import { age, clockTime, nearTime } from '../../words/times.js'

const wordsAtMost = 10

/** `chosen` is told the newest fault of the lane, when its name is pressed. */
export function createLaneRow(chosen) {
  const name = element('button', { type: 'button', class: 'lane-name' })
  const glyph = element('span', { class: 'lane-glyph' })
  const mark = element('span')
  const end = element('span', { class: 'lane-end', 'aria-hidden': 'true' }, glyph, mark)
  const words = element('span', { class: 'visually-hidden' })
  const row = element('li', { class: 'lane' }, name, end, words)
  let newest
  name.addEventListener('click', () => chosen(newest))
  return {
    element: row,
    show(lane, { name: called, now, until, isKnown, zone }) {
      newest = lane.open ?? lane.faults.at(-1)
      write(name, called)
      if (name.title !== `${called}, rule ${lane.ruleSet}`) name.title = `${called}, rule ${lane.ruleSet}`
      glyph.hidden = lane.open === undefined
      if (lane.open !== undefined) setGlyph(glyph, `severity-${lane.open.severity}`, 14, true)
      write(mark, endText(lane, isKnown))
      write(words, laneWords(lane, { now, until, isKnown, zone }))
    },
  }
}

/** Behind what is open: acknowledged, or not known to be so any more; behind the others how many there were. */
function endText({ open, faults }, isKnown) {
  if (open === undefined) return `${faults.length}×`
  if (!isKnown) return '?'
  return open.acknowledgement === undefined ? '' : '✓'
}

/** The lane as sentences. Its words change when its faults do, not each second. */
function laneWords({ faults }, { now, until, isKnown, zone }) {
  const newestFirst = [...faults].reverse()
  const told = newestFirst.slice(0, wordsAtMost).map((fault) => {
    const { openedAt, endedAt, acknowledgement } = fault
    const worst = Math.min(fault.severity, ...fault.severities.map(({ severity }) => severity))
    const since = `severity ${worst}, from ${nearTime(openedAt, now, zone)}`
    if (endedAt !== undefined) return `${since} for ${age(endedAt - openedAt)}`
    const known = acknowledgement === undefined ? '' : ', acknowledged'
    return isKnown ? `${since}, open${known}` : `${since}, still open at ${clockTime(until, zone)}${known}`
  })
  const others = faults.length - told.length
  return `${told.join('; ')}${others > 0 ? `; and ${others} before` : ''}.`
}
