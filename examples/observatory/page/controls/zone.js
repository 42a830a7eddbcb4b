// Whether times are those of the world or of this computer's place, and the hint when its clock is off.
import { clockHint } from '../link/clock.js'
import { createRadioGroup } from './radio-group.js'

export function createZone(root, model, actions) {
  const group = createRadioGroup({
    label: 'Times',
    options: [
      { value: 'utc', text: 'UTC' },
      { value: 'local', text: 'Local' },
    ],
    chosen: actions.setZone,
  })
  root.append(group.element)
  const show = () => group.set(model.view.zone)
  model.on('view', show)
  show()
}

/** Says that this computer's clock is off, while the server's is known. */
export function createClockHint(root, model) {
  model.on('tick link state', () => {
    const { state } = model.link
    const isKnown = state === 'live' || state === 'stale'
    const text = isKnown ? clockHint(model.clock.aheadMs()) : undefined
    root.hidden = text === undefined
    if (text !== undefined && root.textContent !== text) root.textContent = text
  })
}
