import type { Defined } from '@tocsin/core'
import { defer, Subscription } from 'rxjs'

import { frameHistory, lastFrameAt } from '../../format/frame.ts'
import type { JournalFrame, SubscriberOptions } from '../../reading-types.ts'
import type { SentFrame } from '../wire/frame-message.ts'
import { creditOf, encodeFrame } from '../wire/frame-message.ts'
import type { Ack, ControlMessage, Open, Resume } from '../wire/messages.ts'
import type { LinkClaims } from './claims.ts'
import type { Fault } from './link-errors.ts'
import { faultHere, faultOf } from './link-errors.ts'
import { TransientQueue } from './transient-queue.ts'
import type { LinkLimits, ServedJournal, ServedSubscriber } from './session-types.ts'

/** What a feed needs of the session that it belongs to. */
export interface ServedFeedInput {
  readonly peer: string
  readonly channel: number
  readonly open: Open
  readonly journal: ServedJournal
  readonly claims: LinkClaims
  readonly limits: Defined<LinkLimits>
  /** Whether frames are compressed, and how long a message may be for the other side. */
  readonly compress: boolean
  readonly maxMessageBytes: number
  send(message: ControlMessage): void
  /** There may be a frame to send. */
  wake(): void
  opened(generation: number, afterSeq: number): void
  /** It is over, by itself. */
  ended(fault: Fault): void
}

/** Frames that the journal hands out and that are not acknowledged, at most: the bytes are bounded by the credit. */
const maxFrames = 10_000

/** Longest run of frames in one message: any follower takes it, and each feed has its turn behind it. */
const maxRunBytes = 32_768

/** Sent, and not known to be dealt with. */
interface Sent {
  readonly lastSeq: number
  readonly time: number
  /** As it went out: where it is acknowledged, its history is compared. */
  readonly bytes: Uint8Array
  readonly ack: () => void
}

/** One journal that one subscriber follows over a connection. */
export class ServedFeed {
  readonly #input: ServedFeedInput
  readonly #reading = new Subscription()
  readonly #claim: ReturnType<LinkClaims['take']>
  #state: 'opening' | 'welcomed' | 'running' | 'over' = 'opening'
  #subscriber: ServedSubscriber | undefined
  #credit = 0
  #window = 0
  readonly #queue: JournalFrame[] = []
  readonly #newest = new TransientQueue()
  readonly #sent: Sent[] = []
  #sentSeq = 0
  #ackedSeq = 0
  #finished: Promise<void> | undefined
  #draining = false

