// Lines, areas, bands, dots and blocks of text. On the canvas, in CSS px.
import { zoneOf } from './thresholds.js'

const usualWidth = 1.5
const warmWidth = 2.4

/**
 * One line: `columns` with `sign` -1 where it is mirrored, `colour`, `dash`, `isSparse` for dots, `fill` where the area under it is
 * told too, and the thresholds that it is judged by.
 */
export function paintLine(paint, line) {
  const { ctx } = paint
  ctx.save()
  ctx.beginPath()
  ctx.rect(paint.left, paint.top - 2, paint.width + 1, paint.height + 4)
  ctx.clip()
  ctx.lineJoin = 'round'
  if (line.isSparse)
    paintDots(
      paint,
      line,
      line.columns.values.map((value, at) => (value === null ? -1 : at)),
    )
  else {
    stroke(paint, line, line.colour, line.width ?? usualWidth, line.dash)
    paintDots(paint, line, single(line.columns.values))
    paintWarm(paint, line)
  }
  ctx.restore()
}

/** Above its own threshold a line is warm and wide. */
function paintWarm(paint, line) {
  const { ctx } = paint
  for (const threshold of line.thresholds ?? []) {
    const { from, to } = zoneOf(paint, line.thresholds, threshold)
    if (to <= from) continue
    ctx.save()
    ctx.beginPath()
    ctx.rect(
      paint.left,
      from - (from <= paint.top ? 2 : 0),
      paint.width + 1,
      to - from + (from <= paint.top ? 2 : 0),
    )
    ctx.clip()
    stroke(paint, line, paint.colours.line(threshold.severity), warmWidth, [])
    ctx.restore()
  }
}

function stroke(paint, line, colour, width, dash) {
  const { ctx } = paint
  ctx.strokeStyle = colour
  ctx.lineWidth = width
  ctx.setLineDash(dash)
  ctx.beginPath()
  trace(paint, line)
  ctx.stroke()
  ctx.setLineDash([])
}

/** Of points in the same half px the first, smallest, largest and last are enough. */
function trace({ ctx, x, y }, { columns: { times, values }, sign = 1 }) {
  let isBroken = true
  let place
  let least
  let most
  let last
  const flush = () => {
    if (place === undefined || least === most) return
    ctx.lineTo(place, least)
    ctx.lineTo(place, most)
    ctx.lineTo(place, last)
  }
  for (let at = 0; at < times.length; at++) {
    const value = values[at]
    if (value === null) {
      flush()
      place = undefined
      isBroken = true
      continue
    }
    const px = Math.round(x(times[at]) * 2) / 2
    const py = y(sign * value)
    if (px === place) {
      least = Math.min(least, py)
      most = Math.max(most, py)
      last = py
      continue
    }
    flush()
    if (isBroken) ctx.moveTo(px, py)
    else ctx.lineTo(px, py)
    isBroken = false
    place = px
    least = most = last = py
  }
  flush()
}

/** Points between two breaks, which no line shows. */
function single(values) {
  const has = (at) => at >= 0 && at < values.length && values[at] !== null
  return values.map((_, at) => (has(at) && !has(at - 1) && !has(at + 1) ? at : -1))
}

function paintDots(paint, { columns: { times, values }, sign = 1, colour, thresholds = [] }, indices) {
  const { ctx, x, y, colours } = paint
  for (const at of indices) {
    if (at === -1) continue
    const value = sign * values[at]
    const worst = violated(thresholds, value)
    ctx.fillStyle = worst === undefined ? colour : colours.line(worst)
    ctx.beginPath()
    ctx.arc(x(times[at]), y(value), worst === undefined ? 3 : 3.5, 0, 2 * Math.PI)
    ctx.fill()
  }
}

/** The worst severity that a value has by these thresholds. */
export function violated(thresholds, value) {
  const all = thresholds.filter(({ is, threshold }) =>
    is === 'above' ? value > threshold : value < threshold,
  )
  return all.length === 0 ? undefined : Math.min(...all.map(({ severity }) => severity))
}

/** The area between a line and zero, or the line below it. */
export function paintArea(paint, { columns, sign = 1, base, colour }) {
  runs(columns, (at) => columns.values[at] !== null).forEach((run) => {
    fill(
      paint,
      colour,
      0.15,
      run.map((at) => [columns.times[at], sign * columns.values[at]]),
      run.map((at) => [columns.times[at], sign * (base?.[at] ?? 0)]),
    )
  })
}

/** From least to most of each window. */
export function paintBand(paint, { columns, sign = 1, colour }) {
  runs(columns, (at) => columns.least[at] !== null && columns.most[at] !== null).forEach((run) => {
    fill(
      paint,
      colour,
      0.2,
      run.map((at) => [columns.times[at], sign * columns.most[at]]),
      run.map((at) => [columns.times[at], sign * columns.least[at]]),
    )
  })
}

function runs({ times }, has) {
  const all = []
  let run = []
  for (let at = 0; at <= times.length; at++) {
    if (at < times.length && has(at)) run.push(at)
    else if (run.length > 0) {
      if (run.length > 1) all.push(run)
      run = []
    }
  }
  return all
}

function fill({ ctx, x, y, left, top, width, height }, colour, opacity, upper, lower) {
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  ctx.globalAlpha = opacity
  ctx.fillStyle = colour
  ctx.beginPath()
  for (const [time, value] of upper) ctx.lineTo(x(time), y(value))
  for (const [time, value] of lower.toReversed()) ctx.lineTo(x(time), y(value))
  ctx.fill()
  ctx.restore()
}

/** Texts as blocks with their text: the newest in the colour of data. */
export function paintBlocks({ ctx, colours, left, width, top, height, x, font }, blocks, row, rows) {
  const tall = Math.min(36, height / rows - 4)
  const from = top + ((row + 0.5) * height) / rows - tall / 2
  const newest = blocks.at(-1)
  for (const block of blocks) {
    const begin = Math.max(left, x(block.from))
    const end = Math.min(left + width, x(block.to))
    if (end - begin < 0.5) continue
    const colour = block.text === newest.text ? colours.data(0) : colours.data(3)
    ctx.save()
    ctx.beginPath()
    ctx.rect(begin, from, end - begin, tall)
    ctx.clip()
    ctx.globalAlpha = 0.18
    ctx.fillStyle = colour
    ctx.fillRect(begin, from, end - begin, tall)
    ctx.globalAlpha = 1
    ctx.fillRect(begin, from, 3, tall)
    ctx.font = `11px ${font}`
    ctx.fillStyle = colours.ink
    ctx.textAlign = 'left'
    ctx.textBaseline = 'middle'
    if (end - begin > 24) ctx.fillText(block.text.slice(0, 200), begin + 8, from + tall / 2)
    ctx.restore()
  }
}
