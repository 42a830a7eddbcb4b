// The line at the time under the pointer, rings on the nearest samples, and the time on the axis: above the chart, so that moving
// the pointer draws no chart anew.
import { clockTime, nearTime, minuteTime } from '../../words/times.js'
import { nearest } from '../columns.js'

const dayMs = 86_400_000

export function createOverlay(root, { colours, font }) {
  const canvas = document.createElement('canvas')
  canvas.className = 'chart-overlay'
  canvas.setAttribute('aria-hidden', 'true')
  const ctx = canvas.getContext('2d')
  let isClear = true
  let ground

  function fit({ ratio }) {
    if (canvas.parentNode === null) root.append(canvas)
    const width = Math.round(root.clientWidth * ratio)
    const height = Math.round(root.clientHeight * ratio)
    if (canvas.width === width && canvas.height === height) return
    canvas.width = width
    canvas.height = height
  }

  /** Marks that the time would cover in part only are covered whole. */
  function coverMarks(marks, { x, top, height }, from, to) {
    ctx.font = `11px ${font}`
    for (const { time, text } of marks) {
      const half = ctx.measureText(text).width / 2 + 1
      if (x(time) + half < from || x(time) - half > to) continue
      ctx.fillStyle = ground
      ctx.fillRect(x(time) - half, top + height + 8, 2 * half, 14)
    }
  }

  function paintTime(frame, marks, x, text) {
    const { left, top, width, height } = frame
    ctx.font = `700 11px ${font}`
    const wide = ctx.measureText(text).width + 12
    // It stays inside of the chart.
    const at = Math.min(Math.max(x - wide / 2, left - 20), left + width + 30 - wide)
    coverMarks(marks, frame, at, at + wide)
    ctx.font = `700 11px ${font}`
    const from = top + height + 8
    ctx.fillStyle = colours.read().ink
    ctx.beginPath()
    ctx.roundRect(at, from, wide, 17, 3)
    ctx.fill()
    ctx.fillStyle = colours.read().panel
    ctx.textAlign = 'left'
    ctx.textBaseline = 'middle'
    ctx.fillText(text, at + 6, from + 9)
  }

  function paintRings({ x, y }, picture, samples, time) {
    const shown = colours.read()
    for (const line of picture.lines) {
      if (line.isGrey || line.isText) continue
      const series = samples.get(line.drawnBy ?? line.key)
      const point = series && nearest(series, time)
      if (point === undefined || point.time < picture.from || point.time > picture.to) continue
      const at = line.columns.times.indexOf(point.time)
      const value = at === -1 ? null : line.columns.values[at]
      if (value === null) continue
      ctx.beginPath()
      ctx.arc(x(point.time), y((line.sign ?? 1) * value), 3.5, 0, 2 * Math.PI)
      ctx.fillStyle = shown.panel
      ctx.fill()
      ctx.lineWidth = 2
      ctx.strokeStyle = shown.data(line.colour)
      ctx.stroke()
    }
  }

  return {
    time: undefined,
    /** `marks` are those of the time axis. */
    paint(frame, picture, marks, samples, zone) {
      if (this.time === undefined && isClear) return
      fit(frame)
      ctx.setTransform(1, 0, 0, 1, 0, 0)
      ctx.clearRect(0, 0, canvas.width, canvas.height)
      if (isClear) ground = groundOf(root)
      isClear = this.time === undefined
      if (isClear) return
      ctx.setTransform(frame.ratio, 0, 0, frame.ratio, 0, 0)
      const x = frame.x(this.time)
      ctx.strokeStyle = colours.read().ink
      ctx.lineWidth = 1
      ctx.beginPath()
      ctx.moveTo(Math.round(x) + 0.5, frame.top)
      ctx.lineTo(Math.round(x) + 0.5, frame.top + frame.height)
      ctx.stroke()
      paintRings(frame, picture, samples, this.time)
      const isLong = picture.to - picture.from >= dayMs
      paintTime(
        frame,
        marks,
        x,
        isLong ? nearTime(this.time, picture.now, zone, minuteTime) : clockTime(this.time, zone),
      )
    },
  }
}

/** What a chart stands on: the colour of the nearest thing behind it that has one. */
function groundOf(root) {
  for (let element = root; element !== null; element = element.parentElement) {
    const { backgroundColor } = getComputedStyle(element)
    if (backgroundColor !== 'transparent' && !backgroundColor.endsWith(', 0)')) return backgroundColor
  }
  return 'Canvas'
}
