// The labels beside the lines: name and value, joined to the end of the line by a leader.
import { formatValue } from '../../words/format.js'
import { labelHeight, placeLabels } from './labels.js'

const leader = 13
const textLeft = 16

export function createLabels(root) {
  const box = document.createElement('div')
  box.className = 'chart-labels'
  // The chart's own sentence says it.
  box.setAttribute('aria-hidden', 'true')
  root.append(box)
  /** key of the line -> { element, name, value, place } */
  const shown = new Map()
  let places = new Map()

  function labelOf(key, className) {
    let label = shown.get(key)
    if (label === undefined) {
      const element = document.createElement('div')
      element.className = className
      const name = document.createElement('span')
      const value = document.createElement('b')
      element.append(name, value)
      box.append(element)
      label = { element, name, value }
      shown.set(key, label)
    }
    return label
  }

  function update(label, { left, top, width, name, value }) {
    if (label.name.textContent !== name) {
      label.name.textContent = name
      label.element.title = name
    }
    if (label.value.textContent !== value) label.value.textContent = value
    const place = `translate(${left}px, ${Math.round(top * 2) / 2}px)`
    if (label.place !== place) label.element.style.transform = label.place = place
    const most = `${width}px`
    if (label.width !== most) label.element.style.maxWidth = label.width = most
  }

  function forget(keys) {
    for (const [key, { element }] of shown) {
      if (keys.has(key)) continue
      element.remove()
      shown.delete(key)
    }
  }

  return {
    show({ left, width, top, height, y }, lines, valueText) {
      // What is no number has no place on the axis, but it came.
      const labelled = lines.filter(
        ({ isLabelled, own, blocks }) => isLabelled && (own.times.length > 0 || blocks.length > 0),
      )
      const wanted = labelled.map(({ end, isText }) => (end && !isText ? y(end.value) : top + height / 2))
      const middles = placeLabels(wanted, top - 8, top + height + 26)
      places = new Map()
      const right = root.clientWidth
      labelled.forEach((line, at) => {
        if (middles[at] === undefined) return
        places.set(line.key, { middle: middles[at], end: wanted[at] })
        update(labelOf(line.key, 'chart-label'), {
          left: left + width + textLeft,
          top: middles[at] - labelHeight / 2,
          width: right - left - width - textLeft,
          name: line.label,
          value: valueText(line),
        })
      })
      forget(new Set(places.keys()))
    },

    /** The small chart of a fault has the values of its thresholds there. */
    showThresholds({ left, width, top, height, y }, thresholds, { metric, drawn }) {
      const inside = thresholds
        .map((one) => ({ ...one, place: y(one.threshold) }))
        .filter(({ place }) => place >= top - 1 && place <= top + height + 1)
        .sort((one, other) => one.severity - other.severity)
      const middles = placeLabels(
        inside.map(({ place }) => place),
        top - 8,
        top + height + 8,
      )
      const keys = new Set()
      inside.forEach(({ is, severity, threshold }, at) => {
        if (middles[at] === undefined) return
        const key = `${is} ${threshold} ${severity}`
        keys.add(key)
        const label = labelOf(key, `chart-label threshold severity-${severity}`)
        update(label, {
          left: left + width + 6,
          top: middles[at] - labelHeight / 2,
          width: root.clientWidth - left - width - 6,
          name: '',
          value: formatValue(metric, drawn, threshold),
        })
      })
      forget(keys)
    },

    paintLeaders({ ctx, left, width }, lines, colourOf) {
      const from = left + width
      for (const line of lines) {
        const place = places.get(line.key)
        if (place === undefined || line.isText || line.end === undefined) continue
        ctx.strokeStyle = colourOf(line)
        ctx.lineWidth = 1.25
        ctx.setLineDash(line.dash)
        ctx.beginPath()
        ctx.moveTo(from + 1, place.end)
        ctx.lineTo(from + 5, place.end)
        ctx.lineTo(from + leader - 4, place.middle)
        ctx.lineTo(from + leader, place.middle)
        ctx.stroke()
      }
      ctx.setLineDash([])
    },
  }
}
