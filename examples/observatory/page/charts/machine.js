// Which cards this machine has, composed of what the catalogue tells of it. Pure.
import { counted, formatLabel, formatValue, unitOf } from '../words/format.js'
import { lineStyle } from './plot/colours.js'
import { sentCard } from './sent.js'
import { seriesLabels } from './plot/series-labels.js'

/** Cards that stand dashed before there is a measurement. */
export const firstCards = ['Processor', 'Memory', 'Load']
const plotHeight = 120
const mostLines = 9
const mostInterfaces = 4

/**
 * The cards: `catalogue.machine.cards`, and `about` for host and cores. `latest(key)` is the value that a note tells, of the time
 * under the pointer or now.
 */
export function machineCards(cards, { host, cores, isFiltered }) {
  const metrics = new Map(cards.map((card) => [card.metric, card]))
  const composed = [
    processor(metrics, cores),
    memory(metrics),
    load(metrics, cores),
    disks(metrics, host),
    network(metrics, host),
  ].filter((card) => card !== undefined)
  // Who looks for something finds it, also what no card is composed of.
  const used = new Set(composed.flatMap(({ metrics: own }) => own))
  const others = isFiltered ? cards.filter(({ metric }) => !used.has(metric)) : []
  return [...composed, ...others.map((card) => ({ ...sentCard(card, { host }), height: plotHeight }))]
}

const first = (metrics, name) => metrics.get(name)?.shown[0]
const keyOf = (shown) => shown?.series.key
const present = (keys) => keys.filter((key) => key !== undefined)

function line(shown, label, style, more = {}) {
  return {
    key: shown.series.key,
    metric: shown.series.metric,
    drawn: 'number',
    label,
    lastKnown: shown.value,
    isLabelled: true,
    ...lineStyle(style),
    ...more,
  }
}

function card(title, own, more) {
  return {
    id: `machine ${title}`,
    title,
    height: plotHeight,
    drawn: 'number',
    thresholds: [],
    ...own,
    ...more,
  }
}

function processor(metrics, cores) {
  const used = first(metrics, 'cpu.used_percent')
  const user = first(metrics, 'cpu.user_percent')
  const system = first(metrics, 'cpu.system_percent')
  const lines = []
  if (system !== undefined) lines.push(line(system, 'system', 1, { hasArea: true }))
  if (user !== undefined)
    lines.unshift(
      line(user, 'user', 0, {
        hasArea: true,
        // Samples of the two are thinned apart, so that adding them would give sums that never were.
        ...(system && { stackOn: keyOf(system), ...(used && { drawnBy: keyOf(used) }) }),
      }),
    )
  // A filter may leave the sum alone.
  if (lines.length === 0 && used !== undefined) lines.push(line(used, 'used', 0, { hasArea: true }))
  if (lines.length === 0) return undefined
  const isSum = user !== undefined && system !== undefined
  return card('Processor', {
    metrics: ['cpu.used_percent', 'cpu.user_percent', 'cpu.system_percent'],
    // The lower line has to be known before the upper one stands on it.
    lines: lines.toReversed(),
    keys: present([keyOf(used), keyOf(user), keyOf(system)]),
    unit: unitOf('cpu.used_percent', 'number'),
    // What is judged is the sum, which is the upper line.
    thresholds: isSum || user === undefined ? judged(metrics, 'cpu.used_percent', lines[0].key) : [],
    note: (valueAt) => {
      const value = used && valueAt(keyOf(used))
      const of = cores === undefined ? '' : counted(cores, 'core')
      if (typeof value !== 'number') return of
      const sum = formatLabel('cpu.used_percent', 'number', value)
      return of === '' ? sum : `${sum} of ${of}`
    },
  })
}

const judged = (metrics, metric, key, factor = 1) =>
  (metrics.get(metric)?.thresholds ?? []).map((one) => ({
    ...one,
    threshold: one.threshold * factor,
    keys: [key],
  }))

