import { buildSeries } from '@tocsin/protocols'

import type {
  Drawn,
  Fault,
  LoadedRule,
  LogEntry,
  Maintenance,
  SeriesName,
  State,
  Status,
  Value,
} from '../../server/wire.ts'

/** A series whose value at any time is known without keeping it; nothing where it has none. */
export interface InventedSeries {
  readonly series: SeriesName
  readonly drawn: Drawn
  readonly stepMs: number
  readonly machine: boolean
  value(time: number): Value | undefined
}

/** What a stand-in shows: invented, around the time at which it began. */
export interface Scene {
  readonly host: string
  readonly startedAt: number
  readonly rules: readonly LoadedRule[]
  readonly series: readonly InventedSeries[]
  readonly faults: readonly Fault[]
  readonly lastEnded?: Fault
  readonly log: readonly LogEntry[]
  readonly maintenance: readonly Maintenance[]
  readonly pauses: State['pauses']
  readonly sources: Status['sources']
  readonly journal: Status['journal']
  readonly lag: number
  readonly problems: Status['problems']
  /** Viewers besides those of this stand-in. */
  readonly others: number
}

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** Thu 26 Nov 2026 05:12:40 UTC, the moment of the design's pictures. */
export const designedNow: number = Date.UTC(2026, 10, 26, 5, 12, 40)

/** Times as the pictures tell them, moved to where `now` is: `at('20:30:02', 1)` is of the day before. */
export function timesOf(now: number): (time: string, daysAgo?: number) => number {
  return (time, daysAgo = 0) => {
    const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
    return now + Date.UTC(2026, 10, 26 - daysAgo, hours, minutes, seconds) - designedNow
  }
}

export function nameOf(metric: string, tags: Readonly<Record<string, string>> = {}): SeriesName {
  const built = buildSeries(metric, tags)
  if (!built.ok) throw new Error(built.message)
  const { key, metric: name, tags: kept } = built.value
  return { key, metric: name, tags: kept }
}

/** Between -1 and 1, the same for the same place: an invention that may be asked twice. */
function noiseAt(seed: number, place: number): number {
  let bits = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place | 0, 0xc2b2ae35)
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 31 - 1
}

/** A smooth wandering of that period: slow places with quick ones on them. */
export function wander(seed: number, time: number, periodMs: number): number {
  const smooth = (period: number, of: number): number => {
    const place = Math.floor(time / period)
    const part = time / period - place
    const eased = part * part * (3 - 2 * part)
    return noiseAt(of, place) * (1 - eased) + noiseAt(of, place + 1) * eased
  }
  return 0.6 * smooth(periodMs, seed) + 0.4 * smooth(periodMs / 6, seed + 7919)
}

/** From one value to another, between two times. */
export function ramp(time: number, from: number, to: number, first: number, last: number): number {
  const part = Math.min(1, Math.max(0, (time - from) / (to - from)))
  return first + (last - first) * part
}
