// How much time the charts show, and the chip of a zoom.
import { clockTime, nearTime } from '../words/times.js'
import { createRadioGroup } from './radio-group.js'
import { ranges } from './address.js'

export function createRange(root, model, actions) {
  const group = createRadioGroup({ label: 'Time of the charts', options: ranges, chosen: actions.setRange })
  root.append(group.element)
  const show = () => group.set(model.view.minutes)
  // Its listeners are told by code too, which is no choice of a person.
  model.on('view', show)
  show()
  // The one that is chosen already goes back from a zoom as well.
  group.element.addEventListener('click', ({ target }) => {
    const isChosen = target instanceof HTMLInputElement && Number(target.value) === model.view.minutes
    if (isChosen && model.view.zoom !== undefined) actions.zoom(undefined)
  })
}

/** `05:00:10 – 05:06:40 ✕` */
export function createZoomChip(root, model, actions) {
  const chip = document.createElement('button')
  chip.type = 'button'
  chip.className = 'zoom-chip'
  chip.hidden = true
  const words = document.createElement('span')
  const cross = document.createElement('span')
  cross.textContent = '✕'
  cross.ariaHidden = 'true'
  chip.append(words, cross)
  chip.addEventListener('click', () => {
    actions.zoom(undefined)
    document.querySelector('#range input:checked')?.focus()
  })
  root.append(chip)
  model.on('view state', () => {
    const { zoom } = model.view
    chip.hidden = zoom === undefined
    if (zoom === undefined) return
    const text = zoomText(zoom, model.now(), model.view.zone)
    words.textContent = text
    chip.ariaLabel = `The charts show ${text}; back to now`
  })
}

function zoomText({ from, to }, now, zone) {
  return `${nearTime(from, now, zone)} – ${nearTime(to, now, zone, clockTime)}`
}
