import type { Checks, Defined } from '@tocsin/core'
import { port, resolveOptions } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'
import { asyncScheduler, NEVER, Observable } from 'rxjs'

import { badOption, given } from '../../options.ts'
import type { ControlMessage, Hello, Open } from '../wire/messages.ts'
import { featureZlib } from '../wire/messages.ts'
import type { LinkClaims } from './claims.ts'
import type { Speaker } from './connection.ts'
import { Connection } from './connection.ts'
import type { Fault } from './link-errors.ts'
import { faultFrom, faultHere, faultMessage } from './link-errors.ts'
import { resolveLinkLimits } from './link-limits.ts'
import { ServedFeed } from './served-feed.ts'
import type {
  LinkEnd,
  LinkErrorCode,
  LinkLimits,
  LinkRights,
  LinkStream,
  ServedJournal,
  SessionEvent,
} from './session-types.ts'

/** How a connection is served. */
export interface ServeSessionOptions {
  /** Journals by the names that followers know them by. */
  readonly journals: ReadonlyMap<string, ServedJournal>
  /** What a peer may do; asked at each feed. `undefined` is nothing. */
  readonly rights: (peer: string) => LinkRights | undefined
  /** Shared by all sessions of these journals, so that the newest connection of a subscriber wins. */
  readonly claims: LinkClaims
  /** When it emits, the session stops sending, waits for what is under way to be acknowledged, and ends. @defaultValue never */
  readonly closing?: Observable<unknown> | undefined
  /** Wakes it for heartbeats; its clock is what they carry. @defaultValue rxjs `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /** @defaultValue {@link defaultLinkLimits} */
  readonly limits?: LinkLimits | undefined
}

type Checked = Defined<Omit<ServeSessionOptions, 'limits'>>
type Served = Checked & { readonly limits: Defined<LinkLimits> }

/**
 * Serves journals over a connection that there is, to one follower with one or more feeds. A follower that asks for what it may not
 * have, or sends what is no message, is told so; nobody else notices.
 * Emits: what happens to its feeds, and `closed` at the end.
 * Completes: when the connection is over, whatever ended it; nothing that a peer does is an error of this stream.
 * Errors: never; `JOURNAL_BAD_OPTION` is thrown at the call.
 * Memory: of each feed the frames that the follower gave credit for, at most `creditBytes` and one frame.
 * Time: the given scheduler, for heartbeats. Unsubscribing destroys the connection.
 */
export function serveSession(stream: LinkStream, options: ServeSessionOptions): Observable<SessionEvent> {
  const { limits, ...others } = given(options)
  const { journals, rights, claims } = others
  const start = { ...{ closing: NEVER, scheduler: asyncScheduler }, ...{ journals, rights, claims } }
  const checked = resolveOptions<Checked>(start, others, checks, badOption)
  const resolved = { ...checked, limits: resolveLinkLimits(limits) }
  return new Observable((subscriber) => {
    const session = new ServingSession(stream, resolved, {
      next: (event) => subscriber.next(event),
      complete: () => subscriber.complete(),
    })
    session.start()
    return () => session.stop()
  })
}

const checks: Checks<Checked> = {
  journals: port('get'),
  rights: (value) => (typeof value === 'function' ? undefined : 'a function of the name of a peer'),
  claims: port('take'),
  closing: port('subscribe'),
  scheduler: port('now', 'schedule'),
}

interface Listener {
  next(event: SessionEvent): void
  complete(): void
}

class ServingSession implements Speaker {
  readonly role = 'server'
  readonly #options: Served
  readonly #listener: Listener
  readonly #connection: Connection
  readonly #feeds = new Map<number, { readonly feed: ServedFeed; readonly open: Open }>()
  /** Ended before its end was known over there: what still comes for it is passed over. */
  readonly #gone = new Set<number>()
  #hello: Hello | undefined
  /** Of the feeds, as long as they stay the same. */
  #channels: readonly number[] | undefined
  /** Whose turn it is. */
  #turn = 0
  #draining = false
  #closing: { unsubscribe(): void } | undefined

  constructor(stream: LinkStream, options: Served, listener: Listener) {
    this.#options = options
    this.#listener = listener
    this.#connection = new Connection(stream, this, options.limits, options.scheduler)
  }

  start(): void {
    this.#connection.start()
    const close = (): void => this.#drain()
    this.#closing = this.#options.closing.subscribe({ next: close, error: close })
  }

  stop(): void {
    this.#closing?.unsubscribe()
    this.#connection.stop()
    this.#endFeeds()
  }

