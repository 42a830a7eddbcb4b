/** The clocks of a place. Their time is written as ms, as if it were UTC. */
export interface ZoneClock {
  /** How far they are before UTC at a moment, ms. */
  readonly offsetMs: (time: number) => number
  /** The moment at which they show a time: of two, the first or the last; where they skip it, the first moment after the gap. */
  readonly moment: (local: number, which: 'first' | 'last') => number
}

const secondMs = 1000
const hourMs = 3_600_000
/** No clock is farther from UTC. */
const farthestMs = 16 * hourMs

/** Clocks of an IANA zone, with daylight saving time. Throws a `RangeError` for a zone that is not known here. */
export function createZoneClock(zone: string): ZoneClock {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  const offsetMs = (time: number): number => {
    const whole = Math.floor(time / secondMs) * secondMs
    const parts = Object.fromEntries(
      format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]),
    )
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole
  }
  const moment = (local: number, which: 'first' | 'last'): number => {
    const [before, after] = [offsetMs(local - farthestMs), offsetMs(local + farthestMs)]
    const moments = [local - before, local - after].filter((time) => time + offsetMs(time) === local)
    if (moments.length > 0) return which === 'first' ? Math.min(...moments) : Math.max(...moments)
    return changeBetween(local - farthestMs, local + farthestMs, before, offsetMs)
  }
  return { offsetMs, moment }
}

/** The first second with another offset than before. */
function changeBetween(from: number, to: number, before: number, offsetMs: (time: number) => number): number {
  let [left, right] = [from, to]
  while (right - left > secondMs) {
    const middle = left + Math.floor((right - left) / 2 / secondMs) * secondMs
    if (offsetMs(middle) === before) left = middle
    else right = middle
  }
  return right
}
