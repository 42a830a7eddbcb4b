import type { Observable, SchedulerLike } from 'rxjs'
import { NEVER } from 'rxjs'

import type { FollowEvent, LinkFeed, LinkLimits, LinkStream } from './session-types.ts'

/** What a connection follows. */
export interface FollowSessionOptions {
  /** One or more; each name only once for a journal. */
  readonly feeds: readonly LinkFeed[]
  /** When it emits, the session takes no more, deals with what came, and ends. @defaultValue never */
  readonly closing?: Observable<unknown> | undefined
  /** Wakes it for heartbeats and for what is tried again. @defaultValue rxjs `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /** @defaultValue {@link defaultLinkLimits} */
  readonly limits?: LinkLimits | undefined
}

export function followSession(stream: LinkStream, options: FollowSessionOptions): Observable<FollowEvent> {
  void stream
  void options
  return NEVER
}
