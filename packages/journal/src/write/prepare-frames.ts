import { JournalError, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import type { Durability, Written } from '../types.ts'

/** The codec's bytes of one record; the four are the length that `bytesCodec` puts before it. */
const maxRecordBytes = 8 * 1024 * 1024 + 4

const targetBodyBytes = 1024 * 1024

/** At least what stands around the body of a frame that begins a segment. */
const overheadBytes = 256

/** How large the bodies of frames become. */
export interface FrameLimits {
  /** Frames grow to this, and larger ones only where a single record is larger. */
  readonly targetBytes: number
  /** Larger records are refused. */
  readonly recordBytes: number
}

/** A frame fits into a segment, and the largest record twice into the journal: the newest segment always stays. */
export const frameLimits = (segmentBytes: number, maxBytes: number): FrameLimits => ({
  targetBytes: Math.min(targetBodyBytes, segmentBytes - overheadBytes),
  recordBytes: Math.min(maxRecordBytes, Math.floor(maxBytes / 2) - overheadBytes),
})

/** An append that waits. */
export interface Pending<T> {
  readonly values: readonly T[]
  /** Whether it waits for the disk, and not only for the operating system. */
  readonly durability: Durability
  /** Set with its first frame. */
  firstSeq: number
  /** Records that are not durable yet. */
  left: number
  failed: boolean
  resolve(written: Written): void
  reject(error: unknown): void
}

/** The bytes of one commit, and whose records they are. */
export interface PreparedFrame<T> {
  readonly body: Uint8Array
  readonly values: readonly T[]
  readonly parts: readonly { readonly pending: Pending<T>; readonly count: number }[]
}

/**
 * Encodes appends together, in as few frames as the size allows. What the codec refuses is rejected here, alone; the others
 * are not touched by it.
 */
export function prepareFrames<T>(
  appends: readonly Pending<T>[],
  codec: Codec<T>,
  limits: FrameLimits,
): readonly PreparedFrame<T>[] {
  const [only] = appends
  if (only === undefined) return []
  if (appends.length === 1) return prepareOne(only, codec, limits)
  const values: T[] = []
  for (const pending of appends) for (const value of pending.values) values.push(value)
  let body: Uint8Array
  try {
    body = encode(values, codec)
  } catch {
    const sound = appends.filter((pending) => prepareOne(pending, codec, limits).length > 0)
    return sound.length < appends.length
      ? prepareFrames(sound, codec, limits)
      : sound.flatMap((pending) => prepareOne(pending, codec, limits))
  }
  if (body.length > limits.targetBytes) {
    const middle = appends.length >> 1
    const halves = [appends.slice(0, middle), appends.slice(middle)]
    return halves.flatMap((half) => prepareFrames(half, codec, limits))
  }
  return [{ body, values, parts: appends.map((pending) => ({ pending, count: pending.values.length })) }]
}

/** The frames of one append; none where it was rejected. */
function prepareOne<T>(
  pending: Pending<T>,
  codec: Codec<T>,
  limits: FrameLimits,
): readonly PreparedFrame<T>[] {
  try {
    return split(pending.values, codec, limits).map(({ body, values }) => ({
      body,
      values,
      parts: [{ pending, count: values.length }],
    }))
  } catch (error) {
    pending.failed = true
    pending.reject(error instanceof JournalError ? error : unencodable(error, codec.name))
    return []
  }
}

function split<T>(
  values: readonly T[],
  codec: Codec<T>,
  limits: FrameLimits,
): readonly { readonly body: Uint8Array; readonly values: readonly T[] }[] {
  const body = encode(values, codec)
  const { targetBytes, recordBytes } = limits
  if (body.length <= targetBytes || (values.length === 1 && body.length <= recordBytes)) {
    return [{ body, values }]
  }
  if (values.length === 1) {
    throw new JournalError(
      'JOURNAL_RECORD_TOO_LARGE',
      `a record of ${body.length} bytes is above the limit of ${recordBytes} (8 MiB, or half of maxBytes); split it`,
      { bytes: body.length, limit: recordBytes },
    )
  }
  const middle = values.length >> 1
  const halves = [values.slice(0, middle), values.slice(middle)]
  return halves.flatMap((half) => split(half, codec, limits))
}

/** Anything but bytes would be acknowledged and could never be read. */
function encode<T>(values: readonly T[], codec: Codec<T>): Uint8Array {
  const body: unknown = codec.encode(values)
  if (body instanceof Uint8Array) return body
  throw new TypeError('"encode" must give a Uint8Array')
}

const unencodable = (error: unknown, codec: string): JournalError =>
  new JournalError(
    'JOURNAL_UNENCODABLE',
    `codec "${codec}" cannot encode the record: ${messageOf(error)}`,
    { codec },
    error,
  )
