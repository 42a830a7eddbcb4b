import type { SchedulerLike } from 'rxjs'
import { defer, map, Observable, retry, Subject, Subscription, timer } from 'rxjs'

import { backOffMs, defaultBackOff, isHopeless } from '@tocsin/core/back-off'
import { frameHistory } from '../../format/frame.ts'
import { openFrame } from '../../format/open-frame.ts'
import type { CopyResult } from '../into-journal.ts'
import { intoJournal } from '../into-journal.ts'
import { creditOf, decodeFrame } from '../wire/frame-message.ts'
import type { ControlMessage, Heartbeat, Welcome } from '../wire/messages.ts'
import { comparedTarget } from './compared-target.ts'
import type { Fault } from './link-errors.ts'
import { faultHere, faultOf } from './link-errors.ts'
import { PlaceInDoubt } from './place-in-doubt.ts'
import type { FollowEvent, LinkFeed, LinkFrame } from './session-types.ts'
import type { JournalFrame, Position } from '../../reading-types.ts'

/** What a feed needs of the session that it belongs to. */
export interface FollowedFeedInput {
  readonly peer: string
  readonly feed: LinkFeed
  /** Bytes that may be under way. */
  readonly creditBytes: number
  /** Most that compressed bytes may grow to. */
  readonly maxMessageBytes: number
  readonly scheduler: SchedulerLike
  /** A message of the same type that still waits is replaced. */
  readonly send: (message: ControlMessage | (() => ControlMessage), key: string) => void
  readonly emit: (event: FollowEvent) => void
  /** It is over, by itself. */
  readonly ended: (fault: Fault) => void
  /** Nothing is under way any more. */
  readonly idle: () => void
}

/** Came, and is not dealt with. */
interface Arrived {
  readonly frame: LinkFrame
  readonly cost: number
}

/** One journal that is followed over a connection. */
export class FollowedFeed {
  readonly #input: FollowedFeedInput
  readonly #names: Pick<LinkFeed, 'journal' | 'subscriber'>
  readonly #arriving = new Subject<LinkFrame>()
  readonly #work = new Subscription()
  readonly #unacked: Arrived[] = []
  #state: 'opening' | 'running' | 'over' = 'opening'
  #journalId = ''
  /** Of the last frame. */
  #codec = ''
  /** Credit that the other side has left. */
  #credit: number
  #owed = 0
  /** That something is acknowledged is about to be sent. */
  #telling = false
  #lastSeq = 0
  #ackedSeq = 0
  #ackedBytes: Uint8Array = new Uint8Array(0)
  #headSeq = 0
  #failures = 0
  readonly #doubt = new PlaceInDoubt()

  constructor(input: FollowedFeedInput) {
    this.#input = input
    const { journal, subscriber, transient = false } = input.feed
    this.#names = { journal, subscriber }
    this.#credit = input.creditBytes
    input.send({ type: 'open', journal, subscriber, transient }, 'open')
  }

  get isIdle(): boolean {
    return this.#unacked.length === 0
  }

