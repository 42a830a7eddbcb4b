import type { Checks, Defined } from '@tocsin/core'
import { callback, flag, optional, port, resolveOptions } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'
import { asyncScheduler, NEVER, Observable } from 'rxjs'

import { badOption, given } from '../../options.ts'
import type { ControlMessage } from '../wire/messages.ts'
import type { Speaker } from './connection.ts'
import { Connection } from './connection.ts'
import { FollowedFeed } from './followed-feed.ts'
import type { Fault } from './link-errors.ts'
import { faultFrom, faultHere, faultMessage } from './link-errors.ts'
import { resolveLinkLimits } from './link-limits.ts'
import type { FollowEvent, LinkEnd, LinkFeed, LinkLimits, LinkStream } from './session-types.ts'

/** What a connection follows. */
export interface FollowSessionOptions {
  /** One or more. */
  readonly feeds: readonly LinkFeed[]
  /** When it emits, the session takes no more, deals with what came, and ends. @defaultValue never */
  readonly closing?: Observable<unknown> | undefined
  /** Wakes it for heartbeats and for what is tried again. @defaultValue rxjs `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /** @defaultValue {@link defaultLinkLimits} */
  readonly limits?: LinkLimits | undefined
}

type Checked = Defined<Omit<FollowSessionOptions, 'limits'>>
type Following = Checked & { readonly limits: Defined<LinkLimits> }

/**
 * Follows journals over a connection that there is. Each feed goes on where its target or sink is, and a record is acknowledged when it
 * is durable there. A target that is full or fails holds its own feed, with pauses of 100 ms to 30 s, and no other one.
 * Emits: what happens to its feeds, what became of each frame that was copied, and `closed` at the end.
 * Completes: when the connection is over: ended, cut or silent. Another one goes on where this one was.
 * Errors: when the other side is no link or breaks its rules, and when the last feed ended: `JOURNAL_DIVERGED`, `JOURNAL_LINK_FENCED`,
 * `JOURNAL_LINK_REFUSED`, `JOURNAL_LINK_PROTOCOL`, `JOURNAL_LINK_LOST`, and what a target rejects with that cannot mend itself;
 * `retryable` says whether to connect again. `JOURNAL_BAD_OPTION` is thrown at the call.
 * Memory: of each feed `creditBytes` of frames and one more.
 * Time: the given scheduler, for heartbeats and pauses. Unsubscribing destroys the connection.
 */
export function followSession(stream: LinkStream, options: FollowSessionOptions): Observable<FollowEvent> {
  const { limits, ...others } = given(options)
  const start = { ...{ closing: NEVER, scheduler: asyncScheduler }, feeds: others.feeds }
  const checked = resolveOptions<Checked>(start, others, checks, badOption)
  refuseTwins(checked.feeds)
  const resolved = { ...checked, limits: resolveLinkLimits(limits) }
  return new Observable((subscriber) => {
    const session = new FollowingSession(stream, resolved, {
      next: (event) => subscriber.next(event),
      complete: () => subscriber.complete(),
      error: (error) => subscriber.error(error),
    })
    session.start()
    return () => session.stop()
  })
}

const keys: Readonly<Record<'into' | 'sink', readonly string[]>> = {
  into: ['journal', 'subscriber', 'into', 'acceptHole'],
  sink: ['journal', 'subscriber', 'sink', 'after', 'transient'],
}

const isFeed = (feed: unknown): boolean => {
  if (typeof feed !== 'object' || feed === null) return false
  const { journal, subscriber, into, sink, after, acceptHole, transient } = feed as Record<string, unknown>
  if (typeof journal !== 'string' || typeof subscriber !== 'string') return false
  const isSink = typeof sink === 'function'
  if (!isSink && port('appendFrame', 'upstreamPosition')(into) !== undefined) return false
  const known = keys[isSink ? 'sink' : 'into']
  // What is given as undefined is not given.
  if (!Object.entries(feed).every(([key, value]) => value === undefined || known.includes(key))) return false
  const isFlag = optional(flag)
  return [isFlag(acceptHole), isFlag(transient), optional(callback)(after)].every(
    (wrong) => wrong === undefined,
  )
}

