import { JournalError, messageOf } from '../../errors.ts'
import type { FollowEvent, LinkFeed } from '../session/session-types.ts'
import type { LinkBoard, LinkState } from './link-state.ts'

/** Omits a key of each member of a union. */
type Distributed<T, Key extends string> = T extends unknown ? Omit<T, Key> : never
/** A state without whom it is of. */
type StateOf = Distributed<LinkState, 'peer' | 'journal' | 'subscriber'>
type Names = Pick<LinkFeed, 'journal' | 'subscriber'>

/** These ask for a person: asking again brings the same. */
const finalCodes: ReadonlySet<string> = new Set(['JOURNAL_DIVERGED', 'JOURNAL_LINK_FENCED'])
/** What the other side may mend at any time, by a grant or a new release. */
const theirCodes: ReadonlySet<string> = new Set(['JOURNAL_LINK_REFUSED', 'JOURNAL_LINK_PROTOCOL'])

/** How the feeds of `follow` are, and which of them are over for good. */
export class FollowedLinks {
  readonly #feeds: readonly LinkFeed[]
  readonly #board: LinkBoard
  readonly #isDialing: boolean
  readonly #endWhenRefused: boolean
  readonly #over = new Set<LinkFeed>()
  readonly #now: () => number

  constructor(input: {
    readonly feeds: readonly LinkFeed[]
    readonly board: LinkBoard
    readonly isDialing: boolean
    readonly endWhenRefused: boolean
    readonly now: () => number
  }) {
    this.#feeds = input.feeds
    this.#board = input.board
    this.#isDialing = input.isDialing
    this.#endWhenRefused = input.endWhenRefused
    this.#now = input.now
  }

  /** The feeds that the next connection asks for; all of them where others may dial in. */
  get open(): readonly LinkFeed[] {
    return this.#feeds.filter((feed) => !this.#over.has(feed))
  }

  /** The same state for all feeds that are not over. */
  show(peer: string, state: StateOf): void {
    for (const feed of this.open) this.#set(peer, feed, state)
  }

  /** Whether an error of a connection ends everything: it cannot go on, and no other feed or peer can. */
  isEnd(error: unknown): boolean {
    if (!(error instanceof JournalError)) return true
    // The target here takes nothing more, from whomever.
    if (error.code === 'JOURNAL_CLOSED') return true
    if (!this.#isDialing) return false
    return this.open.length === 0 || (this.#endWhenRefused && isRefusal(error))
  }

  take(peer: string, event: FollowEvent): void {
    switch (event.type) {
      case 'opened': {
        const { afterSeq: ackedSeq, headSeq } = event
        const lagRecords = Math.max(0, headSeq - ackedSeq)
        const lagMs = lagRecords === 0 ? 0 : undefined
        this.#set(peer, event, { type: 'following', headSeq, ackedSeq, lagRecords, lagMs })
        break
      }
      case 'lag': {
        const { headSeq, ackedSeq, lagRecords, lagMs } = event
        this.#set(peer, event, { type: 'following', headSeq, ackedSeq, lagRecords, lagMs })
        break
      }
      case 'held':
        this.#set(peer, event, { type: 'held', message: messageOf(event.error), inMs: event.delayMs })
        break
      case 'fenced':
        this.#set(peer, event, { type: 'fenced' })
        this.#finish(event)
        break
      case 'refused':
        this.#refused(peer, event)
        break
      case 'closed':
        this.#lost(peer, event.reason, event.message)
        break
      case 'result':
    }
  }

  #refused(peer: string, event: Extract<FollowEvent, { type: 'refused' }>): void {
    const { journal, subscriber, code, error } = event
    const { message } = error
    if (journal === undefined || subscriber === undefined) {
      for (const feed of this.open) this.#set(peer, feed, { type: 'refused', code, message })
      return
    }
    const names = { journal, subscriber }
    const seq = error.facts['seq']
    if (error.code === 'JOURNAL_DIVERGED')
      this.#set(peer, names, { type: 'diverged', seq: typeof seq === 'number' ? seq : 0, message })
    else this.#set(peer, names, { type: 'refused', code, message })
    if (this.#isFinal(event)) this.#finish(names)
  }

  #isFinal({ error, by, code }: Extract<FollowEvent, { type: 'refused' }>): boolean {
    if (finalCodes.has(error.code)) return true
    if (error.retryable) return false
    if (isRefusal(error) && code !== 'failed') return this.#endWhenRefused
    return by === 'here'
  }

  #finish({ journal, subscriber }: Names): void {
    if (!this.#isDialing) return
    for (const feed of this.#feeds) {
      if (feed.journal === journal && feed.subscriber === subscriber) this.#over.add(feed)
    }
  }

  /** This side has ended a connection, if the other has not. */
  ended(peer: string): void {
    this.#lost(peer, 'lost', 'this side ended the connection')
  }

  #lost(peer: string, code: string, message: string): void {
    // Whoever dials shows what comes next.
    if (this.#isDialing) return
    for (const feed of this.#feeds) {
      const state = this.#board.get(this.#key(peer, feed))
      if (state?.type === 'following' || state?.type === 'held' || state?.type === 'connecting')
        this.#set(peer, feed, { type: 'lost', code, message, since: this.#now() })
    }
  }

  #set(peer: string, { journal, subscriber }: Names, state: StateOf): void {
    this.#board.set(this.#key(peer, { journal, subscriber }), { peer, journal, subscriber, ...state })
  }

  /** Who is dialed is one link, whatever it is called at the time. */
  #key(peer: string, { journal, subscriber }: Names): string {
    return JSON.stringify([this.#isDialing ? '' : peer, journal, subscriber])
  }
}

const isRefusal = ({ code }: JournalError): boolean => theirCodes.has(code)