  welcome(welcome: Welcome): Fault | undefined {
    const { peer, feed, creditBytes, send, emit } = this.#input
    if (this.#state !== 'opening') return faultHere('protocol', peer, 'a feed was welcomed twice')
    const { journalId, oldestSeq, headSeq, ackedSeq, generation } = welcome
    let have: Position | undefined
    try {
      have = positionOf(feed, journalId)
    } catch (error) {
      this.fail(faultOf(error, peer))
      return undefined
    }
    this.#state = 'running'
    this.#journalId = journalId
    this.#headSeq = headSeq
    const afterSeq = have?.seq ?? (feed.transient === true ? headSeq : ackedSeq)
    this.#lastSeq = have?.seq ?? 0
    this.#ackedSeq = afterSeq
    const place = have === undefined ? undefined : { seq: have.seq, checksum: have.checksum ?? 0 }
    send({ type: 'resume', have: place, credit: creditBytes }, 'resume')
    emit({ type: 'opened', ...this.#names, journalId, generation, afterSeq, oldestSeq, headSeq })
    this.#begin()
    return undefined
  }

  frame(body: Uint8Array): Fault | undefined {
    const { peer, feed, maxMessageBytes } = this.#input
    if (this.#state === 'over') return undefined
    if (this.#state === 'opening')
      return faultHere('protocol', peer, 'a frame came before its feed was resumed')
    if (this.#credit <= 0) return faultHere('protocol', peer, 'a frame came that there was no credit for')
    const sent = decodeFrame(body, maxMessageBytes, this.#codec)
    if (sent === undefined) return faultHere('corrupt', peer)
    if (feed.transient !== true && sent.gaps.some(({ reason }) => reason === 'dropped')) {
      return faultHere('protocol', peer, 'records of a feed that is not transient were dropped')
    }
    if ((sent.gaps[0]?.fromSeq ?? sent.firstSeq) <= this.#lastSeq) {
      return faultHere('protocol', peer, `record ${sent.firstSeq} came after ${this.#lastSeq}`)
    }
    // A journal verifies what it takes; a sink is to get nothing else.
    if (feed.into === undefined && sent.bytes.length > 0 && !isWhole(sent.bytes))
      return faultHere('corrupt', peer)
    const cost = creditOf(sent)
    this.#credit -= cost
    this.#lastSeq = sent.lastSeq
    this.#headSeq = Math.max(this.#headSeq, sent.headSeq)
    this.#codec = sent.codec
    const { firstSeq, lastSeq, headSeq, count, skip, time, gaps, codec, bytes } = sent
    const [journalId, ack] = [this.#journalId, () => this.#acked(lastSeq)]
    // Field by field: a spread takes longer than all else here.
    const frame = { journalId, firstSeq, lastSeq, headSeq, count, skip, time, gaps, codec, bytes, ack }
    this.#unacked.push({ frame, cost })
    this.#arriving.next(frame)
    return undefined
  }

  heartbeat({ headSeq, time }: Heartbeat): void {
    if (this.#state !== 'running') return
    const unsettled = this.#doubt.beat()
    // The next connection begins with the target's place, which the other side compares.
    if (unsettled !== undefined) {
      this.fail(faultHere('busy', this.#input.peer, `something else has brought ${unsettled.seq}`))
      return
    }
    this.#headSeq = Math.max(this.#headSeq, headSeq)
    const lagRecords = Math.max(0, this.#headSeq - this.#ackedSeq)
    const oldest = this.#unacked.find(({ frame }) => frame.count > 0)?.frame.time
    const lagMs = lagRecords === 0 ? 0 : oldest && Math.max(0, time - oldest)
    const places = { headSeq: this.#headSeq, ackedSeq: this.#ackedSeq, lagRecords, lagMs }
    this.#input.emit({ type: 'lag', ...this.#names, ...places })
  }

  /** It cannot go on. */
  fail(fault: Fault): void {
    if (this.#state === 'over') return
    this.end()
    this.#input.ended(fault)
  }

  end(): void {
    this.#state = 'over'
    this.#work.unsubscribe()
    this.#unacked.length = 0
  }

  #begin(): void {
    const { peer, emit, scheduler } = this.#input
    const work = defer(() => this.#deal()).pipe(
      retry({
        delay: (error) => {
          // A disk that is full or a store that is away: nothing is acknowledged, so nothing more comes.
          if (isHopeless(error)) throw error
          this.#failures += 1
          const delayMs = backOffMs(defaultBackOff, this.#failures, () => 1)
          emit({ type: 'held', ...this.#names, error, delayMs })
          return timer(delayMs, scheduler)
        },
      }),
    )
    this.#work.add(
      work.subscribe({
        next: (result) => {
          const { journal, subscriber } = this.#names
          if (result !== undefined) emit({ type: 'result', journal, subscriber, result })
        },
        error: (error: unknown) => this.fail(faultOf(error, peer)),
        complete: () => this.fail(faultHere('closed', peer, 'the sink took no more')),
      }),
    )
  }

  #deal(): Observable<CopyResult | undefined> {
    const { feed } = this.#input
    const frames = this.#frames()
    if (feed.into === undefined) return feed.sink(frames).pipe(map(() => undefined))
    const { acceptHole = false } = feed
    // Only a transient feed drops, and that has a sink.
    return (frames as Observable<JournalFrame>).pipe(
      intoJournal(comparedTarget(feed.into, this.#doubt), { acceptHole }),
    )
  }

  /** What is not dealt with, then what comes. */
  #frames(): Observable<LinkFrame> {
    return new Observable((subscriber) => {
      for (const { frame } of [...this.#unacked]) subscriber.next(frame)
      return this.#arriving.subscribe(subscriber)
    })
  }

  #acked(seq: number): void {
    if (this.#state === 'over' || this.#doubt.holds) return
    let count = 0
    let cost = 0
    for (const { frame, cost: bytes } of this.#unacked) {
      if (frame.lastSeq > seq) break
      count += 1
      cost += bytes
      this.#ackedSeq = frame.lastSeq
      this.#ackedBytes = frame.bytes
    }
    if (count === 0) return
    this.#unacked.splice(0, count)
    this.#failures = 0
    this.#credit += cost
    this.#owed += cost
    const { send, idle } = this.#input
    if (!this.#telling) {
      // What is acknowledged before they are sent goes with them.
      this.#telling = true
      send(() => ({ type: 'ack', seq: this.#ackedSeq, checksum: historyOf(this.#ackedBytes) }), 'ack')
      send(() => this.#creditMessage(), 'credit')
    }
    if (this.#unacked.length === 0) idle()
  }

  #creditMessage(): ControlMessage {
    const bytes = this.#owed
    this.#owed = 0
    this.#telling = false
    return { type: 'credit', bytes }
  }
}

/** `undefined` where the subscriber's cursor says where it begins. Of a journal that has nothing yet, all is missing. */
function positionOf(feed: LinkFeed, journalId: string): Position | undefined {
  if (feed.transient === true) return undefined
  return feed.into === undefined ? feed.after?.(journalId) : feed.into.upstreamPosition(journalId)
}

function isWhole(bytes: Uint8Array): boolean {
  try {
    openFrame(bytes)
    return true
  } catch {
    return false
  }
}

const historyOf = (bytes: Uint8Array): number => (bytes.length === 0 ? 0 : frameHistory(bytes))
