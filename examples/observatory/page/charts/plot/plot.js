// One chart: uPlot for scales, axes and pixels; everything on it is painted by its hooks.
import uPlot from '/uplot.js'

import { formatLabel } from '../../words/format.js'
import { timeTicks, valueTicks } from './axis.js'
import { nearest } from '../columns.js'
import { paintHoles, paintNotTold, paintUnknownSince } from './hatch.js'
import { createLabels } from './label-column.js'
import { paintArea, paintBand, paintBlocks, paintLine, violated } from './lines.js'
import { createOverlay } from './overlay.js'
import { paintRibbon, paintThresholds, paintZones } from './thresholds.js'

const above = 8
const timeAxis = 28

/**
 * A chart in `slot` whose plot is `height` px high and ends `gutter` px before the right edge. `colours` is that of the page, `room`
 * that for its values, `zone()` tells utc or local. `isSmall` is that of a fault: no labels but the values of its thresholds, and a dot at the end.
 */
export function createPlot(slot, { height, gutter, room, colours, zone, isSmall = false, font }) {
  let picture
  let samples
  let ticks = { times: [], values: [] }
  const root = document.createElement('div')
  root.className = 'plot'
  slot.append(root)
  const stroke = () => colours.read().ink3
  const grid = { stroke: () => colours.read().grid, width: 1 }
  const axis = { stroke, grid, font: `11px ${font}`, ticks: { show: false, size: 0 }, space: 10 }
  let plot
  let valueAxis

  function build(width) {
    plot = new uPlot(
      {
        width,
        height: above + height + timeAxis,
        padding: [above, gutter, 0, 0],
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: false, range: () => [picture.from, picture.to] },
          y: { range: () => picture.range },
        },
        axes: [
          {
            ...axis,
            size: timeAxis,
            gap: 8,
            splits: () => ticks.times.map(({ time }) => time),
            values: () => ticks.times.map(({ text }) => text),
          },
          {
            ...axis,
            size: () => valueAxis,
            gap: 6,
            splits: () => ticks.values.map(({ value }) => value),
            values: () => ticks.values.map(({ text }) => text),
          },
        ],
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: { draw: [paint] },
      },
      dataOf(),
      root,
    )
  }

  const labels = createLabels(root)
  const overlay = createOverlay(root, { colours, font })
  // uPlot draws what its data reach over; the lines are ours.
  /** @returns {[number[], null[]]} */
  const dataOf = () => [
    [picture.from, picture.to],
    [null, null],
  ]

  /** Pixels and values of the plot, in CSS px. */
  function frame(ctx) {
    const ratio = devicePixelRatio
    const { left, top, width, height: tall } = plot.bbox
    const place = { left: left / ratio, top: top / ratio, width: width / ratio, height: tall / ratio }
    const { from, to, range } = picture
    return {
      ...place,
      ctx,
      ratio,
      font,
      colours: colours.read(),
      x: (time) => place.left + ((time - from) / (to - from)) * place.width,
      y: (value) => place.top + place.height - ((value - range[0]) / (range[1] - range[0])) * place.height,
    }
  }

  function paint(u) {
    const { ctx } = u
    const one = frame(ctx)
    ctx.save()
    ctx.setTransform(one.ratio, 0, 0, one.ratio, 0, 0)
    ctx.setLineDash([])
    const { lines, thresholds, hasBand } = picture
    const colourOf = (line) => (line.isGrey ? one.colours.ink3 : one.colours.data(line.colour))
    paintZones(one, thresholds)
    if (!hasBand) for (const line of lines) if (line.hasArea) paintArea(one, areaOf(line, colourOf(line)))
    if (!picture.isText) paintHoles(one, picture.holes, picture.someHoles)
    if (hasBand)
      for (const line of lines) if (!line.isGrey) paintBand(one, { ...line, colour: colourOf(line) })
    const texts = lines.filter((line) => line.blocks.length > 0)
    texts.forEach((line, row) => paintBlocks(one, line.blocks, row, texts.length))
    // A text stands for the time up to the next one, but not for what nobody saw.
    if (picture.isText) paintHoles(one, picture.holes, picture.someHoles)
    if (!picture.isText)
      for (const line of lines.toReversed()) {
        ctx.globalAlpha = line.isGrey ? 0.45 : 1
        paintLine(one, { ...line, colour: colourOf(line), width: line.isGrey ? 1 : undefined })
        ctx.globalAlpha = 1
      }
    paintNotTold(one, picture.notTold)
    paintThresholds(one, thresholds)
    if (picture.unknownSince !== undefined)
      paintUnknownSince(one, picture.unknownSince, Math.min(picture.now, picture.to))
    paintRibbon(one, picture.bars)
    if (isSmall) paintEnd(one)
    else labels.paintLeaders(one, lines, colourOf)
    ctx.restore()
  }

  const areaOf = ({ columns, sign }, colour) => ({ columns, base: columns.base, sign, colour })

  function paintEnd({ ctx, x, y, colours: shown }) {
    const [line] = picture.lines
    if (line?.end === undefined || picture.isText) return
    const worst = violated(line.thresholds, line.end.value)
    ctx.beginPath()
    ctx.arc(x(line.end.time), y(line.end.value), 4, 0, 2 * Math.PI)
    ctx.fillStyle = worst === undefined ? shown.data(0) : shown.line(worst)
    ctx.fill()
    ctx.lineWidth = 1.5
    ctx.strokeStyle = shown.panel
    ctx.stroke()
  }

  /** The value beside a line: at a time, or the latest. */
  function valueText(line, time) {
    const series = samples.get(line.key)
    const point = time === undefined ? series?.latest : series && nearest(series, time)
    const value = point?.value ?? (time === undefined ? line.lastKnown : undefined)
    return value === undefined ? 'no data' : formatLabel(line.metric, line.drawn, value)
  }

  function label(time) {
    if (isSmall) labels.showThresholds(frame(), picture.thresholds, picture.unit)
    else labels.show(frame(), picture.lines, (line) => valueText(line, time))
  }

  return {
    root,
    /** Draws a picture of {@link pictureOf}, whose series are in `known`. */
    show(next, known) {
      picture = next
      samples = known
      const width = slot.clientWidth
      // A slot that is not laid out has nothing to show it on.
      if (width < 60) return
      const values = picture.hasValues
        ? valueTicks(...picture.range, height, picture.unit, picture.isMirrored)
        : []
      room.fit(values.map(({ text }) => text))
      const hasRoom = valueAxis === room.width
      valueAxis = room.width
      ticks = { times: timeTicks(picture.from, picture.to, width - valueAxis - gutter, zone()), values }
      if (plot !== undefined && (plot.width !== width || !hasRoom))
        plot.setSize({ width, height: above + height + timeAxis })
      if (plot === undefined) build(width)
      else plot.setData(dataOf())
      label(overlay.time)
      overlay.paint(frame(), picture, ticks.times, samples, zone())
    },
    /** Only the words: between two drawings values go on. */
    label() {
      if (plot !== undefined) label(overlay.time)
    },
    /** The line under the pointer, which is at the same time in all charts; `undefined` takes it away. */
    hover(time) {
      if (plot === undefined) return
      overlay.time = time !== undefined && time >= picture.from && time <= picture.to ? time : undefined
      overlay.paint(frame(), picture, ticks.times, samples, zone())
      if (!isSmall) label(overlay.time)
    },
    /** The time at a place of the window, px; `undefined` beside the plot. */
    timeAt(clientX) {
      if (plot === undefined) return undefined
      const { left, width } = frame()
      const part = (clientX - root.getBoundingClientRect().left - left) / width
      return part < 0 || part > 1 ? undefined : picture.from + part * (picture.to - picture.from)
    },
    frame: () => (plot === undefined ? undefined : frame()),
    get picture() {
      return picture
    },
    destroy() {
      plot?.destroy()
      root.remove()
    },
  }
}
