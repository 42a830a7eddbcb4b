import type { Recent } from './recent.ts'
import type { SeriesPoints } from './series-points.ts'
import type { Thresholds } from '../answers/thresholds.ts'
import type { Close, Level } from '../wire.ts'

const most = 3
/** A value says nothing about now when it is older than this and two of its usual steps. */
const freshMs = 60_000

/**
 * The watched series that are nearest to a limit by what the rules judge now, nearest first; `undefined` while the past is being
 * read, as the nearest may be one that is still to come.
 */
export function closestToLimits(
  thresholds: Pick<Thresholds, 'watched' | 'rulesOf'>,
  recent: Pick<Recent, 'find' | 'reach'>,
  now: number,
  /** Since when this run judges. */
  startedAt: number,
): readonly Close[] | undefined {
  if (recent.reach === Infinity) return undefined
  const found: Close[] = []
  for (const [key, series] of thresholds.watched()) {
    const points = recent.find(key)
    // Rules judge a counter's total, which is not what is shown of it.
    if (points?.drawn !== 'number' || !isFresh(points, now)) continue
    const [nearest] = thresholds
      .rulesOf(key)
      .flatMap(({ levels, averageMs, fillMs }) => {
        const value =
          averageMs === undefined ? numberOf(points) : averageOf(points, averageMs, fillMs, startedAt)
        const average = averageMs !== undefined && { averageMs }
        return levels.map((level) => ({ value, level, part: partOf(value, level), ...average }))
      })
      .sort((a, b) => b.part - a.part)
    if (nearest !== undefined && nearest.part > 0) found.push({ series, ...nearest })
  }
  return found.sort((a, b) => b.part - a.part).slice(0, most)
}

function isFresh(points: SeriesPoints, now: number): boolean {
  const age = now - (points.latest?.time ?? -Infinity)
  return age <= freshMs || age <= 2 * (points.usualStep() ?? 0)
}

const numberOf = ({ latest }: SeriesPoints): number =>
  typeof latest?.value === 'number' ? latest.value : NaN

/** The average up to the latest sample; NaN until its window is filled as far as the rule wants it. */
function averageOf(points: SeriesPoints, averageMs: number, fillMs: number, startedAt: number): number {
  const end = points.latest?.time ?? NaN
  const { times, values } = points.between(Math.max(startedAt, end - 2 * averageMs), end)
  if (!(end - (times[0] ?? end) >= fillMs)) return NaN
  const inside = values.filter(
    (value, index) => typeof value === 'number' && (times[index] ?? 0) > end - averageMs,
  )
  return inside.reduce<number>((sum, value) => sum + Number(value), 0) / inside.length
}

/** How much of the way to a threshold a value has gone; 0 where that cannot be said, as with limits at or below 0. */
function partOf(value: number, { is, threshold }: Level): number {
  if (typeof threshold !== 'number' || !(threshold > 0) || !(value > 0)) return 0
  const part = is === 'above' ? value / threshold : is === 'below' ? threshold / value : 0
  return Number.isFinite(part) ? part : 0
}
