import type { History, HistoryQuestion, SeriesHistory, Value } from '../../server/wire.ts'
import type { InventedSeries } from '../scenes/index.ts'
import { day, hour, minute } from '../scenes/scene.ts'

/** Of so long ago there are still single samples. */
const sampledMs = hour

/** What the question asks for, invented; windows for what is long ago, samples for the last hour. */
export function historyOf(
  series: ReadonlyMap<string, InventedSeries>,
  question: HistoryQuestion,
  now: number,
  isSilent: (series: InventedSeries, time: number) => boolean,
): History {
  const asked = question.keys.flatMap((key) => series.get(key) ?? [])
  return { now, series: asked.map((one) => historyOfOne(one, question, now, isSilent)) }
}

function historyOfOne(
  one: InventedSeries,
  { from, to }: HistoryQuestion,
  now: number,
  isSilent: (series: InventedSeries, time: number) => boolean,
): SeriesHistory {
  const { series, drawn, stepMs } = one
  const range = to - from
  const windowMs = range >= 7 * day ? hour : range >= day ? 5 * minute : minute
  const valueAt = (time: number): Value | undefined => (isSilent(one, time) ? undefined : one.value(time))
  // Coarser ones would be holes in a line of one sample a second.
  const step = range > 20 * minute ? Math.max(stepMs, 5000) : stepMs
  const first =
    range >= day ? Infinity : Math.ceil(Math.max(from, now - sampledMs - windowMs) / windowMs) * windowMs
  const times: number[] = []
  const values: Value[] = []
  let before = 0
  for (let time = Math.ceil(Math.min(first, to + 1) / step) * step; time <= Math.min(to, now); time += step) {
    const value = valueAt(time)
    if (value === undefined) continue
    times.push(time - before)
    values.push(value)
    before = time
  }
  const start = Math.floor(from / windowMs) * windowMs
  const slots = Math.max(0, Math.round((Math.min(first, to, now) - start) / windowMs))
  const windows = Array.from({ length: slots }, (_, slot) =>
    windowOf(valueAt, start + slot * windowMs, windowMs, stepMs),
  )
  return {
    key: series.key,
    drawn,
    stepMs: range >= day ? stepMs : step,
    ...(slots > 0 && {
      windows: {
        start,
        periodMs: windowMs,
        average: windows.map(({ average }) => average),
        ...(range >= day && {
          min: windows.map(({ min }) => min),
          max: windows.map(({ max }) => max),
        }),
      },
    }),
    ...(times.length > 0 && { samples: { times, values } }),
  }
}

function windowOf(
  valueAt: (time: number) => Value | undefined,
  start: number,
  periodMs: number,
  stepMs: number,
): { average: Value | null; min: number | null; max: number | null } {
  const parts = Math.min(12, Math.max(1, Math.floor(periodMs / stepMs)))
  const values = Array.from({ length: parts }, (_, part) => valueAt(start + (part * periodMs) / parts))
  const numbers = values.filter((value) => typeof value === 'number')
  if (numbers.length === 0) {
    return { average: values.findLast((value) => value !== undefined) ?? null, min: null, max: null }
  }
  const sum = numbers.reduce((a, b) => a + b, 0)
  return { average: sum / numbers.length, min: Math.min(...numbers), max: Math.max(...numbers) }
}
