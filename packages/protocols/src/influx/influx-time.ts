/** What the timestamps of a sender count since the Unix epoch. */
export type InfluxPrecision = 'ns' | 'us' | 'ms' | 's' | 'm' | 'h'

interface Unit {
  /** Digits of a timestamp that are less than a ms. */
  readonly below: number
  /** What the last of those digits is, ns. */
  readonly ns: number
  /** What the digits before them count, ms. */
  readonly ms: number
}

const units: Readonly<Record<InfluxPrecision, Unit>> = {
  ns: { below: 6, ns: 1, ms: 1 },
  us: { below: 3, ns: 1000, ms: 1 },
  ms: { below: 0, ns: 0, ms: 1 },
  s: { below: 0, ns: 0, ms: 1000 },
  m: { below: 0, ns: 0, ms: 60_000 },
  h: { below: 0, ns: 0, ms: 3_600_000 },
}

/** The words of both interfaces, with which requests say it. */
const words: ReadonlyMap<string, InfluxPrecision> = new Map([
  ['', 'ns'],
  ['n', 'ns'],
  ['ns', 'ns'],
  ['u', 'us'],
  ['us', 'us'],
  ['\u00b5', 'us'],
  ['\u00b5s', 'us'],
  ['ms', 'ms'],
  ['s', 's'],
  ['m', 'm'],
  ['h', 'h'],
])

/** The precision that a request asks for; `undefined` where it is none. */
export const precisionOf = (word: string): InfluxPrecision | undefined => words.get(word)

// The nanoseconds of a time are 64 bits.
const lastMs = 9_223_372_036_854
const lastNs = 775_807

/**
 * The time that stands in the bytes, ms since the Unix epoch, to the microsecond; NaN where it is no whole number or beyond what
 * 64 bits of nanoseconds hold.
 */
export function readTime(bytes: Uint8Array, start: number, end: number, precision: InfluxPrecision): number {
  const { below, ns, ms } = units[precision]
  const isNegative = bytes[start] === 0x2d
  const from = isNegative ? start + 1 : start
  if (from === end) return Number.NaN
  const split = Math.max(from, end - below)
  let high = 0
  let low = 0
  for (let at = from; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    if (at < split) high = high * 10 + digit
    else low = low * 10 + digit
  }
  const whole = high * ms
  const rest = low * ns
  if (whole > lastMs || (whole === lastMs && rest > lastNs + (isNegative ? 1 : 0))) return Number.NaN
  const time = rest === 0 ? whole : (whole * 1000 + Math.round(rest / 1000)) / 1000
  return isNegative ? 0 - time : time
}

/** The time of a line that brings none: the time of arrival, cut off as InfluxDB does. */
export const arrivalTime = (receivedAt: number, precision: InfluxPrecision): number => {
  const { below, ms } = units[precision]
  return below > 0 ? receivedAt : Math.floor(receivedAt / ms) * ms
}
