import { JournalError } from '../errors.ts'
import type { DropReason, Durability, WriteResult, Written } from '../types.ts'
import type { Frame, FrameBuilder } from './frame-builder.ts'

/** A part of a group, and what became of it. */
interface Piece<T> {
  /** `undefined` where the codec refused a record. */
  readonly frame: Frame<T> | undefined
  written?: Written
  failure?: unknown
}

/** Records of an operator that go to the disk together, encoded; what the codec refuses is told in its place. */
export class WriteGroup<T> {
  readonly #builder: FrameBuilder<T>
  readonly #durability: Durability
  readonly #pieces: Piece<T>[] = []
  #refused = 0
  /** Records that it took. */
  count = 0

  constructor(builder: FrameBuilder<T>, durability: Durability) {
    this.#builder = builder
    this.#durability = durability
  }

  /** Records that came, those that the codec refused included. */
  get size(): number {
    return this.count + this.#refused
  }

  /** Bytes of its records. */
  get bytes(): number {
    return this.#builder.bytes
  }

  /** Why it is not written, where that may be otherwise the next time. */
  get failure(): unknown {
    return this.#pieces.find(({ failure }) => failure !== undefined && !isUnencodable(failure))?.failure
  }

  /** Records that are not written for that reason. */
  get failed(): number {
    const failed = this.#pieces.filter(({ failure }) => failure !== undefined && !isUnencodable(failure))
    return failed.reduce((sum, { frame }) => sum + (frame?.count ?? 0), 0)
  }

  /** Whether the codec took it. */
  add(value: T): boolean {
    try {
      this.#builder.add([value], this.#durability)
      this.count += 1
      return true
    } catch (failure) {
      this.#fetch()
      this.#refused += 1
      this.#pieces.push({ frame: undefined, failure })
      return false
    }
  }

  /** Writes what is not written. */
  async write(enqueue: (frames: readonly Frame<T>[]) => readonly Promise<Written>[]): Promise<void> {
    this.#fetch()
    const left = this.#pieces.filter(({ frame, written }) => frame !== undefined && written === undefined)
    const ends = await Promise.allSettled(enqueue(left.flatMap(({ frame }) => frame ?? [])))
    ends.forEach((end, index) => {
      const piece = left[index]
      if (piece === undefined) return
      if (end.status === 'fulfilled') piece.written = end.value
      piece.failure = end.status === 'rejected' ? end.reason : undefined
    })
  }

  /** What became of all of it; an error that ends the stream is thrown. */
  results(): readonly WriteResult[] {
    return merged(
      this.#pieces.map(({ frame, written, failure }) => {
        const count = frame?.count ?? 1
        if (written !== undefined) return { type: 'written', ...written, count }
        return { type: 'dropped', reason: dropReason(failure), count }
      }),
    )
  }

  #fetch(): void {
    for (const frame of this.#builder.begun.splice(0)) this.#pieces.push({ frame })
    this.#builder.seal()
  }
}

/** Neighbours of one type as one. */
export function merged(results: readonly WriteResult[]): readonly WriteResult[] {
  const joined: WriteResult[] = []
  for (const result of results) {
    const last = joined.at(-1)
    if (last?.type === 'written' && result.type === 'written' && result.firstSeq === last.lastSeq + 1) {
      joined[joined.length - 1] = { ...last, lastSeq: result.lastSeq, count: last.count + result.count }
    } else if (last?.type === 'dropped' && result.type === 'dropped' && result.reason === last.reason) {
      joined[joined.length - 1] = { ...last, count: last.count + result.count }
    } else joined.push(result)
  }
  return joined
}

const isUnencodable = (error: unknown): boolean => {
  const code = error instanceof JournalError ? error.code : undefined
  return code === 'JOURNAL_UNENCODABLE' || code === 'JOURNAL_RECORD_TOO_LARGE'
}

/** Whether it may go otherwise the next time. */
export const isHeld = (error: unknown): boolean =>
  error instanceof JournalError && (error.code === 'JOURNAL_FULL' || error.code === 'JOURNAL_IO')

function dropReason(error: unknown): DropReason {
  if (isUnencodable(error)) return 'unencodable'
  const code = error instanceof JournalError ? error.code : undefined
  if (code === 'JOURNAL_FULL') return 'full'
  if (code === 'JOURNAL_IO') return 'io'
  throw error
}