  constructor(input: ServedFeedInput) {
    this.#input = input
    const { claims, journal, open } = input
    this.#claim = claims.take(journal, open.subscriber, () => {
      const gone = this.#over()
      this.#input.ended(faultHere('fenced', input.peer, `it is generation ${this.#claim.generation}`))
      return gone
    })
    void this.#open()
  }

  /** Sequence numbers: newest durable, dealt with; and when the oldest known of the others was written, if any is known. */
  get progress(): {
    readonly headSeq: number
    readonly ackedSeq: number
    readonly oldestTime: number | undefined
  } {
    const oldest = this.#sent[0] ?? this.#queue[0] ?? this.#newest.first
    const { lastSeq } = this.#input.journal.stats
    return { headSeq: lastSeq, ackedSeq: Math.min(this.#ackedSeq, lastSeq), oldestTime: oldest?.time }
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  resume({ have, credit }: Resume): Fault | undefined {
    const { peer, open, journal, limits } = this.#input
    const subscriber = this.#subscriber
    if (this.#state === 'over') return undefined
    if (this.#state !== 'welcomed' || subscriber === undefined) {
      return faultHere('protocol', peer, 'a feed was resumed that was not welcomed, or twice')
    }
    this.#state = 'running'
    this.#window = Math.min(credit, limits.creditBytes)
    this.#credit = this.#window
    const place = have === undefined || open.transient ? undefined : { journalId: journal.id, ...have }
    this.#ackedSeq = Math.max(place?.seq ?? 0, open.transient ? journal.stats.lastSeq : 0)
    if (place === undefined && !open.transient) this.#ackedSeq = subscriber.ackedSeq
    this.#sentSeq = this.#ackedSeq
    this.#input.opened(this.#claim.generation, this.#ackedSeq)
    const bytes = Math.max(1, this.#window)
    const runBytes = open.runs ? Math.min(maxRunBytes, bytes) : 0
    const bounds = { maxInFlight: maxFrames, maxInFlightBytes: bytes, runBytes }
    const options = place === undefined ? bounds : { ...bounds, after: place }
    this.#reading.add(
      defer(() => subscriber.frames(options)).subscribe({
        next: (frame) => this.#take(frame),
        error: (error: unknown) => this.#fail(faultOf(error, peer)),
        complete: () => this.#fail(faultHere('closed', peer)),
      }),
    )
    return undefined
  }

  credit(bytes: number): Fault | undefined {
    // More than was agreed on would only let a confused follower choose how much is held here.
    this.#credit = Math.min(this.#window, this.#credit + bytes)
    this.#input.wake()
    return undefined
  }

  ack({ seq, checksum }: Ack): Fault | undefined {
    if (this.#state === 'over') return undefined
    const { peer } = this.#input
    if (seq > this.#sentSeq) {
      return faultHere('bad-ack', peer, `${seq} was acknowledged, ${this.#sentSeq} was sent`, { seq })
    }
    let last: Sent | undefined
    let count = 0
    for (const sent of this.#sent) {
      if (sent.lastSeq > seq) break
      last = sent
      count += 1
    }
    // It came before.
    if (last === undefined) return undefined
    if (last.lastSeq === seq && isOther(last.bytes, checksum)) {
      return faultHere('bad-ack', peer, `what was acknowledged at ${seq} is of another history`, { seq })
    }
    this.#sent.splice(0, count)
    this.#ackedSeq = Math.max(this.#ackedSeq, last.lastSeq)
    last.ack()
    return undefined
  }

  /** The next frame as a message, while the follower has given credit. */
  next(): readonly Uint8Array[] | undefined {
    if (this.#state !== 'running' || this.#draining || this.#credit <= 0) return undefined
    const frame: (SentFrame & Pick<JournalFrame, 'ack'>) | undefined =
      this.#newest.shift() ?? this.#queue.shift()
    if (frame === undefined) return undefined
    const { channel, compress, maxMessageBytes, peer } = this.#input
    const pieces = encodeFrame(channel, frame, compress)
    let length = -4
    for (const piece of pieces) length += piece.length
    if (length > maxMessageBytes) {
      this.#fail(faultHere('too-large', peer, `a frame of ${length} bytes, it takes ${maxMessageBytes}`))
      return undefined
    }
    const { lastSeq, time, bytes, ack } = frame
    this.#credit -= creditOf(frame)
    this.#sentSeq = lastSeq
    this.#sent.push({ lastSeq, time, bytes, ack })
    return pieces
  }

  /** Sends nothing more; acknowledgements of what was sent are still taken. */
  drain(): void {
    this.#draining = true
  }

  /** Resolves when it reads nothing any more. */
  end(): Promise<void> {
    return this.#over()
  }

  async #open(): Promise<void> {
    const { journal, open, peer } = this.#input
    try {
      await this.#claim.free
      if (this.#isOver()) return
      const options: SubscriberOptions | undefined = open.transient
        ? { transient: true, from: 'newest' }
        : undefined
      const subscriber = await journal.subscriber(open.subscriber, options)
      // One that was not removed in time holds what nobody wants.
      if (open.transient && !this.#isOver()) await subscriber.seek('newest')
      if (this.#isOver()) {
        await this.#forget()
        return
      }
      this.#subscriber = subscriber
      this.#state = 'welcomed'
      const { firstSeq, lastSeq } = journal.stats
      const { generation } = this.#claim
      const place = { oldestSeq: firstSeq, headSeq: lastSeq, ackedSeq: subscriber.ackedSeq }
      this.#input.send({ type: 'welcome', journalId: journal.id, ...place, generation })
    } catch (error) {
      this.#fail(faultOf(error, peer))
    }
  }

  #take(frame: JournalFrame): void {
    if (this.#input.open.transient) {
      this.#newest.push(frame, this.#window)
      // Nothing comes again, so nothing has to be kept.
      frame.ack()
    } else this.#queue.push(frame)
    this.#input.wake()
  }

  #fail(fault: Fault): void {
    if (this.#state === 'over') return
    void this.#over()
    this.#input.ended(fault)
  }

  #isOver(): boolean {
    return this.#state === 'over'
  }

  #over(): Promise<void> {
    const subscriber = this.#subscriber
    this.#state = 'over'
    this.#reading.unsubscribe()
    this.#claim.release()
    this.#queue.length = 0
    this.#sent.length = 0
    this.#newest.clear()
    this.#finished ??= subscriber === undefined ? Promise.resolve() : this.#forget()
    return this.#finished
  }

  /** A transient subscriber holds records in the journal until it is removed. */
  async #forget(): Promise<void> {
    const { journal, open } = this.#input
    if (open.transient) await journal.removeSubscriber(open.subscriber).catch(() => undefined)
  }
}

/** Whether the checksum is known, and not that of the history up to the end of these frames. */
const isOther = (bytes: Uint8Array, checksum: number): boolean =>
  checksum > 0 && bytes.length > 0 && checksum !== frameHistory(bytes, lastFrameAt(bytes))
