// Values in words: at most three digits, with the unit that the metric's name says.

/** Between a number and its unit: they stay in one line. */
export const noBreak = '\u00a0'

// `size` in the base unit; `from` where it begins to be used, if that is later: 90 s is told better than 1.5 min.
const bytes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'].map((symbol, power) => ({
  symbol,
  size: 1024 ** power,
}))
const plain = ['', 'k', 'M', 'G', 'T', 'P'].map((symbol, power) => ({ symbol, size: 1000 ** power }))
const percent = [{ symbol: '%', size: 1 }]
const seconds = [
  { symbol: 'ns', size: 1e-9 },
  { symbol: 'µs', size: 1e-6 },
  { symbol: 'ms', size: 1e-3 },
  { symbol: 's', size: 1 },
  { symbol: 'min', size: 60, from: 120 },
  { symbol: 'h', size: 3600, from: 7200 },
  { symbol: 'd', size: 86_400, from: 259_200 },
]
const milliseconds = seconds.map(({ symbol, size, from = size }) => ({
  symbol,
  size: size * 1000,
  from: from * 1000,
}))

/**
 * What a metric's name says of its unit. `kind` is `percent`, `bytes`, `duration` or `plain`; `scale` its units from small to large,
 * each with `symbol` and `size` in values of the metric; `perSecond` where its growth is drawn.
 */
export function unitOf(metric, drawn) {
  const [, suffix] = /_(percent|bytes|ms|seconds)(?:_total)?$/.exec(metric) ?? []
  const perSecond = drawn === 'rate'
  if (suffix === 'percent') return { kind: 'percent', scale: percent, perSecond }
  if (suffix === 'bytes') return { kind: 'bytes', scale: bytes, perSecond }
  if (suffix === 'seconds') return { kind: 'duration', scale: seconds, perSecond }
  if (suffix === 'ms') return { kind: 'duration', scale: milliseconds, perSecond }
  return { kind: 'plain', scale: plain, perSecond }
}

/** The unit of the scale in which a value has at most three digits before its point. */
export function fittingUnit(scale, value) {
  const magnitude = Math.abs(value)
  if (magnitude === 0) return scale.find(({ size }) => size === 1)
  const index = Math.max(
    0,
    scale.findLastIndex(({ size, from = size }) => magnitude >= from),
  )
  const isTooLong = Number((magnitude / scale[index].size).toPrecision(3)) >= 1000
  return scale[isTooLong ? Math.min(index + 1, scale.length - 1) : index]
}

/** Of sentences: `97.8 %`, `300 ms`, `1.5 GiB/s`, `37.6/s`. What JSON has no number for, and texts, as what they are. */
export function formatValue(metric, drawn, value) {
  return written(metric, drawn, value, short, '/s')
}

function short(number) {
  // Beyond the largest unit.
  if (Math.abs(number) >= 1e6) return number.toExponential(2)
  return String(Number(number.toPrecision(3)))
}

/** Of labels: always three digits, so that they keep their width; that a plain one is per second is said by its chart. */
export function formatLabel(metric, drawn, value) {
  return written(metric, drawn, value, (number) => (number === 0 ? '0' : number.toPrecision(3)), '')
}

function written(metric, drawn, value, digits, plainRate) {
  if (value === undefined || value === null) return 'no value'
  if (typeof value === 'string' || !Number.isFinite(value)) return String(value)
  const { kind, scale, perSecond } = unitOf(metric, drawn)
  const { symbol, size } = fittingUnit(scale, value)
  const number = digits(value / size).replace('-', '−')
  const rate = perSecond ? (kind === 'plain' ? plainRate : '/s') : ''
  return symbol === '' ? number + rate : number + noBreak + symbol + rate
}

/** A count of things: whole up to 9,999, since `1.02 k series` is not what was counted. */
export function formatCount(count) {
  return count < 1_000_000 ? String(count).replace(/\B(?=(\d{3})+$)/g, ',') : formatValue('', 'number', count)
}

/** `1 fault`, `2 faults`, `3 series`. */
export function counted(count, one, many = `${one}s`) {
  return `${formatCount(count)}${noBreak}${count === 1 ? one : many}`
}