  greeted(hello: Hello): void {
    this.#hello = hello
    if (this.#draining) this.#sayDrain()
  }

  receive(channel: number, message: ControlMessage): Fault | undefined {
    if (channel === 0 && message.type === 'bye') {
      this.#drain()
      return undefined
    }
    if (message.type === 'open') return this.#open(channel, message)
    const served = this.#feeds.get(channel)
    if (served === undefined) return this.#gone.has(channel) ? undefined : this.#unexpected(message)
    const { feed } = served
    switch (message.type) {
      case 'resume':
        return feed.resume(message)
      case 'ack':
        return feed.ack(message)
      case 'credit':
        return feed.credit(message.bytes)
      case 'error':
        this.#ended(channel, served.open, faultFrom(message, this.#connection.peer), false)
        return undefined
      case 'bye':
      case 'heartbeat':
      case 'hello':
      case 'welcome':
        return this.#unexpected(message)
    }
  }

  receiveFrame(): Fault {
    return faultHere('protocol', this.#connection.peer, 'a follower sent a frame')
  }

  nextFrame(): readonly Uint8Array[] | undefined {
    // One frame of each that has one, in turn.
    const channels = (this.#channels ??= [...this.#feeds.keys()])
    for (let step = 0; step < channels.length; step += 1) {
      const channel = channels[(this.#turn + step) % channels.length] ?? 0
      const pieces = this.#feeds.get(channel)?.feed.next()
      if (pieces === undefined) continue
      this.#turn = (this.#turn + step + 1) % channels.length
      return pieces
    }
    return undefined
  }

  beat(): void {
    const time = this.#connection.now
    this.#connection.send(0, { type: 'heartbeat', headSeq: 0, time })
    for (const [channel, { feed, open }] of this.#feeds) {
      if (!feed.isRunning) continue
      const { headSeq, ackedSeq, oldestTime } = feed.progress
      this.#connection.send(channel, { type: 'heartbeat', headSeq, time })
      const lagRecords = headSeq - ackedSeq
      const lagMs = lagRecords === 0 ? 0 : oldestTime && Math.max(0, time - oldestTime)
      this.#listener.next({ type: 'lag', ...namesOf(open), headSeq, ackedSeq, lagRecords, lagMs })
    }
  }

  ended(reason: LinkEnd, message: string, fault: Fault | undefined): void {
    this.#closing?.unsubscribe()
    this.#endFeeds()
    if (fault !== undefined) this.#listener.next({ type: 'refused', ...fault })
    this.#listener.next({ type: 'closed', reason, message })
    this.#listener.complete()
  }

  #open(channel: number, open: Open): Fault | undefined {
    const { peer } = this.#connection
    const { journals, claims, limits } = this.#options
    if (channel === 0 || this.#feeds.has(channel) || this.#gone.has(channel)) {
      return faultHere('protocol', peer, `channel ${channel} cannot be opened`)
    }
    if (this.#feeds.size + this.#gone.size >= limits.maxFeeds) {
      return faultHere('protocol', peer, `more than ${limits.maxFeeds} feeds`)
    }
    const refusal = this.#refusal(open)
    const journal = journals.get(open.journal)
    if (refusal !== undefined || journal === undefined) {
      this.#ended(
        channel,
        open,
        faultHere(refusal ?? 'unknown-journal', peer, `"${open.journal}"`, { ...namesOf(open) }),
      )
      return undefined
    }
    const hello = this.#hello
    const feed = new ServedFeed({
      ...{ peer, channel, open, journal, claims, limits },
      compress: limits.compress && ((hello?.features ?? 0) & featureZlib) !== 0,
      maxMessageBytes: hello?.maxMessageBytes ?? 0,
      send: (message) => this.#connection.send(channel, message),
      wake: () => this.#connection.wake(),
      opened: (generation, afterSeq) =>
        this.#listener.next({ type: 'opened', ...namesOf(open), generation, afterSeq }),
      ended: (fault) => this.#ended(channel, open, fault),
    })
    this.#feeds.set(channel, { feed, open })
    this.#channels = undefined
    if (this.#draining) feed.drain()
    return undefined
  }

  #refusal({ journal, subscriber }: Open): LinkErrorCode | undefined {
    let rights: LinkRights | undefined
    try {
      rights = this.#options.rights(this.#connection.peer)
    } catch {
      // Who cannot be judged may do nothing.
    }
    const may = (allowed: LinkRights['read'] | undefined, name: string): boolean =>
      allowed === '*' || (Array.isArray(allowed) && allowed.includes(name))
    return may(rights?.read, journal) && may(rights?.subscribers, subscriber) ? undefined : 'no-right'
  }

  #ended(channel: number, open: Open, fault: Fault, tell = true): void {
    void this.#feeds.get(channel)?.feed.end()
    this.#feeds.delete(channel)
    this.#channels = undefined
    this.#gone.add(channel)
    if (tell) this.#connection.send(channel, faultMessage(fault))
    if (fault.code === 'fenced') this.#listener.next({ type: 'fenced', ...namesOf(open) })
    else this.#listener.next({ type: 'refused', ...namesOf(open), ...fault })
  }

  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    for (const { feed } of this.#feeds.values()) feed.drain()
    if (this.#hello !== undefined) this.#sayDrain()
  }

  /** The follower ends the connection when it has dealt with everything before this. */
  #sayDrain(): void {
    this.#connection.send(0, { type: 'bye', drain: true })
  }

  #endFeeds(): void {
    for (const { feed } of this.#feeds.values()) void feed.end()
    this.#feeds.clear()
  }

  #unexpected({ type }: ControlMessage): Fault {
    return faultHere('protocol', this.#connection.peer, `a message "${type}" where there can be none`)
  }
}

const namesOf = ({ journal, subscriber }: Open): Pick<Open, 'journal' | 'subscriber'> => ({
  journal,
  subscriber,
})
