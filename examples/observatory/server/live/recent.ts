import type { Journal, JournalBatch } from '@tocsin/journal'
import type { Sample } from '@tocsin/protocols'
import { defaultIfEmpty, map, Observable, share, switchMap, take } from 'rxjs'

import { asValue, SeriesPoints } from './series-points.ts'
import type { Value } from '../wire.ts'

/** A point that has just come. */
export interface RecentRow {
  readonly key: string
  readonly time: number
  readonly value: Value
}

/** What bounds it. */
export interface RecentLimits {
  readonly horizonMs: number
  /** Most points of all series; above, what is oldest goes. */
  readonly maxPoints: number
  /** Most records that are read to begin with. */
  readonly maxRecords: number
}

const defaultLimits: RecentLimits = { horizonMs: 3_600_000, maxPoints: 600_000, maxRecords: 300_000 }
/** What is further ahead of the clock is no sample of now, and would hide those that are; as in the rollups, ms. */
const maxFutureMs = 300_000
/** How often what is too old is dropped, ms. */
const trimMs = 10_000

/**
 * The samples of the last hour, read from the journal and followed, while somebody watches: the first to subscribe to
 * {@link Recent.rows} starts it, the last to leave frees everything.
 */
export class Recent {
  /** Points from then on, as they come. Errs where the journal cannot be read. */
  readonly rows: Observable<readonly RecentRow[]>
  readonly #journal: Pick<Journal<Sample>, 'readFrom' | 'stats'>
  readonly #limits: RecentLimits
  readonly #now: () => number
  #series = new Map<string, SeriesPoints>()
  #weight = 0
  #reach = Infinity
  #trimmedAt = 0
  #takenAt = -Infinity
  #isSeeded = false
  #ready: Promise<void> | undefined

  constructor(
    journal: Pick<Journal<Sample>, 'readFrom' | 'stats'>,
    limits: Partial<RecentLimits> = {},
    now: () => number = Date.now,
  ) {
    this.#journal = journal
    this.#limits = { ...defaultLimits, ...limits }
    this.#now = now
    const reading = new Observable<readonly RecentRow[]>((subscriber) => {
      let settle = (): void => undefined
      this.#ready = new Promise((resolve) => (settle = resolve))
      const head = journal.stats.lastSeq
      const seeded = (): void => {
        this.#isSeeded = true
        settle()
      }
      const take = (batch: JournalBatch<Sample>): void => {
        let rows: RecentRow[]
        try {
          rows = this.#take(batch)
        } catch (error) {
          subscriber.error(error)
          return
        }
        if (this.#isSeeded && rows.length > 0) subscriber.next(rows)
        if (batch.position.lastSeq >= head) seeded()
        // In turns, so that reading an hour does not hold up what goes on now.
        setImmediate(() => batch.ack())
      }
      subscriber.add(() => {
        settle()
        this.#free()
      })
      const batches = this.#batches(head, seeded)
      subscriber.add(batches.subscribe({ next: take, error: (error: unknown) => subscriber.error(error) }))
    })
    this.rows = reading.pipe(share())
  }

  /** Resolves when the past has been read; at once while nobody watches. */
  async ready(): Promise<void> {
    await this.#ready
  }

  /** All samples from then on are here; `Infinity` while nobody watches or the past is still being read. */
  get reach(): number {
    return this.#isSeeded ? this.#reach : Infinity
  }

  /** Points that are held; a long text and a series count as well. */
  get weight(): number {
    return this.#weight
  }

  find(key: string): SeriesPoints | undefined {
    return this.#series.get(key)
  }

  #free(): void {
    this.#series = new Map()
    this.#weight = 0
    this.#reach = Infinity
    this.#isSeeded = false
    this.#ready = undefined
    this.#trimmedAt = 0
    this.#takenAt = -Infinity
  }

  /** The records of the last hour, or the newest of them where those are too many, and what comes. */
  #batches(head: number, seeded: () => void): Observable<JournalBatch<Sample>> {
    this.#reach = this.#now() - this.#limits.horizonMs
    const earliest = head - this.#limits.maxRecords + 1
    const until = { seq: head + 1 }
    return this.#journal.readFrom({ time: this.#reach }, { until, maxInFlight: 1 }).pipe(
      take(1),
      defaultIfEmpty(undefined),
      switchMap((first) => {
        const firstSeq = first?.position.firstSeq ?? head + 1
        const seq = Math.max(firstSeq, earliest)
        if (first === undefined) seeded()
        const isCut = seq > firstSeq || (first?.gaps.length ?? 0) > 0
        return this.#journal.readFrom({ seq }, { follow: true, maxInFlight: 1 }).pipe(
          map((batch, index) => {
            if (isCut && index === 0) this.#beginBehind(batch.values)
            return batch
          }),
        )
      }),
    )
  }

  /** What lies before the first records that can be read is in the rollups only. */
  #beginBehind(samples: readonly Sample[]): void {
    const now = this.#now()
    for (const { time } of samples) if (time <= now) this.#reach = Math.max(this.#reach, time)
  }

  #take({ values }: JournalBatch<Sample>): RecentRow[] {
    const rows: RecentRow[] = []
    const now = this.#now()
    // The samples from before would be ahead of those that come: whoever watches begins anew.
    if (now < this.#takenAt - maxFutureMs) throw new Error('the clock was set back')
    this.#takenAt = now
    for (const sample of values) {
      const { series, time } = sample
      if (!(time >= this.#reach && time <= now + maxFutureMs)) continue
      let points = this.#series.get(series.key)
      if (points === undefined) {
        points = new SeriesPoints(series)
        this.#series.set(series.key, points)
        this.#weight += 1
      }
      const before = points.weight
      const value = points.add(sample)
      if (value === undefined) continue
      this.#weight += points.weight - before
      rows.push({ key: series.key, time, value: asValue(value) })
    }
    this.#trimWhereDue(now)
    return rows
  }

  #trimWhereDue(now: number): void {
    const { horizonMs, maxPoints } = this.#limits
    if (now - this.#trimmedAt < trimMs && this.#weight <= maxPoints) return
    this.#trimmedAt = now
    this.#trim(now - horizonMs)
    // Each step halves the time that is kept; samples that are ahead of the clock go last.
    for (let step = 0; step < 12 && this.#weight > maxPoints; step++) {
      this.#trim(now - (now - this.#reach) / 2)
    }
    if (this.#weight > maxPoints) this.#trim(Infinity)
  }

  #trim(before: number): void {
    if (before < this.#reach) return
    this.#reach = Math.min(before, this.#now())
    this.#weight = 0
    for (const [key, points] of this.#series) {
      points.trim(before)
      if (points.length === 0 && points.newest < before) this.#series.delete(key)
      else this.#weight += points.weight + 1
    }
  }
}
