// Thresholds in a chart: zones, dashed lines, and the shape of the severity at the left. On the canvas, in CSS px.

/** Of the severity's colour over what is beneath. */
const zoneOpacity = 0.09
/** Nearer than this, shapes stand side by side, px. */
const glyphSpace = 14
const glyphSize = 13

/** Zones are painted beneath the lines, each up to the next worse threshold. */
export function paintZones(paint, thresholds) {
  const { ctx, colours, left, width } = paint
  for (const threshold of thresholds) {
    const { from, to } = zoneOf(paint, thresholds, threshold)
    if (to <= from) continue
    ctx.save()
    ctx.globalAlpha = zoneOpacity
    ctx.fillStyle = colours.zone(threshold.severity)
    ctx.fillRect(left, from, width, to - from)
    ctx.restore()
  }
}

/** Where a value of that severity is, px from the top. */
export function zoneOf({ top, height, y }, thresholds, { is, threshold }) {
  const bottom = top + height
  const inside = (place) => Math.min(bottom, Math.max(top, place))
  const others = thresholds
    .filter((other) => other.is === is && other.threshold !== threshold)
    .map((other) => other.threshold)
  if (is === 'above') {
    const next = Math.min(Infinity, ...others.filter((other) => other > threshold))
    return { from: next === Infinity ? top : inside(y(next)), to: inside(y(threshold)) }
  }
  const next = Math.max(-Infinity, ...others.filter((other) => other < threshold))
  return { from: inside(y(threshold)), to: next === -Infinity ? bottom : inside(y(next)) }
}

/** Lines and shapes, above the data. */
export function paintThresholds(paint, thresholds) {
  const { ctx, colours, left, width, top, height, y } = paint
  const inside = thresholds
    .map(({ severity, threshold }) => ({ severity, place: y(threshold) }))
    .filter(({ place }) => place >= top - 0.5 && place <= top + height + 0.5)
    .sort((one, other) => one.place - other.place)
  ctx.save()
  ctx.setLineDash([4, 3])
  ctx.lineWidth = 1.5
  ctx.globalAlpha = 0.7
  for (const { severity, place } of inside) {
    ctx.strokeStyle = colours.line(severity)
    ctx.beginPath()
    ctx.moveTo(left, place)
    ctx.lineTo(left + width, place)
    ctx.stroke()
  }
  ctx.restore()
  let beside = 0
  inside.forEach(({ severity, place }, index) => {
    beside = index > 0 && place - inside[index - 1].place < glyphSpace ? beside + 1 : 0
    paintGlyph(paint, left + 9 + beside * 16, place, severity, glyphSize)
  })
}

/** The shape of a severity with its digit: octagon, triangle, diamond, square, circle; the last two outlined. */
function paintGlyph({ ctx, colours, font }, x, y, severity, size) {
  const r = size / 2
  ctx.save()
  ctx.beginPath()
  if (severity === 1) corners(ctx, x, y, r * 1.08, 8, Math.PI / 8)
  else if (severity === 2) {
    ctx.moveTo(x, y - r * 1.1)
    ctx.lineTo(x + r * 1.15, y + r * 0.95)
    ctx.lineTo(x - r * 1.15, y + r * 0.95)
    ctx.closePath()
  } else if (severity === 3) corners(ctx, x, y, r * 1.15, 4, 0)
  else if (severity === 4) ctx.roundRect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8, 1.5)
  else ctx.arc(x, y, r * 0.95, 0, 2 * Math.PI)
  const isFilled = severity <= 3
  ctx.fillStyle = isFilled ? colours.fill(severity) : colours.panel
  ctx.fill()
  ctx.lineWidth = isFilled ? 1 : 1.3
  ctx.strokeStyle = colours.edge(severity)
  ctx.stroke()
  ctx.fillStyle = colours.digit(severity)
  ctx.font = `700 ${Math.round(size * 0.62)}px ${font}`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  ctx.fillText(String(severity), x, y + (severity === 2 ? size * 0.17 : 0.5))
  ctx.restore()
}

function corners(ctx, x, y, r, count, turn) {
  for (let corner = 0; corner < count; corner++) {
    const angle = turn + (corner * 2 * Math.PI) / count
    ctx.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle))
  }
  ctx.closePath()
}

/**
 * The severities of faults as a ribbon at the foot, worst on top; `bars` are `{ severity, from, to }`, and `isOpen` where nobody knows
 * whether they went on.
 */
export function paintRibbon({ ctx, colours, left, width, top, height, x, font }, bars) {
  for (const { severity, from, to, isOpen } of bars.toSorted((one, other) => other.severity - one.severity)) {
    const begin = Math.max(left, x(from))
    const end = Math.min(left + width, x(to))
    if (end < left || begin > left + width) continue
    ctx.fillStyle = colours.edge(severity)
    ctx.fillRect(begin, top + height + 1, Math.max(1.5, end - begin), 7 - severity)
    if (!isOpen) continue
    ctx.fillStyle = colours.ink2
    ctx.font = `700 10px ${font}`
    ctx.textAlign = 'left'
    ctx.textBaseline = 'middle'
    ctx.fillText('?', end + 2, top + height + 5)
  }
}
