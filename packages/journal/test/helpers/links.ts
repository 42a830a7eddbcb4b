import type { Observable } from 'rxjs'

import type { JournalError } from '../../src/index.ts'
import type {
  FollowEvent,
  FollowSessionOptions,
  ServeSessionOptions,
  SessionEvent,
} from '../../src/link/index.ts'
import { followSession, LinkClaims, serveSession } from '../../src/link/index.ts'
import type { Line } from './duplex-pair.ts'
import { duplexPair } from './duplex-pair.ts'
import { settle } from './journals.ts'

/** What a stream has brought so far, and how it ended. */
export interface Heard<E> {
  readonly events: E[]
  end: 'open' | 'complete' | JournalError
  stop(): void
}

export function hear<E>(events$: Observable<E>): Heard<E> {
  const heard: Heard<E> = { events: [], end: 'open', stop: () => subscription.unsubscribe() }
  const subscription = events$.subscribe({
    next: (event) => void heard.events.push(event),
    error: (error: unknown) => (heard.end = error as JournalError),
    complete: () => (heard.end = 'complete'),
  })
  return heard
}

/** Both sides of one connection in memory. */
export interface Link {
  readonly server: Heard<SessionEvent>
  readonly follower: Heard<FollowEvent>
}

type Serving = Omit<ServeSessionOptions, 'rights' | 'claims'> & Partial<ServeSessionOptions>

/** The follower is called 'aggregator', and may do everything unless told otherwise. */
export function link(serving: Serving, following: FollowSessionOptions, there?: Line, back?: Line): Link {
  const [near, far] = duplexPair(there, back)
  const rights = (): { subscribers: '*'; read: '*' } => ({ subscribers: '*', read: '*' })
  const all = { rights, claims: new LinkClaims(), ...serving }
  return {
    server: hear(serveSession({ duplex: near, peer: 'aggregator' }, all)),
    follower: hear(followSession({ duplex: far, peer: 'collector' }, following)),
  }
}

/** Turns of the event loop, so many. */
export async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await settle()
}
