import type { Codec } from '../codec.ts'
import { JournalError, messageOf } from '../errors.ts'
import type { Written } from '../types.ts'

/** Frames grow to this, and larger ones only where a single record is larger. */
export const targetBodyBytes: number = 1024 * 1024
/** Larger records are refused. */
const maxRecordBytes: number = 8 * 1024 * 1024

/** An append that waits; without values it waits only for those before it. */
export interface Pending<T> {
  readonly values: readonly T[]
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
): readonly PreparedFrame<T>[] {
  const [only] = appends
  if (only === undefined) return []
  if (appends.length === 1) return prepareOne(only, codec)
  const values = appends.flatMap((pending) => pending.values)
  let body: Uint8Array
  try {
    body = codec.encode(values)
  } catch {
    const sound = appends.filter((pending) => prepareOne(pending, codec).length > 0)
    return sound.length < appends.length
      ? prepareFrames(sound, codec)
      : sound.flatMap((pending) => prepareOne(pending, codec))
  }
  if (body.length > targetBodyBytes) {
    const middle = appends.length >> 1
    return [...prepareFrames(appends.slice(0, middle), codec), ...prepareFrames(appends.slice(middle), codec)]
  }
  return [{ body, values, parts: appends.map((pending) => ({ pending, count: pending.values.length })) }]
}

/** The frames of one append; none where it was rejected. */
function prepareOne<T>(pending: Pending<T>, codec: Codec<T>): readonly PreparedFrame<T>[] {
  try {
    return split(pending.values, codec).map(({ body, values }) => ({
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
): readonly { readonly body: Uint8Array; readonly values: readonly T[] }[] {
  const body = codec.encode(values)
  if (body.length <= targetBodyBytes || (values.length === 1 && body.length <= maxRecordBytes)) {
    return [{ body, values }]
  }
  if (values.length === 1) {
    throw new JournalError(
      'JOURNAL_RECORD_TOO_LARGE',
      `a record of ${body.length} bytes is above the limit of ${maxRecordBytes}; split it`,
      { bytes: body.length, limit: maxRecordBytes },
    )
  }
  const middle = values.length >> 1
  return [...split(values.slice(0, middle), codec), ...split(values.slice(middle), codec)]
}

const unencodable = (error: unknown, codec: string): JournalError =>
  new JournalError(
    'JOURNAL_UNENCODABLE',
    `codec "${codec}" cannot encode the record: ${messageOf(error)}`,
    { codec },
    error,
  )
