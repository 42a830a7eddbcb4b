import { resolveOptions, wholeNumber } from '@tocsin/core'

import type { Cursor } from '../cursors/cursor-list.ts'
import type { Cursors } from '../cursors/cursors.ts'
import { badOption } from '../options.ts'
import type { SubscriberOptions } from '../reading-types.ts'
import type { Segments } from '../segments/segments.ts'

/** How far a subscriber may stay behind before what it has not read may be removed. */
interface LagLimits {
  readonly maxLagRecords: number
  readonly maxLagBytes: number
  readonly maxLagMs: number
}

/** What the subscribers keep from being removed. */
export interface Pins {
  /** Every subscriber has read up to here, durably or not; `undefined` without subscribers: then nothing was read. */
  readonly readSeq: number | undefined
  /**
   * The same without what subscribers lost: those beyond their limits the excess, those that were expired everything.
   * Where nobody is left that holds anything, as `readSeq`.
   */
  releasedSeq(): number | undefined
  /** The subscribers that have not read up to here. */
  behind(seq: number): readonly Cursor[]
  /** Lets what the slowest subscriber holds go until it moves again; `false` where none holds anything. */
  expireSlowest(): boolean
  /** Whether a subscriber holds nothing, and how many records were evicted before it had read them. */
  losses(name: string): { readonly expired: boolean; readonly evicted: number }
  /** Counts records that a subscriber did not get to read. */
  evicted(cursor: Cursor, records: number): void
  /** Replaces the limits of a subscriber; they last as long as the journal is open. */
  limit(name: string, limits: LagLimits): void
}

export function createPins(
  cursors: Pick<Cursors, 'list' | 'get' | 'minAcked'>,
  segments: Segments,
  now: () => number,
): Pins {
  const limits = new WeakMap<Cursor, LagLimits>()
  /** Where each stood: one that has moved since is back. */
  const expired = new WeakMap<Cursor, number>()
  const lost = new WeakMap<Cursor, number>()

  const isExpired = (cursor: Cursor): boolean => expired.get(cursor) === cursor.ackedSeq
  const position = (cursor: Cursor): number => {
    if (isExpired(cursor)) return Infinity
    const limit = limits.get(cursor)
    return limit === undefined
      ? cursor.ackedSeq
      : Math.max(cursor.ackedSeq, excessSeq(segments, limit, now()))
  }
  return {
    get readSeq() {
      return cursors.minAcked
    },
    releasedSeq: () => {
      const released = Math.min(...cursors.list().map(position))
      return released === Infinity ? cursors.minAcked : released
    },
    behind: (seq) => cursors.list().filter(({ ackedSeq }) => ackedSeq < seq),
    expireSlowest: () => {
      let slowest: Cursor | undefined
      for (const cursor of cursors.list()) {
        if (!isExpired(cursor) && cursor.ackedSeq < (slowest?.ackedSeq ?? Infinity)) slowest = cursor
      }
      if (slowest === undefined) return false
      expired.set(slowest, slowest.ackedSeq)
      return true
    },
    losses: (name) => {
      const cursor = cursors.get(name)
      return cursor === undefined
        ? { expired: false, evicted: 0 }
        : { expired: isExpired(cursor), evicted: lost.get(cursor) ?? 0 }
    },
    evicted: (cursor, records) => {
      lost.set(cursor, (lost.get(cursor) ?? 0) + records)
    },
    limit: (name, limit) => {
      const cursor = cursors.get(name)
      if (cursor !== undefined) limits.set(cursor, limit)
    },
  }
}

/** Last record of the newest segment that lies wholly beyond a limit; the newest of all never does. */
function excessSeq(
  segments: Segments,
  { maxLagRecords, maxLagBytes, maxLagMs }: LagLimits,
  now: number,
): number {
  const list = segments.list()
  let behind = 0
  for (let index = list.length - 1; index > 0; index -= 1) {
    const next = list[index]
    const segment = list[index - 1]
    if (next === undefined || segment === undefined) break
    behind += next.bytes
    // A segment ends when the next is begun.
    const old = next.time > 0 && now - next.time >= maxLagMs
    if (old || behind >= maxLagBytes || segments.lastSeq - segment.lastSeq >= maxLagRecords)
      return segment.lastSeq
  }
  return 0
}

const unlimited = Number.MAX_SAFE_INTEGER

/** The limits of a subscriber apart from where it begins; `undefined` where none is given, so that earlier ones stay. */
export function splitLagLimits(options: SubscriberOptions | undefined): {
  readonly limits: LagLimits | undefined
  readonly rest: SubscriberOptions | undefined
} {
  const { maxLagRecords, maxLagBytes, maxLagMs, ...rest } = options ?? {}
  for (const name of Object.keys(rest)) {
    if (name !== 'from' && name !== 'transient') {
      throw badOption(
        `unknown option "${name}"; known are from, transient, maxLagRecords, maxLagBytes, maxLagMs`,
      )
    }
  }
  const given = { maxLagRecords, maxLagBytes, maxLagMs }
  if (Object.values(given).every((limit) => limit === undefined)) return { limits: undefined, rest }
  const check = wholeNumber(1)
  const limits = resolveOptions<LagLimits>(
    { maxLagRecords: unlimited, maxLagBytes: unlimited, maxLagMs: unlimited },
    given,
    { maxLagRecords: check, maxLagBytes: check, maxLagMs: check },
    badOption,
  )
  return { limits, rest }
}
