// Draws the lanes into one SVG behind their names: its parts are looked at, not pressed.
import { svgElement } from '../../elements.js'
import { barHeights } from './lane-layout.js'

/** Room above the first lane, in which the bracket stands, px. */
export const headRoom = 6

/**
 * `rows` are `{ top, height, bars }` of each lane, `area` is `{ width, height, scale, ticks, pauses, unknown, shown, now }`, all
 * in px: `shown` what the charts show, `unknown` from the last sample on.
 */
export function drawLanes(svg, rows, area) {
  const { width, height } = area
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.setAttribute('width', width)
  svg.setAttribute('height', height)
  const box = (className, { x, width: wide }) =>
    svgElement('rect', { class: className, x, y: headRoom, width: wide, height: height - headRoom })
  const { shown } = area
  svg.replaceChildren(
    patterns(),
    ...area.ticks.map(({ x }) =>
      svgElement('line', { class: 'grid', x1: x, x2: x, y1: headRoom, y2: height }),
    ),
    ...(shown === undefined ? [] : [box('shown', shown), bracket(shown)]),
    ...area.pauses.map((pause) => box('unknown', pause)),
    ...rows.flatMap(({ top, height: tall, bars }) =>
      bars.map((bar) => faultBars(bar, headRoom + top + tall / 2)),
    ),
    ...(area.unknown === undefined ? [] : [box('unknown', area.unknown)]),
    svgElement('line', { class: 'now', x1: width - 0.5, x2: width - 0.5, y1: headRoom, y2: height }),
  )
}

function bracket({ x, width }) {
  return svgElement('path', {
    class: 'bracket',
    d: `M${x + 1} ${headRoom + 3}V1H${x + Math.max(width, 3) - 1}V${headRoom + 3}`,
  })
}

function faultBars({ fault, bars, maintained }, middle) {
  const group = svgElement('g', { class: 'fault' })
  group.dataset.fault = fault.id
  for (const { x, width } of maintained) {
    const at = { x: x + 0.5, y: middle - 9.5, width, height: 19 }
    group.append(svgElement('rect', { class: 'maintained', ...at }))
  }
  for (const { x, width, severity, isAcknowledged } of bars) {
    const height = barHeights[severity - 1]
    // The outline lies inside, so that a bar is as high as its severity says.
    const inset = isAcknowledged ? 0.75 : 0
    group.append(
      svgElement('rect', {
        class: `shape severity-${severity}${isAcknowledged ? ' acknowledged' : ''}`,
        x: x + inset,
        y: middle - height / 2 + inset,
        width: Math.max(width - 2 * inset, 0.5),
        height: height - 2 * inset,
        rx: Math.min(1.5, width / 3),
      }),
    )
  }
  return group
}

/** Not known is grey, maintenance blue and the other way round. */
function patterns(prefix = '') {
  const pattern = (id, className, size, lines) =>
    svgElement(
      'pattern',
      { id: `${prefix}${id}`, class: className, patternUnits: 'userSpaceOnUse', width: size, height: size },
      svgElement('rect', { width: size, height: size }),
      svgElement('path', { d: lines }),
    )
  return svgElement(
    'defs',
    {},
    pattern('lanes-unknown', 'hatch-unknown', 9, 'M-1 1L1 -1M0 9L9 0M8 10L10 8'),
    pattern('lanes-maintained', 'hatch-maintained', 6, 'M-1 5L1 7M0 0L6 6M5 -1L7 1'),
  )
}
