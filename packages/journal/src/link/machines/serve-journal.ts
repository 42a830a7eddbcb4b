import { port, wholeNumber } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { defer, finalize, map, tap } from 'rxjs'

import type { JournalError } from '../../errors.ts'
import { badOption, given } from '../../options.ts'
import { LinkClaims } from '../session/claims.ts'
import { serveSession } from '../session/serve-session.ts'
import type { ServedJournal, SessionEvent } from '../session/session-types.ts'
import type { LinkAllow } from './allow.ts'
import { resolveAllow } from './allow.ts'
import { defaultJournalName } from './journal-name.ts'
import type { LinkConnection } from './link-connection.ts'
import { resolveConnection } from './link-connection.ts'
import { runLinks } from './links.ts'
import { ServedLinks } from './served-links.ts'
import type { SideStreams } from './side-streams.ts'
import { withSideStreams } from './side-streams.ts'

/** Where followers come from, and what they may have. */
export interface ServeOptions extends LinkConnection {
  /** Who may read what, by the names of certificates. */
  readonly allow: LinkAllow
  /** Connections that one peer may have; when one more comes, its oldest is ended. @defaultValue 16 */
  readonly maxPerPeer?: number | undefined
}

/** Connections that one peer may have unless told otherwise. */
export const defaultMaxPerPeer = 16

/** What happens to links, with whom. */
export type LinkEvent = SessionEvent & {
  /** Name of the other side, as its certificate proves it. */
  readonly peer: string
}

/** Journals that others follow. */
export type JournalServer = Observable<LinkEvent> & SideStreams

/**
 * Serves journals to followers on other machines, who dial in, or are dialed where this machine is behind an address that nobody can dial:
 * over TLS 1.3 with certificates both ways. Each may be the subscribers and read the journals that `allow` names for it, and nothing
 * else. The newest connection of a subscriber wins. One journal is served as `'journal'`, several by the names given.
 * Cold: subscribing listens or dials, unsubscribing ends connections and timers; journals stay open. One subscription at a time.
 * Emits: what happens to links: `opened`, `lag` with each heartbeat, `fenced`, `refused`, `closed`.
 * Completes: after `closing`, when what was sent is acknowledged.
 * Errors: with a `JournalError` of `JOURNAL_IO` where it cannot listen, or `JOURNAL_BAD_OPTION` where certificates cannot be used;
 * nothing that a peer does is an error. Wrong options throw at the call.
 * Memory: of each feed the frames that its follower gave credit for, at most 8 MiB unless `limits.creditBytes` says otherwise.
 * Time: `scheduler`, for heartbeats, waits and time-outs.
 *
 * @example
 * ```ts
 * import { openJournal } from '@tocsin/journal'
 * import { serveJournal } from '@tocsin/journal/link'
 *
 * await using journal = await openJournal('./collector')
 * const tls = { ca: 'ca.pem', cert: 'berlin.pem', key: 'berlin.key' }
 * const server = serveJournal(journal, { listen: '0.0.0.0:43191', tls, allow: { aggregator: {} } })
 * server.state$.subscribe(({ links }) => console.log(links.length)) // => 0
 * ```
 */
export function serveJournal(
  journal: ServedJournal | Readonly<Record<string, ServedJournal>>,
  options: ServeOptions,
): JournalServer {
  const { allow, maxPerPeer = defaultMaxPerPeer, ...others } = given(options)
  const journals = journalsOf(journal)
  const rights = resolveAllow(allow)
  if (wholeNumber(1)(maxPerPeer) !== undefined)
    throw badOption('option "maxPerPeer" must be a whole number from 1')
  const connection = resolveConnection(others)
  const { limits, scheduler } = connection
  return withSideStreams(scheduler, ({ board, report, bound }) =>
    defer(() => {
      const claims = new LinkClaims()
      const links = new ServedLinks(board, journals, () => scheduler.now())
      return runLinks<SessionEvent>({
        ...{ connection, board, report, bound, maxPerPeer },
        dialing: (where) => links.dialing(where, { type: 'connecting' }),
        waiting: (where, inMs, ending) => links.dialing(where, { type: 'waiting', inMs, ...ending }),
        session: (stream, closing) => {
          const link = links.connection(stream.peer)
          const session = serveSession(stream, { journals, rights, claims, closing, scheduler, limits })
          return session.pipe(tap(link.take), finalize(link.ended))
        },
      }).pipe(map(({ peer, event }) => ({ ...event, peer })))
    }),
  )
}

function journalsOf(
  journal: ServedJournal | Readonly<Record<string, ServedJournal>>,
): ReadonlyMap<string, ServedJournal> {
  const isJournal = (value: unknown): value is ServedJournal =>
    typeof value === 'object' &&
    value !== null &&
    'subscriber' in value &&
    typeof value.subscriber === 'function'
  if (port()(journal) !== undefined) throw noJournal()
  const named = isJournal(journal) ? [[defaultJournalName, journal] as const] : Object.entries(journal)
  if (named.length === 0 || !named.every(([, value]) => isJournal(value))) {
    throw noJournal()
  }
  return new Map(named)
}

const noJournal = (): JournalError =>
  badOption('serveJournal() needs a journal, or an object of journals by their names')
