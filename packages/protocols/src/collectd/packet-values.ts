import type { Sample, Series } from '@tocsin/core'

import type { ParseSink } from '../wire/parse-sink.ts'
import { headerBytes } from './collectd-parts.ts'
import type { PacketNames } from './packet-names.ts'

/** A packet that is being read, with what holds until another part says otherwise. */
export interface Packet {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly receivedAt: number
  readonly sink: ParseSink
  /** Event time, ms; NaN where the one that was sent is none. */
  time: number
  /** Of the notification that comes; 0 where none was sent. */
  severity: number
}

const counter = 0
const gauge = 1
const derive = 2
const absolute = 3

/** Takes a list of values: a count of two bytes, so many kinds of one byte each, so many values of eight. */
export function takeValues(
  packet: Packet,
  names: PacketNames,
  nanAs: 'problem' | 'stale',
  start: number,
  end: number,
): void {
  const { bytes, view, sink } = packet
  const kindsAt = start + headerBytes + 2
  const count = kindsAt > end ? 0 : view.getUint16(start + headerBytes)
  if (count === 0 || end - kindsAt !== 9 * count) {
    const message = 'a list of n values has 6 + 9 n bytes, and at least one value'
    sink.problem({ reason: 'malformed', message, start, end })
    return
  }
  const fault = names.fault(bytes, false) ?? timeFault(packet)
  if (fault !== undefined) {
    sink.problem({ ...fault, start, end })
    return
  }
  for (let index = 0; index < count; index += 1) {
    const series = names.series(bytes, index, count)
    if (!('key' in series)) {
      // Of the others the name would be as bad.
      sink.problem({ ...series, start, end })
      return
    }
    takeValue(packet, series, nanAs, bytes[kindsAt + index] ?? 0, kindsAt + count + 8 * index)
  }
}

/** Why nothing can be taken before another time comes. */
export const timeFault = ({ time }: Packet): { reason: 'bad-timestamp'; message: string } | undefined =>
  Number.isNaN(time) ? { reason: 'bad-timestamp', message: 'the time before it is none' } : undefined

function takeValue(
  packet: Packet,
  series: Series,
  nanAs: 'problem' | 'stale',
  kind: number,
  start: number,
): void {
  const { view, sink } = packet
  const end = start + 8
  if (kind === counter || kind === absolute) {
    const value = view.getUint32(start) * 2 ** 32 + view.getUint32(start + 4)
    const exact = value > Number.MAX_SAFE_INTEGER ? view.getBigUint64(start) : undefined
    emit(packet, series, kind === counter ? 'counter' : 'delta', value, exact)
  } else if (kind === derive) {
    const value = view.getInt32(start) * 2 ** 32 + view.getUint32(start + 4)
    const exact = Math.abs(value) > Number.MAX_SAFE_INTEGER ? view.getBigInt64(start) : undefined
    emit(packet, series, 'counter', value, exact)
  } else if (kind !== gauge) {
    sink.problem({ reason: 'unknown-type', message: `a value is of kind 0 to 3, not ${kind}`, start, end })
  } else {
    const value = view.getFloat64(start, true)
    if (Number.isFinite(value)) emit(packet, series, 'gauge', value)
    else if (!Number.isNaN(value))
      sink.problem({ reason: 'bad-value', message: 'a gauge is finite', start, end })
    else if (nanAs === 'stale') emit(packet, series, 'stale', value)
    else sink.problem({ reason: 'not-available', message: 'collectd has no value here (NaN)', start, end })
  }
}

function emit(
  { time, receivedAt, sink }: Packet,
  series: Series,
  kind: 'counter' | 'delta' | 'gauge' | 'stale',
  value: number,
  exact?: bigint,
): void {
  const sample: Sample =
    time === receivedAt ? { series, time, value, kind } : { series, time, value, kind, receivedAt }
  sink.sample(exact === undefined ? sample : { ...sample, exact })
}
