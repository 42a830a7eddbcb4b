import { flag } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { catchError, defer, EMPTY, filter, finalize, map, tap } from 'rxjs'

import { badOption, given } from '../../options.ts'
import type { CopyResult } from '../into-journal.ts'
import { followSession } from '../session/follow-session.ts'
import type { FollowEvent, LinkFeed } from '../session/session-types.ts'
import { FollowedLinks } from './followed-links.ts'
import { defaultJournalName } from './journal-name.ts'
import type { LinkConnection } from './link-connection.ts'
import { resolveConnection } from './link-connection.ts'
import type { LinkHappening } from './links.ts'
import { runLinks } from './links.ts'
import type { SideStreams } from './side-streams.ts'
import { withSideStreams } from './side-streams.ts'

type Unnamed<Feed> = Feed extends unknown
  ? Omit<Feed, 'journal'> & {
      /** Name of the journal at the other side. @defaultValue 'journal' */
      readonly journal?: string | undefined
    }
  : never

/** One journal that is followed: which, as which subscriber, and into a journal or a sink. */
export type FollowFeed = Unnamed<LinkFeed>

/** Whom {@link follow} follows, and where records go. */
export type FollowOptions = LinkConnection & {
  /**
   * Ends with an error where the other side refuses in a way that does not mend itself (no right, no such journal, another version),
   * instead of asking again after the usual waits. @defaultValue false
   */
  readonly endWhenRefused?: boolean | undefined
} & (
    | FollowFeed
    | {
        /** Several journals over one connection. */
        readonly feeds: readonly FollowFeed[]
      }
  )

/** What became of a frame, and where it came from. */
export type FollowResult = CopyResult & {
  /** Name of the side that it came from. */
  readonly peer: string
  /** Name of the journal there. */
  readonly journal: string
  /** Name of the subscriber there. */
  readonly subscriber: string
}

/** Links that bring journals of other machines here. */
export type Follow = Observable<FollowResult> & SideStreams

/**
 * Follows the journals of other machines: dials them, or waits until they dial, over TLS 1.3 with certificates both ways, and copies what
 * they hold into a journal here, each record once, whatever is cut or crashes. It goes on where the target is. Into a sink instead: each
 * frame comes until the sink acknowledges it.
 * Cold: subscribing dials or listens, unsubscribing ends connections and timers. One subscription at a time.
 * Emits: what became of each frame that was copied, with whom it came from; of a sink nothing.
 * Completes: after `closing`, when what is under way is dealt with.
 * Errors: with a `JournalError` for what cannot go on, once no feed is left that can: `JOURNAL_DIVERGED` where the followed journal was
 * restored or forked, `JOURNAL_LINK_FENCED` where another follower took the name, what the target rejects with that does not mend
 * itself, `JOURNAL_IO` where it cannot listen, `JOURNAL_BAD_OPTION` where certificates cannot be used; refusals only with `endWhenRefused`.
 * With `listen` one that diverged is told in `state$`, and others go on. Wrong options throw at the call.
 * Memory: 8 MiB of frames for each feed, as `limits.creditBytes` says.
 * Time: `scheduler`, for waits, heartbeats and time-outs. It dials again after a random part of 250 ms, doubled at each failure up to
 * 30 s, and begins anew after a connection has held for 10 s.
 *
 * @example
 * ```ts
 * import { jsonCodec, openJournal } from '@tocsin/journal'
 * import { follow } from '@tocsin/journal/link'
 *
 * await using target = await openJournal('./aggregator', { codec: jsonCodec<string>() })
 * const tls = { ca: 'ca.pem', cert: 'aggregator.pem', key: 'aggregator.key' }
 * const links = follow({ connect: 'berlin.example:43191', tls, subscriber: 'aggregator', into: target })
 * links.state$.subscribe(({ links: [link] }) => console.log(link?.type)) // => undefined
 * ```
 */
export function follow(options: FollowOptions): Follow {
  const { endWhenRefused = false, ...others } = given(options)
  if (flag(endWhenRefused) !== undefined) throw badOption('option "endWhenRefused" must be true or false')
  const { feeds, connection } = resolveFollow(others)
  const { limits, scheduler, transport } = connection
  const isDialing = transport.type !== 'listen'
  // Checks feeds at the call; nothing is begun before it is subscribed.
  void followSession({ duplex: undefined as never, peer: '' }, { feeds, limits })
  return withSideStreams(scheduler, ({ board, report, bound }) =>
    defer(() => {
      const now = (): number => scheduler.now()
      const links = new FollowedLinks({ feeds, board, isDialing, endWhenRefused, now })
      return runLinks<FollowEvent>({
        ...{ connection, board, report, bound, maxPerPeer: 1 },
        dialing: (where) => links.show(where, { type: 'connecting' }),
        waiting: (where, inMs, ending) => links.show(where, { type: 'waiting', inMs, ...ending }),
        session: (stream, closing) => {
          links.show(stream.peer, { type: 'connecting' })
          return followSession(stream, { feeds: links.open, closing, scheduler, limits }).pipe(
            catchError((error: unknown) => {
              if (links.isEnd(error)) throw error
              return EMPTY
            }),
            finalize(() => links.ended(stream.peer)),
          )
        },
      }).pipe(
        // No observable for each event: there is one for each frame.
        tap(({ peer, event }) => links.take(peer, event)),
        filter(isResult),
        map(({ peer, event: { journal, subscriber, result } }) => ({ ...result, peer, journal, subscriber })),
      )
    }),
  )
}

type Copied = Extract<FollowEvent, { type: 'result' }>

const isResult = (happening: LinkHappening<FollowEvent>): happening is LinkHappening<Copied> =>
  happening.event.type === 'result'

function resolveFollow(options: Omit<FollowOptions, 'endWhenRefused'>): {
  readonly feeds: readonly LinkFeed[]
  readonly connection: ReturnType<typeof resolveConnection>
} {
  // One feed is written where its connection is; what is left is that of the connection, so that no option goes unchecked.
  const { feeds, journal, subscriber, into, sink, transient, acceptHole, after, ...connection } =
    options as LinkConnection & Record<string, unknown>
  const one = { journal, subscriber, into, sink, transient, acceptHole, after }
  const named = Object.entries(one).filter(([, value]) => value !== undefined)
  if (feeds !== undefined && named.length > 0) {
    throw badOption(`give "feeds" or "${named.map(([name]) => name).join('", "')}", not both`)
  }
  const list: unknown = feeds ?? [Object.fromEntries(named)]
  if (!Array.isArray(list)) throw badOption('option "feeds" must be an array')
  return {
    feeds: list.map((feed: object) => ({
      journal: defaultJournalName,
      ...feed,
    })) as unknown as readonly LinkFeed[],
    connection: resolveConnection(connection),
  }
}
