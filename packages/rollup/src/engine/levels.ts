import { formatDuration, parseDuration, type Duration } from '@tocsin/core'

/** One window length. */
export interface Level {
  /** Its canonical text, such as `'5m'`. */
  readonly period: Duration
  readonly periodMs: number
}

const maxLevels = 16
/** Times inside a window are stored as 32-bit milliseconds. */
const maxPeriodMs = 30 * 86_400_000

/** What {@link parseLevels} accepts, as a piece of a sentence. */
export const levelsRule: string =
  `1 to ${maxLevels} durations up to 30d, from short to long, each dividing the next, ` +
  `such as ['1m', '5m', '1h']`

/** The levels of a list of durations; `undefined` where it breaks {@link levelsRule}. */
export function parseLevels(windows: unknown): readonly [Level, ...Level[]] | undefined {
  if (!Array.isArray(windows) || windows.length > maxLevels) return undefined
  const levels: Level[] = []
  for (const window of windows) {
    const periodMs = typeof window === 'string' ? parseDuration(window) : undefined
    const shorter = levels.at(-1)?.periodMs
    if (periodMs === undefined || periodMs < 1 || periodMs > maxPeriodMs) return undefined
    if (shorter !== undefined && (periodMs <= shorter || periodMs % shorter !== 0)) return undefined
    levels.push({ period: formatDuration(periodMs), periodMs })
  }
  const [base, ...rest] = levels
  return base === undefined ? undefined : [base, ...rest]
}