function memory(metrics) {
  const used = first(metrics, 'memory.used_bytes')
  const total = first(metrics, 'memory.total_bytes')
  const percent = first(metrics, 'memory.used_percent')
  const size = typeof total?.value === 'number' ? total.value : undefined
  const shown = used ?? percent
  if (shown === undefined) return undefined
  const factor = used === undefined ? 1 : size === undefined ? undefined : size / 100
  return card('Memory', {
    metrics: ['memory.used_bytes', 'memory.total_bytes', 'memory.used_percent'],
    lines: [line(shown, 'used', 0, { hasArea: true })],
    keys: present([keyOf(used), keyOf(total), keyOf(percent)]),
    unit: unitOf(shown.series.metric, 'number'),
    thresholds: factor === undefined ? [] : judged(metrics, 'memory.used_percent', keyOf(shown), factor),
    ...(used !== undefined && size !== undefined && { whole: size, isPart: true }),
    note: (valueAt) => {
      const value = percent && valueAt(keyOf(percent))
      const part = typeof value === 'number' ? formatLabel('memory.used_percent', 'number', value) : undefined
      const whole = size === undefined ? undefined : formatLabel('memory.total_bytes', 'number', size)
      if (part === undefined) return whole ?? ''
      return whole === undefined ? part : `${part} of ${whole}`
    },
  })
}

function load(metrics, cores) {
  const minutes = [1, 5, 15].filter((count) => first(metrics, `load.${count}m`) !== undefined)
  if (minutes.length === 0) return undefined
  const lines = minutes.map((count) =>
    line(first(metrics, `load.${count}m`), `${count} min`, [0, 1, 3][[1, 5, 15].indexOf(count)]),
  )
  return card('Load', {
    metrics: ['load.1m', 'load.5m', 'load.15m'],
    lines,
    keys: lines.map(({ key }) => key),
    unit: unitOf('load.1m', 'number'),
    thresholds: lines.flatMap(({ key, metric }) => judged(metrics, metric, key)),
    whole: cores,
    note: () => (cores === undefined ? '' : counted(cores, 'core')),
  })
}

function disks(metrics, host) {
  const used = metrics.get('disk.used_percent')
  if (used === undefined || used.shown.length === 0) return undefined
  const shown = used.shown.slice(0, mostLines)
  const { labels } = seriesLabels(
    shown.map(({ series }) => series),
    host,
  )
  const lines = shown.map((one, at) =>
    line(one, labels[at], [0, 1, 3, 2, 4][at % 5] + 5 * Math.floor(at / 5)),
  )
  return card('Disks', {
    metrics: ['disk.used_percent'],
    lines,
    keys: lines.map(({ key }) => key),
    count: used.count,
    unit: unitOf('disk.used_percent', 'number'),
    thresholds: used.thresholds,
    note: () => '% used, by path',
  })
}

function network(metrics, host) {
  const sides = [
    { metric: 'network.received_bytes', word: 'received', sign: 1 },
    { metric: 'network.sent_bytes', word: 'sent', sign: -1 },
  ]
  const all = sides.flatMap((side) =>
    (metrics.get(side.metric)?.shown ?? []).map((shown) => ({ side, shown })),
  )
  if (all.length === 0) return undefined
  const size = ({ shown }) => (typeof shown.value === 'number' ? shown.value : 0)
  const names = [...new Set(all.toSorted((one, other) => size(other) - size(one)).map(interfaceOf))]
  const lines = names.slice(0, mostInterfaces).flatMap((name, at) =>
    all
      .filter((one) => interfaceOf(one) === name)
      .map(({ side, shown }) =>
        line(shown, `${name} ${side.word}`, at === 0 ? (side.sign === 1 ? 0 : 1) : [3, 2, 4][at - 1], {
          drawn: 'rate',
          sign: side.sign,
          hasArea: at === 0,
          ...(at === 0 && { dash: [] }),
        }),
      ),
  )
  return card('Network', {
    metrics: sides.map(({ metric }) => metric),
    lines,
    keys: lines.map(({ key }) => key),
    drawn: 'rate',
    isMirrored: true,
    isWide: true,
    unit: unitOf('network.received_bytes', 'rate'),
    note: () => 'received above, sent below, per second',
    host,
  })
}

const interfaceOf = ({ shown }) =>
  Object.hasOwn(shown.series.tags, 'interface') ? shown.series.tags.interface : ''

/** What stands beside the section's title. */
export function machineNote({ host, machine, isFiltered }, band) {
  const series = isFiltered
    ? `${formatValue('', 'number', machine.matching)} of ${counted(machine.series, 'series', 'series')}`
    : counted(machine.series, 'series', 'series')
  return [`${host}, ${series}`, band].filter((part) => part !== undefined).join(' · ')
}
