import { JournalError, messageOf } from '../errors.ts'
import type { Codec, FrameEncoder } from '../format/codec.ts'
import { JointEncoder } from '../format/joint-encoder.ts'
import type { Durability, Written } from '../types.ts'

/** The codec's bytes of one record; the four are the length that `bytesCodec` puts before it. */
const maxRecordBytes = 8 * 1024 * 1024 + 4

const targetBodyBytes = 1024 * 1024

/** At least what stands around the body of a frame that begins a segment. */
const overheadBytes = 256

/** Encoders that are kept for later frames: making their buffers anew costs more than filling them. */
const keptEncoders = 16

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

/** Encoders of frames to come. */
export class Encoders<T> {
  readonly #codec: Codec<T>
  readonly #free: FrameEncoder<T>[] = []

  constructor(codec: Codec<T>) {
    this.#codec = codec
  }

  take(): FrameEncoder<T> {
    return this.#free.pop() ?? this.#codec.encoder?.() ?? new JointEncoder(this.#codec)
  }

  giveBack(encoder: FrameEncoder<T>): void {
    if (this.#free.length >= keptEncoders) return
    encoder.reset()
    this.#free.push(encoder)
  }
}

/** How something that waits for the disk ends. */
export interface Outcome {
  readonly done: Promise<Written>
  readonly resolve: (written: Written) => void
  readonly reject: (error: unknown) => void
}

/** Of what writes no records. */
export const nowhere: Written = { firstSeq: 0, lastSeq: 0 }

/**
 * The numbers of appends of one length that came one behind the other. One function for all of them, which half of what an append
 * costs in memory was: those who wait for one promise are called in the order in which they came.
 */
interface OwnNumbers {
  readonly length: number
  /** Records of the frame up to the last of these. */
  end: number
  readonly pick: (frame: Written) => Written
}

function ownNumbers(length: number, behind: number): OwnNumbers {
  let at = behind
  const pick = ({ firstSeq: ofFrame }: Written): Written => {
    const firstSeq = ofFrame + at
    at += length
    return { firstSeq, lastSeq: firstSeq + length - 1 }
  }
  return { length, end: behind + length, pick }
}

/** Records that become one frame. */
export class Frame<T> {
  readonly encoder: FrameEncoder<T>
  /** Holds records of the same sender before these: where it fails, this one is not written. */
  after: Frame<T> | undefined
  count = 0
  bytes = 0
  /** The strongest of its records. */
  durability: Durability = 'os'
  /** Set when it is queued. */
  outcome: Outcome | undefined
  /** Why it is not written. */
  failure: unknown
  #numbers: OwnNumbers | undefined

  constructor(encoder: FrameEncoder<T>, after: Frame<T> | undefined) {
    this.encoder = encoder
    this.after = after
  }

  /** Picks the numbers of the records that were taken last out of those of the frame; to be called in the order of the appends. */
  numbersOf(length: number): OwnNumbers['pick'] {
    const numbers = this.#numbers
    if (numbers?.length !== length || numbers.end + length !== this.count) {
      this.#numbers = ownNumbers(length, this.count - length)
      return this.#numbers.pick
    }
    numbers.end = this.count
    return numbers.pick
  }

  /** The codec's bytes; throws where it refuses them together. */
  get records(): Uint8Array {
    return this.encoder.body()
  }

  /** It is written: its memory is for the next one. */
  release(encoders: Encoders<T>): void {
    encoders.giveBack(this.encoder)
  }
}

export const endOf = ({ outcome }: Frame<never>): Promise<Written> =>
  outcome?.done ?? Promise.resolve(nowhere)

/** An append that takes several frames ends with the last, unless one before it failed. */
export async function endOfAll(last: Frame<never>): Promise<Written> {
  const ends: Promise<Written>[] = []
  for (let frame: Frame<never> | undefined = last; frame !== undefined; frame = frame.after)
    ends.push(endOf(frame))
  const written = await Promise.all(ends)
  return { firstSeq: written.at(-1)?.firstSeq ?? 0, lastSeq: written[0]?.lastSeq ?? 0 }
}

/** Encodes what is appended, at the call, in as few frames as the size allows. */
export class FrameBuilder<T> {
  /** Frames that were begun and not fetched yet; the last may still grow. */
  begun: Frame<T>[] = []
  /** Bytes of all that was ever taken. */
  bytes = 0
  readonly #codecName: string
  readonly #limits: FrameLimits
  readonly #encoders: Encoders<T>
  #open: Frame<T> | undefined

  constructor({ name }: Codec<T>, limits: FrameLimits, encoders: Encoders<T>) {
    this.#codecName = name
    this.#limits = limits
    this.#encoders = encoders
  }

  /** Takes all of them; gives the frame of the last one. Throws what the codec or the limits refuse, and takes nothing then. */
  add(values: readonly T[], durability: Durability): Frame<T> {
    const open = this.#open
    try {
      const frame = open !== undefined && this.#fill(open, values) ? open : this.#addBehind(values)
      for (let of: Frame<T> | undefined = frame; of !== undefined; of = of.after) {
        if (of.durability !== 'commit' && durability !== 'os') of.durability = durability
      }
      return frame
    } catch (error) {
      throw error instanceof JournalError ? error : unencodable(error, this.#codecName)
    }
  }

  /** What comes now begins a frame. */
  seal(): void {
    this.#open = undefined
  }

  /** In frames of their own. */
  #addBehind(values: readonly T[]): Frame<T> {
    const frames: Frame<T>[] = []
    let last = this.#spread(values, undefined, frames)
    for (const frame of frames) {
      this.begun.push(frame)
      this.bytes += frame.bytes
      last = frame
    }
    // One that depends on others is for its own append alone.
    this.#open = last.after === undefined ? last : undefined
    return last
  }

  /** Gives the last of the frames that it takes. */
  #spread(values: readonly T[], after: Frame<T> | undefined, into: Frame<T>[]): Frame<T> {
    const { targetBytes, recordBytes } = this.#limits
    const frame = new Frame(this.#encoders.take(), after)
    const most = values.length === 1 ? recordBytes : targetBytes
    const bytes = frame.encoder.add(values, most)
    if (bytes <= most) {
      frame.count = values.length
      frame.bytes = bytes
      into.push(frame)
      return frame
    }
    this.#encoders.giveBack(frame.encoder)
    if (values.length === 1) throw tooLarge(bytes, recordBytes)
    // An encoder that tells the whole length spares the halving.
    const pieces = Math.max(2, Math.ceil((bytes * 1.05) / most))
    const length = Math.ceil(values.length / pieces)
    let last = after
    for (let at = 0; at < values.length; at += length) {
      last = this.#spread(values.slice(at, at + length), last, into)
    }
    return last ?? frame
  }

  #fill(frame: Frame<T>, values: readonly T[]): boolean {
    const bytes = frame.encoder.add(values, this.#limits.targetBytes)
    if (bytes > this.#limits.targetBytes) return false
    this.bytes += bytes - frame.bytes
    frame.bytes = bytes
    frame.count += values.length
    return true
  }
}

export const tooLarge = (bytes: number, limit: number): JournalError =>
  new JournalError(
    'JOURNAL_RECORD_TOO_LARGE',
    `a record of ${bytes} bytes is above the limit of ${limit} (8 MiB, or half of maxBytes); split it`,
    { bytes, limit },
  )

export const unencodable = (error: unknown, codec: string): JournalError =>
  new JournalError(
    'JOURNAL_UNENCODABLE',
    `codec "${codec}" cannot encode the record: ${messageOf(error)}`,
    { codec },
    error,
  )
