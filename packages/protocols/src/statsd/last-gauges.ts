import type { Series } from '@tocsin/core'

import { pastRange, type StatsdFault, type StatsdValue } from './statsd-values.ts'

/** The last value of a gauge, between those that were used right before and right after it. */
interface LastGauge {
  readonly key: string
  last: number
  /** When it was used last, ms. */
  time: number
  isKept: boolean
  older: LastGauge | undefined
  newer: LastGauge | undefined
}

/** A series with its gauge at hand, which saves finding it by name. */
export interface GaugeSeries {
  readonly series: Series
  gauge: LastGauge | undefined
}

/** What `+` and `-` are added to. */
export interface LastGauges {
  /** Makes a gauge absolute, and remembers it; says why it cannot. `now` is the time of arrival, ms. */
  settle(known: GaugeSeries, value: StatsdValue, isChange: boolean, now: number): StatsdFault | undefined
}

/** What one takes beside its name, bytes; measured. */
const bytesPerGauge = 200

const forgotten: StatsdFault = {
  reason: 'too-many-series',
  message:
    'last values of gauges had to be forgotten (maxNameBytes), perhaps that of this one, which + and - need: send it without a sign first',
}

/**
 * The last values of gauges, at most `maxBytes` of memory: the one used least lately makes room, and one not used for `expiryMs` is
 * gone. A gauge never seen starts at 0, as does one that is gone; where one had to make room, a change of a gauge not known is
 * refused for as long as that one would have lived, since a guess would be a wrong number.
 */
export function createLastGauges(maxBytes: number, expiryMs: number): LastGauges {
  const kept = new Map<string, LastGauge>()
  let newest: LastGauge | undefined
  let oldest: LastGauge | undefined
  let bytes = 0
  let madeRoomAt = -Infinity

  const sizeOf = (key: string): number => bytesPerGauge + 2 * key.length

  function unlink({ older, newer }: LastGauge): void {
    if (older === undefined) oldest = newer
    else older.newer = newer
    if (newer === undefined) newest = older
    else newer.older = older
  }

  function forget(gauge: LastGauge): void {
    unlink(gauge)
    kept.delete(gauge.key)
    gauge.isKept = false
    // Others may still hold it, and must not hold its neighbours.
    gauge.older = gauge.newer = undefined
    bytes -= sizeOf(gauge.key)
  }

  function append(gauge: LastGauge): void {
    gauge.older = newest
    gauge.newer = undefined
    if (newest === undefined) oldest = gauge
    else newest.newer = gauge
    newest = gauge
  }

  /** Forgets what has expired, and gives the gauge if it is still there. */
  function find(known: GaugeSeries, now: number): LastGauge | undefined {
    while (oldest !== undefined && oldest.time + expiryMs <= now) forget(oldest)
    // Another header may name the same series, so the table knows better than this one what is absent.
    if (known.gauge === undefined || !known.gauge.isKept) known.gauge = kept.get(known.series.key)
    // A clock that was set back leaves the old behind the young.
    if (known.gauge !== undefined && known.gauge.time + expiryMs <= now) forget(known.gauge)
    return known.gauge?.isKept === true ? known.gauge : undefined
  }

  function keep(known: GaugeSeries, last: number, now: number): void {
    const { key } = known.series
    while (oldest !== undefined && bytes + sizeOf(key) > maxBytes) {
      forget(oldest)
      madeRoomAt = now
    }
    if (bytes + sizeOf(key) > maxBytes) {
      madeRoomAt = now
      return
    }
    const gauge = { key, last, time: now, isKept: true, older: undefined, newer: undefined }
    known.gauge = gauge
    kept.set(key, gauge)
    bytes += sizeOf(key)
    append(gauge)
  }

  return {
    settle(known, value, isChange, now) {
      const gauge = find(known, now)
      if (isChange) {
        if (gauge === undefined && now < madeRoomAt + expiryMs) return forgotten
        const last = value.number + (gauge?.last ?? 0)
        if (!Number.isFinite(last)) return pastRange
        value.number = last
        value.exact = undefined
      }
      if (gauge === undefined) keep(known, value.number, now)
      else {
        gauge.last = value.number
        gauge.time = now
        if (gauge !== newest) {
          unlink(gauge)
          append(gauge)
        }
      }
      return undefined
    },
  }
}
