import type { SeriesLabels } from './series-labels.ts'

/** A sample as it is sent. */
export interface SentSample {
  readonly labels: SeriesLabels
  /** ms since the Unix epoch, whole. */
  readonly time: number
  /** The value; nothing where the series is gone. */
  readonly value: number | undefined
}

/** Bytes of a value with its tag, and most of a sample beside its labels. */
const valueBytes = 9
export const sampleBytes = 24

/** Prometheus' sign that a series is gone, and what it writes for any other NaN: low word, high word. */
const staleNan = [2, 0x7ff00000] as const
const plainNan = [1, 0x7ff80000] as const

/**
 * The message `prometheus.WriteRequest` of samples: one series each time that its labels come first, with its samples in their order, or in
 * that of their times where they are not.
 */
export function encodeWriteRequest(samples: readonly SentSample[]): Uint8Array {
  const groups = new Map<string, SentSample[]>()
  for (const sample of samples) {
    const group = groups.get(sample.labels.key)
    if (group === undefined) groups.set(sample.labels.key, [sample])
    else group.push(sample)
  }
  let most = 0
  for (const group of groups.values())
    most += group.length * sampleBytes + (group[0]?.labels.bytes.length ?? 0) + sampleBytes
  const bytes = new Uint8Array(most)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const group of groups.values()) at = writeSeries(inTime(group), bytes, view, at)
  return bytes.subarray(0, at)
}

/** The destination refuses what is older than what it has: a request is in order at least in itself. */
function inTime(samples: readonly SentSample[]): readonly SentSample[] {
  const isInOrder = samples.every(({ time }, at) => at === 0 || time >= (samples[at - 1]?.time ?? time))
  return isInOrder ? samples : samples.toSorted((one, other) => one.time - other.time)
}

function writeSeries(samples: readonly SentSample[], bytes: Uint8Array, view: DataView, at: number): number {
  const labels = samples[0]?.labels.bytes ?? new Uint8Array(0)
  const size = samples.reduce((sum, { time }) => sum + 2 + valueBytes + 1 + timeBytes(time), labels.length)
  bytes[at] = 0x0a
  let to = writeNumber(size, bytes, at + 1)
  bytes.set(labels, to)
  to += labels.length
  for (const { time, value } of samples) {
    bytes[to] = 0x12
    bytes[to + 1] = valueBytes + 1 + timeBytes(time)
    bytes[to + 2] = 0x09
    writeValue(value, view, to + 3)
    bytes[to + 11] = 0x10
    to = writeTime(time, bytes, to + 12)
  }
  return to
}

/** No double is a NaN of its own choice: its bits are written. */
function writeValue(value: number | undefined, view: DataView, at: number): void {
  if (value !== undefined && !Number.isNaN(value)) {
    view.setFloat64(at, value, true)
    return
  }
  const [low, high] = value === undefined ? staleNan : plainNan
  view.setUint32(at, low, true)
  view.setUint32(at + 4, high, true)
}

function writeNumber(value: number, bytes: Uint8Array, at: number): number {
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) {
    bytes[at] = (rest % 128) | 0x80
    at += 1
  }
  bytes[at] = rest
  return at + 1
}

/** Before 1970 it is a number of 64 bits, which takes ten bytes. */
function timeBytes(time: number): number {
  if (time < 0) return 10
  let count = 1
  for (let rest = time; rest > 0x7f; rest = Math.floor(rest / 128)) count += 1
  return count
}

function writeTime(time: number, bytes: Uint8Array, at: number): number {
  if (time >= 0) return writeNumber(time, bytes, at)
  let rest = BigInt.asUintN(64, BigInt(time))
  for (; rest > 0x7fn; rest >>= 7n) {
    bytes[at] = Number(rest & 0x7fn) | 0x80
    at += 1
  }
  bytes[at] = Number(rest)
  return at + 1
}
