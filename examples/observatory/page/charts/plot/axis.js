// Where the marks of the axes are, and what stands beside them. Pure.
import { fittingUnit, noBreak } from '../../words/format.js'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const timeSteps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 28].map((count) => count * day),
]
const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
/** Room that a mark of time needs, px; in a narrow chart hours may stand nearer, so that there are three. */
const timeSpace = 58
const leastTimeSpace = 46
const narrowMarks = 4.4
/** A Monday, from which weeks are counted. */
const firstMonday = 4 * day
const mostMarks = 60

const two = (number) => String(number).padStart(2, '0')
const offsetOf = (time, zone) => (zone === 'local' ? -new Date(time).getTimezoneOffset() * minute : 0)

/** `{ time, text }` of each mark between `from` and `to` on `width` px, in the zone `utc` or `local`. */
export function timeTicks(from, to, width, zone) {
  if (!(to > from) || !(width > 0)) return []
  const msPerPixel = (to - from) / width
  const hasSeconds = to - from < 5 * minute
  const space = hasSeconds ? timeSpace : Math.min(timeSpace, Math.max(leastTimeSpace, width / narrowMarks))
  const step = timeSteps.find((size) => size >= msPerPixel * space) ?? timeSteps.at(-1)
  // No mark whose text would stand beside the chart.
  const margin = msPerPixel * (hasSeconds ? 23 : 16)
  const origin = step >= 7 * day ? firstMonday : 0
  const ticks = []
  const start = from + offsetOf(from, zone)
  // By the clock on the wall, so that a change of the clocks moves no mark away from its hour.
  for (
    let wall = Math.ceil((start - step - origin) / step) * step + origin;
    ticks.length < mostMarks;
    wall += step
  ) {
    const time = wall - offsetOf(wall - offsetOf(wall, zone), zone)
    if (time > to - margin) break
    if (time < from + margin || time <= (ticks.at(-1)?.time ?? -Infinity)) continue
    ticks.push({ time, text: tickText(wall, hasSeconds) })
  }
  return ticks
}

/** `Thu 26` at midnight, else `04:30` or `04:30:20`. */
function tickText(wall, hasSeconds) {
  const date = new Date(wall)
  if (wall % day === 0) return `${dayNames[date.getUTCDay()]}${noBreak}${date.getUTCDate()}`
  const text = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
  return hasSeconds ? `${text}:${two(date.getUTCSeconds())}` : text
}

/** Room between two marks of a value, px. */
const valueSpace = 25
const decimals = [1, 2, 5]
const percents = [1, 2, 5, 10, 20, 25, 50, 100]

/**
 * `{ value, text }` of each mark between `min` and `max` on `height` px, in the unit of {@link unitOf}. Below zero of a mirrored
 * chart stands what goes the other way, which is not negative.
 */
export function valueTicks(min, max, height, { kind, scale }, isMirrored = false) {
  const span = max - min
  if (!(span > 0) || !Number.isFinite(span) || !(height > 0)) return []
  const reach = Math.max(Math.abs(min), Math.abs(max))
  const least = (span * valueSpace) / height
  const { size } = fittingUnit(scale, kind === 'bytes' ? least : reach)
  const step = valueStep(least / size, kind) * size
  const ticks = []
  for (let index = Math.ceil(min / step - 1e-9); ticks.length < mostMarks; index++) {
    // No zero that is negative.
    const value = index * step + 0
    if (value > max + step * 1e-9) break
    // 512 MiB and 1 GiB, but 1000 ms and 1500 ms.
    const unit = fittingUnit(scale, kind === 'bytes' ? value : reach)
    const symbol = kind === 'percent' || (unit.size === 1 && kind !== 'bytes') ? '' : unit.symbol
    ticks.push({ value, text: valueText(value / unit.size, isMirrored, symbol) })
  }
  return ticks
}

function valueText(number, isMirrored, symbol) {
  const shown = Number((isMirrored ? Math.abs(number) : number).toPrecision(12))
  const text = String(shown === 0 ? 0 : shown).replace('-', '−')
  return shown === 0 || symbol === '' ? text : text + noBreak + symbol
}

/** The smallest round step that is at least `least`: of bytes one by which 1,024 can be divided well. */
function valueStep(least, kind) {
  if (kind === 'percent' && least > 0.5 && least <= 100) return percents.find((step) => step >= least)
  if (kind === 'bytes' && least > 0.5 && least < 1024) {
    const power = 2 ** Math.floor(Math.log2(least))
    return [power, power * 1.5, power * 2].find((step) => step >= least && Number.isInteger(step))
  }
  const power = 10 ** Math.floor(Math.log10(least))
  return (decimals.find((digit) => digit * power >= least * (1 - 1e-9)) ?? 10) * power
}
