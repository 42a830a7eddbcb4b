// What the marks of the lanes mean.
import { element, svgElement } from '../../elements.js'
import { barHeights } from './lane-layout.js'

export function createLegend() {
  const sign = (width, ...shapes) =>
    svgElement('svg', { width, height: 20, viewBox: `0 0 ${width} 20`, 'aria-hidden': 'true' }, ...shapes)
  const bar = (severity, width, more = '') => {
    const height = barHeights[severity - 1]
    return svgElement('rect', {
      class: `shape severity-${severity}${more}`,
      x: 0.75,
      y: 10 - height / 2,
      width: width - 1.5,
      height,
      rx: 1.5,
    })
  }
  const item = (shape, text) => element('li', {}, shape, text)
  return element(
    'ul',
    { class: 'lanes-legend' },
    element('li', {}, 'Severity'),
    ...[1, 2, 3, 4, 5].map((severity) => item(sign(18, bar(severity, 18)), String(severity))),
    item(sign(19, bar(3, 19, ' acknowledged')), 'acknowledged'),
    item(
      sign(19, svgElement('rect', { class: 'maintained', x: 0.5, y: 3.5, width: 18, height: 13 })),
      'maintenance',
    ),
    item(sign(19, svgElement('rect', { class: 'unknown', x: 0, y: 3, width: 19, height: 14 })), 'not known'),
    item(
      sign(
        19,
        svgElement('rect', { class: 'shown', x: 0, y: 3, width: 19, height: 14 }),
        svgElement('path', { class: 'bracket', d: 'M1 8V4H18V8' }),
      ),
      'shown in the charts',
    ),
  )
}
