/** A duration where people write rules: `'10s'`, `'5m'`, `'250ms'`, `'1h'`, `'1d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const shape = /^(\d{1,12})(ms|s|m|h|d)$/

/** The duration in whole milliseconds, or `undefined` where the text is none. `'5m'` gives 300000. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = shape.exec(text) ?? []
  if (digits === undefined || unit === undefined) return undefined
  const ms = Number(digits) * unitMs[unit as keyof typeof unitMs]
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** The shortest exact text of a duration: 300000 gives `'5m'`, 90000 gives `'90s'`. */
export function formatDuration(ms: number): Duration {
  if (!Number.isSafeInteger(ms) || ms < 0)
    throw new RangeError(`a duration is whole ms from 0, got ${String(ms)}`)
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms > 0 && ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`
  }
  return `${ms}ms`
}

/** Start of the window that holds `time`; windows of `widthMs` are aligned to the Unix epoch, `[start, start + widthMs)`. */
export function windowStart(time: number, widthMs: number): number {
  return Math.floor(time / widthMs) * widthMs
}
