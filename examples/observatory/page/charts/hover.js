// Pointer and keys on a chart: the line that is at the same time in all charts, and zooming by a drag.
import { element } from '../elements.js'

/** A shorter drag is a click, px. */
const leastDrag = 6

/** `plot()` is the chart's, which may be made anew. */
export function controlChart(slot, plot, model, actions, announce) {
  let drag
  const selection = element('div', { class: 'chart-selection', hidden: true })
  slot.append(selection)

  const set = (time) => {
    if (model.hover === time) return
    model.hover = time
    model.tell('hover')
  }
  const within = (clientX) => {
    const { left, width } = plot().frame()
    const edge = slot.getBoundingClientRect().left + left
    return Math.min(edge + width, Math.max(edge, clientX))
  }
  const timeAt = (clientX) => plot()?.timeAt(clientX)

  slot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || timeAt(event.clientX) === undefined) return
    set(timeAt(event.clientX))
    // A finger slides the line; only a mouse has a drag besides.
    if (event.pointerType === 'touch') return
    drag = { from: event.clientX, to: event.clientX, id: event.pointerId }
    slot.setPointerCapture(event.pointerId)
  })
  slot.addEventListener('pointermove', (event) => {
    if (plot()?.frame() === undefined) return
    if (drag !== undefined) {
      drag.to = within(event.clientX)
      showSelection()
    }
    set(timeAt(drag === undefined ? event.clientX : drag.to))
  })
  slot.addEventListener('pointerup', () => {
    if (drag === undefined) return
    const { from, to } = drag
    endDrag()
    if (Math.abs(to - from) < leastDrag) return
    const times = [timeAt(Math.min(from, to)), timeAt(Math.max(from, to))]
    if (times.includes(undefined)) return
    actions.zoom({ from: Math.round(times[0]), to: Math.round(times[1]) })
  })
  const leave = () => {
    endDrag()
    set(undefined)
  }
  slot.addEventListener('pointercancel', leave)
  slot.addEventListener('pointerleave', () => drag === undefined && leave())
  slot.addEventListener('dblclick', () => actions.zoom(undefined))

  function endDrag() {
    drag = undefined
    selection.hidden = true
  }
  function showSelection() {
    const { top, height } = plot().frame()
    const edge = slot.getBoundingClientRect().left
    selection.hidden = Math.abs(drag.to - drag.from) < leastDrag
    selection.style.left = `${Math.min(drag.from, drag.to) - edge}px`
    selection.style.width = `${Math.abs(drag.to - drag.from)}px`
    selection.style.top = `${top}px`
    selection.style.height = `${height}px`
  }

  slot.addEventListener('keydown', (event) => {
    const picture = plot()?.picture
    if (picture === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'Escape' && drag !== undefined) return endDrag()
    const time = keyTime(event, picture, model.hover)
    if (time !== undefined) {
      event.preventDefault()
      set(time)
      announce(plot(), time)
    } else if (event.key === 'Enter' && model.hover !== undefined) {
      event.preventDefault()
      const around = (picture.to - picture.from) / 10
      actions.zoom({ from: Math.round(model.hover - around), to: Math.round(model.hover + around) })
    }
  })
  slot.addEventListener('blur', () => set(undefined))
}

/** Where a key moves the line: from sample to sample of the first line. Pure. */
function keyTime({ key, shiftKey }, { lines, from, to }, hover) {
  if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(key)) return undefined
  const shown = ({ own: { times, values } }) =>
    times.filter((time, at) => values[at] !== null && time >= from && time <= to)
  const times = lines.map(shown).find(({ length }) => length > 0) ?? []
  if (times.length === 0) return undefined
  if (key === 'Home') return times[0]
  if (key === 'End' || hover === undefined) return times.at(-1)
  const steps = shiftKey ? 10 : 1
  const at =
    key === 'ArrowLeft'
      ? times.findLastIndex((time) => time < hover) - steps + 1
      : times.findIndex((time) => time > hover) + steps - 1
  if (key === 'ArrowRight' && !times.some((time) => time > hover)) return times.at(-1)
  return times[Math.min(times.length - 1, Math.max(0, at))]
}
