import type { FaultInput } from '../../src/engine.ts'

/** What was delivered, and when. */
export interface Delivery {
  readonly now: number
  readonly sample: FaultInput
}

/** What of the options the definitions speak of; ms. */
export interface Limits {
  readonly staleAfterMs: number
  readonly maxFutureMs: number
  readonly panes: number
}

export const usualLimits: Limits = { staleAfterMs: 10_000, maxFutureMs: 10_000, panes: 12 }

/** A delivery that counts: it is in order in its series and source, fresh, and new. */
export interface Arrival {
  readonly now: number
  /** When it is judged: its time, or the moment of delivery where it is too far ahead. */
  readonly time: number
  readonly sample: FaultInput
  /** `correction`: of the last one of its series and source; `marker`: the series is reported no longer. */
  readonly what: 'sample' | 'correction' | 'marker'
}

const sourceOf = ({ sample }: Pick<Arrival, 'sample'>): string =>
  `${sample.series.key} ${sample.source ?? ''}`

const revisionOf = ({ sample }: Arrival | Omit<Arrival, 'what'>): number => sample.revision ?? 0

/** What tells nothing is alike, and zero has no sign. */
function isSameValue(one: FaultInput['value'], other: FaultInput['value']): boolean {
  const [known, unknown] = [one, other].map((value) => (typeof value === 'object' ? NaN : value))
  return known === unknown || (Number.isNaN(known) && Number.isNaN(unknown))
}

/** The arrivals among deliveries, each found by looking at all that came before it. */
export function arrivalsOf(deliveries: readonly Delivery[], limits: Limits): readonly Arrival[] {
  const arrivals: Arrival[] = []
  for (const { now, sample } of deliveries) {
    const { time, receivedAt = now } = sample
    if (!Number.isFinite(time)) continue
    if (Math.max(now, receivedAt) - time > limits.staleAfterMs) continue
    const one = { now, sample, time: time > now + limits.maxFutureMs ? now : time }
    // What is reported no longer, by whichever source, is forgotten, but for the order of each.
    const before = arrivals.findLast((other) => sourceOf(other) === sourceOf(one))
    const ofSeries = arrivals.filter((other) => other.sample.series.key === sample.series.key)
    const alive = ofSeries.slice(ofSeries.findLastIndex(({ what }) => what === 'marker') + 1)
    const isMarked = before !== undefined && !alive.includes(before)
    if (sample.kind === 'stale') {
      if (alive.length > 0 && (before === undefined || before.time <= one.time))
        arrivals.push({ ...one, what: 'marker' })
    } else if (before === undefined || before.time < one.time) arrivals.push({ ...one, what: 'sample' })
    else if (isMarked || before.time > one.time) continue
    else if (revisionOf(one) > revisionOf(before)) arrivals.push({ ...one, what: 'correction' })
    else if (revisionOf(one) === 0 && revisionOf(before) === 0) {
      const cameBefore = arrivals.some(
        (other) =>
          sourceOf(other) === sourceOf(one) &&
          other.time === one.time &&
          isSameValue(other.sample.value, sample.value),
      )
      if (!cameBefore) arrivals.push({ ...one, what: 'sample' })
    }
  }
  return arrivals
}

/** The samples as they are known after some arrivals: what was corrected is as it is now, in its old place. */
export function samplesOf(arrivals: readonly Arrival[]): readonly Arrival[] {
  const known: Arrival[] = []
  for (const one of arrivals) {
    if (one.what === 'marker') known.length = 0
    else if (one.what === 'sample') known.push(one)
    else known[known.findLastIndex((other) => sourceOf(other) === sourceOf(one))] = one
  }
  return known
}