const checks: Checks<Checked> = {
  feeds: (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= 65_535 && value.every(isFeed)
      ? undefined
      : 'an array of 1 to 65535 feeds, each with "journal", "subscriber" and either "into" and perhaps "acceptHole", or "sink" and perhaps "after" and "transient"',
  closing: port('subscribe'),
  scheduler: port('now', 'schedule'),
}

/** Two feeds of one name would take it from each other for ever. */
function refuseTwins(feeds: readonly LinkFeed[]): void {
  const known = new Map<string, number>()
  for (const [index, { journal, subscriber }] of feeds.entries()) {
    const key = JSON.stringify([journal, subscriber])
    const twin = known.get(key)
    if (twin !== undefined) {
      throw badOption(
        `feeds[${twin}] and feeds[${index}] are both subscriber "${subscriber}" of journal "${journal}"; give each a name of its own`,
      )
    }
    known.set(key, index)
  }
}

interface Listener {
  next(event: FollowEvent): void
  complete(): void
  error(error: unknown): void
}

class FollowingSession implements Speaker {
  readonly role = 'follower'
  readonly #options: Following
  readonly #listener: Listener
  readonly #connection: Connection
  readonly #feeds = new Map<number, { readonly feed: FollowedFeed; readonly names: LinkFeed }>()
  #greeted = false
  /** Of the feed that ended last. */
  #fault: Fault | undefined
  /** The other side sends nothing more; what came is dealt with. */
  #draining = false
  #closing: { unsubscribe(): void } | undefined

  constructor(stream: LinkStream, options: Following, listener: Listener) {
    this.#options = options
    this.#listener = listener
    this.#connection = new Connection(stream, this, options.limits, options.scheduler)
  }

  start(): void {
    this.#connection.start()
    const close = (): void => {
      if (this.#greeted) this.#connection.send(0, { type: 'bye', drain: true })
      else this.#connection.leave('this side was to end')
    }
    this.#closing = this.#options.closing.subscribe({ next: close, error: close })
  }

  stop(): void {
    this.#closing?.unsubscribe()
    this.#connection.stop()
    this.#endFeeds()
  }

  greeted(): void {
    this.#greeted = true
    const { peer } = this.#connection
    const { feeds, scheduler, limits } = this.#options
    feeds.forEach((names, index) => {
      const channel = index + 1
      const feed = new FollowedFeed({
        ...{ peer, feed: names, scheduler, ...limits },
        send: (message, key) => this.#connection.send(channel, message, key),
        emit: (event) => this.#listener.next(event),
        ended: (fault) => this.#ended(channel, fault),
        idle: () => this.#leaveWhenIdle(),
      })
      this.#feeds.set(channel, { feed, names })
    })
  }

  receive(channel: number, message: ControlMessage): Fault | undefined {
    if (channel === 0 && message.type === 'bye') {
      this.#draining = true
      this.#leaveWhenIdle()
      return undefined
    }
    if (channel === 0 || channel > this.#options.feeds.length) return this.#unexpected(message)
    const feed = this.#feeds.get(channel)?.feed
    // It ended here, and the other side did not know yet.
    if (feed === undefined) return undefined
    switch (message.type) {
      case 'welcome':
        return feed.welcome(message)
      case 'heartbeat':
        feed.heartbeat(message)
        return undefined
      case 'error':
        feed.fail(faultFrom(message, this.#connection.peer, this.#factsOf(channel)))
        return undefined
      case 'ack':
      case 'bye':
      case 'credit':
      case 'hello':
      case 'open':
      case 'resume':
        return this.#unexpected(message)
    }
  }

  receiveFrame(channel: number, body: Uint8Array): Fault | undefined {
    if (channel === 0 || channel > this.#options.feeds.length) {
      return faultHere(
        'protocol',
        this.#connection.peer,
        `a frame of channel ${channel}, which was not opened`,
      )
    }
    return this.#feeds.get(channel)?.feed.frame(body)
  }

  nextFrame(): undefined {
    return undefined
  }

  beat(): void {
    this.#connection.send(0, { type: 'heartbeat', headSeq: 0, time: this.#connection.now })
  }

  ended(reason: LinkEnd, message: string, fault: Fault | undefined): void {
    this.#closing?.unsubscribe()
    // What became of one feed is not what became of the others.
    const last = fault ?? (this.#feeds.size === 0 ? this.#fault : undefined)
    this.#endFeeds()
    if (fault !== undefined) this.#listener.next({ type: 'refused', ...fault })
    this.#listener.next({ type: 'closed', reason, message })
    if (last === undefined) this.#listener.complete()
    else this.#listener.error(last.error)
  }

  #ended(channel: number, fault: Fault): void {
    const names = this.#factsOf(channel)
    this.#feeds.delete(channel)
    this.#fault = fault
    if (fault.by === 'here') this.#connection.send(channel, faultMessage(fault))
    if (fault.code === 'fenced') this.#listener.next({ type: 'fenced', ...names })
    else this.#listener.next({ type: 'refused', ...names, ...fault })
    if (this.#feeds.size === 0) this.#connection.leave('the last feed has ended')
    else this.#leaveWhenIdle()
  }

  #leaveWhenIdle(): void {
    if (!this.#draining) return
    for (const { feed } of this.#feeds.values()) if (!feed.isIdle) return
    this.#connection.leave('what was under way is dealt with')
  }

  #endFeeds(): void {
    for (const { feed } of this.#feeds.values()) feed.end()
    this.#feeds.clear()
  }

  #factsOf(channel: number): { readonly journal: string; readonly subscriber: string } {
    const { journal, subscriber } = this.#options.feeds[channel - 1] ?? { journal: '', subscriber: '' }
    return { journal, subscriber }
  }

  #unexpected({ type }: ControlMessage): Fault {
    return faultHere('protocol', this.#connection.peer, `a message "${type}" where there can be none`)
  }
}
