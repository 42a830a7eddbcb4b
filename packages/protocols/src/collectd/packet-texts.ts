import { decodeUtf8 } from '../wire/utf8.ts'
import { headerBytes } from './collectd-parts.ts'
import { maxFieldBytes } from './collectd-series.ts'
import type { PacketNames } from './packet-names.ts'
import { timeFault, type Packet } from './packet-values.ts'

/** Severities, and the states of Nagios that they are: failure, warning, okay. */
const states: ReadonlyMap<number, number> = new Map([
  [1, 2],
  [2, 1],
  [4, 0],
])
const maxMessageBytes = 4096
const notText = 'a text has one zero, which is its last byte'

/** Where the text of a part ends, before its zero; `undefined` where it is none. */
function textEnd(bytes: Uint8Array, start: number, end: number): number | undefined {
  // The search goes no further than the header of the next part, in which there are zeros.
  return end > start + headerBytes && bytes.indexOf(0, start + headerBytes) === end - 1 ? end - 1 : undefined
}

/** Takes a name that holds for what follows. One that is refused must not leave that to the name before. */
export function takeName(
  { bytes, sink }: Packet,
  names: PacketNames,
  field: number,
  start: number,
  end: number,
): void {
  const from = start + headerBytes
  const to = textEnd(bytes, start, end)
  if (to !== undefined && to - from <= maxFieldBytes) {
    names.set(field, from, to)
    return
  }
  names.refuse(field)
  const message = to === undefined ? notText : `a name has at most ${maxFieldBytes} bytes`
  sink.problem({ reason: 'bad-name', message, start, end })
}

/** Takes a notification. */
export function takeMessage(packet: Packet, names: PacketNames, start: number, end: number): void {
  const { bytes, sink, time, receivedAt, severity } = packet
  const to = textEnd(bytes, start, end)
  if (to === undefined) {
    sink.problem({ reason: 'malformed', message: notText, start, end })
    return
  }
  const fault = names.fault(bytes, true) ?? timeFault(packet)
  if (fault !== undefined) {
    sink.problem({ ...fault, start, end })
    return
  }
  if (to - start > maxMessageBytes) {
    const message = `a message has at most ${maxMessageBytes} bytes`
    sink.problem({ reason: 'text-too-long', message, start, end })
    return
  }
  const value = decodeUtf8(bytes, start + headerBytes, to)
  if (value === undefined) {
    sink.problem({ reason: 'not-utf8', message: 'a message is UTF-8', start, end })
    return
  }
  const series = names.series(bytes, 0, 0)
  const stateSeries = names.series(bytes, 1, 0)
  if (!('key' in series) || !('key' in stateSeries)) {
    sink.problem({ reason: 'bad-name', message: 'these names make no series', start, end })
    return
  }
  const when = time === receivedAt ? { time } : { time, receivedAt }
  sink.sample({ series, ...when, value, kind: 'text' })
  const state = states.get(severity)
  if (state !== undefined) sink.sample({ series: stateSeries, ...when, value: state, kind: 'state' })
  else {
    const message = 'a severity before it is 1 (failure), 2 (warning) or 4 (okay)'
    sink.problem({ reason: 'bad-value', message, start, end })
  }
}
