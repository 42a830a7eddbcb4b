// The card of a fault: what it is, since when, who knows of it, what can be done, and beside it the evidence.
import { acknowledgementParts, ruleText, whenParts } from '../words/faults.js'
import { seriesQuery, tagsOf } from '../words/names.js'
import { growthText, judgementParts } from '../words/sentences.js'
import { element, makeButton, setAttribute, setChildren, setParts, write } from '../elements.js'
import { glyph, setGlyph } from './glyphs.js'
import { isPast, latestOf } from './naming.js'

const growthOfMs = 6 * 3_600_000

/** `toggle(fault)` makes a line of it again, where it was one. */
export function createCard(model, actions, toggle) {
  let fault
  const node = element('li')
  const card = element('article', { class: 'fault-card' })
  const sign = element('div', { class: 'fault-glyph' })
  const name = element('h3', { class: 'fault-name' })
  const metric = element('span', { class: 'metric' })
  const tags = element('span', { class: 'tags' })
  name.append(metric, ' ', tags)
  const numbers = element('p', { class: 'fault-numbers' })
  const when = element('p', { class: 'fault-when' })
  const rule = element('p', { class: 'fault-rule' })
  const known = makeAcknowledgement()
  const buttons = makeButtons(
    model,
    actions,
    () => fault,
    () => toggle(fault),
  )
  const words = element('div', { class: 'fault-words' })
  words.append(name, numbers, when, rule, known.element, buttons.element)
  const slot = element('div', { class: 'fault-plot' })
  card.append(sign, words, slot)
  node.append(card)
  let plot

  return {
    element: node,
    update(told, isOpenedLine) {
      fault = told
      const past = isPast(model)
      const { zone } = model.view
      const now = model.now()
      const asOf = past ? model.link.asOf : undefined
      card.dataset.severity = fault.severity
      card.classList.toggle('acknowledged', fault.acknowledgement !== undefined)
      setGlyph(sign, `severity-${fault.severity}`, 26)
      write(metric, fault.series.metric)
      write(tags, tagsOf(fault.series).join(' '))
      setAttribute(name, 'title', name.textContent.length > 150 ? name.textContent : undefined)
      setParts(
        numbers,
        judgementParts(fault.series.metric, fault.judgement, {
          latest: latestOf(model, fault),
          until: asOf ?? now,
          isPast: past,
        }),
      )
      setAttribute(numbers, 'title', fault.text)
      setParts(when, whenParts(fault, { now, zone, asOf }, past ? undefined : growth(model, fault)))
      write(rule, ruleText(fault, { now, zone, asOf, windows: model.maintenance }))
      known.update(fault.acknowledgement, { now, zone })
      buttons.update(past, isOpenedLine)
      slot.dataset.key = fault.series.key
      plot ??= actions.plotFault?.(slot, fault)
      plot?.update(fault)
    },
    destroy() {
      plot?.destroy()
    },
  }
}

/** Of a fault that had one severity only: the others have enough to tell. */
function growth(model, { series, severities, judgement }) {
  const { times, values, drawn } = model.samples.get(series.key) ?? {}
  const isOfSize = judgement.is === 'above' || judgement.is === 'below'
  if (times === undefined || drawn !== 'number' || severities.length > 1 || !isOfSize) return undefined
  const from = model.now() - growthOfMs
  const points = times.map((time, at) => [time, values[at]]).filter(([time]) => time >= from)
  if (points.some(([, value]) => !Number.isFinite(value))) return undefined
  return growthText(series.metric, points)
}

function makeAcknowledgement() {
  const node = element('div', { class: 'acknowledgement' })
  const words = element('p')
  node.append(glyph('check', 16, true), words)
  return {
    element: node,
    update(acknowledgement, at) {
      node.hidden = acknowledgement === undefined
      if (acknowledgement !== undefined) setParts(words, acknowledgementParts(acknowledgement, at))
    },
  }
}

function makeButtons(model, actions, faultOf, close) {
  const node = element('div', { class: 'fault-buttons' })
  const acknowledge = makeButton('primary', 'Acknowledge…', (button) =>
    actions.acknowledge(faultOf(), button),
  )
  const maintain = makeButton('secondary', 'Maintenance…', (button) =>
    actions.maintain(seriesQuery(faultOf().series), button),
  )
  const takeBack = makeButton('link', '', () => actions.takeBack(faultOf()))
  takeBack.append('Take ', element('span', { class: 'long' }, 'the acknowledgement '), 'back')
  const show = makeButton('link show', 'Show in charts', () => actions.showInCharts(faultOf()))
  const less = makeButton('link', 'Close', close)
  less.setAttribute('aria-expanded', 'true')
  const why = element('span', { class: 'note' }, 'not while disconnected')
  for (const button of [acknowledge, maintain]) button.setAttribute('aria-haspopup', 'dialog')
  return {
    element: node,
    update(past, isOpenedLine) {
      const { acknowledgement, alert } = faultOf()
      const isKnown = acknowledgement !== undefined
      write(
        why,
        model.link.state === 'failed' ? 'not while the state is not known' : 'not while disconnected',
      )
      acknowledge.disabled = past
      maintain.disabled = past
      const commands = isKnown
        ? [...(past || alert === undefined ? [] : [takeBack])]
        : [...(alert === undefined ? [] : [acknowledge]), maintain]
      setChildren(node, [
        ...commands,
        ...(past && !isKnown ? [why] : [show]),
        ...(isOpenedLine ? [less] : []),
      ])
    },
  }
}
