import type { Observable, SchedulerLike } from 'rxjs'
import { NEVER } from 'rxjs'

import type { LinkClaims } from './claims.ts'
import type { LinkLimits, LinkRights, LinkStream, ServedJournal, SessionEvent } from './session-types.ts'

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

export function serveSession(stream: LinkStream, options: ServeSessionOptions): Observable<SessionEvent> {
  void stream
  void options
  return NEVER
}
