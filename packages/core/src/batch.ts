/** Where values stand in a journal. */
export interface BatchPosition {
  /** Which journal. */
  readonly journalId: string
  /** Sequence number of the first value; without values, of the first that is missing. */
  readonly firstSeq: number
  /** Sequence number of the last value; without values, of the last that is missing. */
  readonly lastSeq: number
  /** Checksum of the journal's history up to the end of the frame that `lastSeq` is in; absent where that is not known. */
  readonly checksum?: number | undefined
}

/** Values that came together, and the word that they are dealt with. */
export interface Batch<T> {
  /** In the order in which they came. */
  readonly values: readonly T[]
  /** Where they stand, where a journal has them. */
  readonly position?: BatchPosition
  /** What is missing right before them. */
  readonly gaps?: readonly { readonly fromSeq: number; readonly toSeq: number; readonly reason: string }[]
  /** They are dealt with, which lets the next ones come. Calling it again, or late, changes nothing. */
  ack(): void
}

/** A stream may bring values one by one or in batches. */
export function isBatch<T>(input: T | Batch<T>): input is Batch<T> {
  return (
    typeof input === 'object' &&
    input !== null &&
    'ack' in input &&
    typeof input.ack === 'function' &&
    'values' in input &&
    Array.isArray(input.values)
  )
}

/** Gives each value to `take`, then acknowledges, if it is a batch. */
export function takeValues<T>(input: T | Batch<T>, take: (value: T) => void): void {
  if (!isBatch(input)) {
    take(input)
    return
  }
  for (const value of input.values) take(value)
  input.ack()
}
