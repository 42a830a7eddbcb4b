// Hatching: what is not known. On the canvas, in CSS px.

/** From this width on a stretch says what it is, px. */
const wordWidth = { 'no data': 44, 'not known': 64 }

/** Hatches a rectangle. */
function hatch({ ctx, colours }, left, top, width, height) {
  if (width <= 0 || height <= 0) return
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  ctx.fillStyle = colours.hatchGround
  ctx.fillRect(left, top, width, height)
  ctx.strokeStyle = colours.hatchStripe
  ctx.lineWidth = 2
  ctx.beginPath()
  // Fixed to the chart and not to the hole, so that the stripes of neighbours meet.
  for (let sum = Math.floor((left + top) / 10) * 10; sum < left + width + top + height; sum += 10) {
    ctx.moveTo(sum - top, top)
    ctx.lineTo(sum - top - height, top + height)
  }
  ctx.stroke()
  ctx.restore()
}

/** Holes of all lines over the whole height; of some lines only, at the foot, where they hide no line. */
export function paintHoles(paint, all, some) {
  for (const hole of some) {
    const { left, width } = stretch(paint, hole)
    hatch(paint, left, paint.top + paint.height - 6, width, 6)
  }
  for (const hole of all) {
    const { left, width } = stretch(paint, hole)
    hatch(paint, left, paint.top, width, paint.height)
    paintWord(paint, 'no data', left, width)
  }
}

/** What nobody told before the observatory was lost. */
export function paintNotTold(paint, stretches) {
  for (const one of stretches) {
    const { left, width } = stretch(paint, one)
    hatch(paint, left, paint.top, width, paint.height)
    paintWord(paint, 'not known', left, width)
  }
}

/** What is narrower than a pixel cannot be told without saying more than is true. */
const stretch = ({ x }, { from, to }) => {
  const width = x(to) - x(from)
  return { left: x(from), width: width < 0.5 ? 0 : Math.max(1, width) }
}

function paintWord({ ctx, colours, top, height, font }, word, left, wide) {
  if (wide < wordWidth[word]) return
  const middle = left + wide / 2
  ctx.font = `11px ${font}`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  const width = ctx.measureText(word).width + 8
  const y = top + height / 2
  ctx.fillStyle = colours.panel
  ctx.fillRect(middle - width / 2, y - 8, width, 16)
  ctx.fillStyle = colours.ink2
  ctx.fillText(word, middle, y + 0.5)
}

/** After the last that is known: a dotted edge, and hatching up to now. */
export function paintUnknownSince(paint, since, until) {
  const { ctx, colours, top, height, x } = paint
  const left = Math.max(x(since), paint.left)
  const right = Math.min(x(until), paint.left + paint.width)
  if (right - left < 1) return
  hatch(paint, left, top, right - left, height)
  ctx.save()
  ctx.strokeStyle = colours.ink
  ctx.lineWidth = 1.5
  ctx.setLineDash([1.5, 1.5])
  ctx.beginPath()
  ctx.moveTo(left, top)
  ctx.lineTo(left, top + height)
  ctx.stroke()
  ctx.restore()
  paintWord(paint, 'not known', left, right - left)
}
