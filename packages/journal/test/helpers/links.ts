import { defer, from, switchMap } from 'rxjs'
import type { Observable } from 'rxjs'

import type { Journal } from '../../src/index.ts'
import { JournalError } from '../../src/index.ts'
import type {
  FollowEvent,
  FollowSessionOptions,
  FollowTarget,
  ServedJournal,
  ServedSubscriber,
  ServeSessionOptions,
  SessionEvent,
} from '../../src/link/index.ts'
import { followSession, LinkClaims, serveSession } from '../../src/link/index.ts'
import type { Line } from './duplex-pair.ts'
import { duplexPair } from './duplex-pair.ts'
import { settle } from './journals.ts'

/** A journal as it is served. */
export function served<T>(journal: Journal<T>): ServedJournal {
  return {
    id: journal.id,
    stats: journal.stats,
    removeSubscriber: (name) => journal.removeSubscriber(name),
    subscriber: async (name, options): Promise<ServedSubscriber> => {
      const subscriber = await journal.subscriber(name, options)
      return {
        get ackedSeq() {
          return subscriber.ackedSeq
        },
        seek: (position) => subscriber.seek(position),
        frames: ({ after, maxInFlight } = {}) =>
          defer(() => {
            if (after === undefined || after.seq === subscriber.ackedSeq)
              return subscriber.frames({ maxInFlight })
            if (after.seq > subscriber.headSeq) {
              const facts = { journalId: journal.id, seq: subscriber.headSeq + 1 }
              throw new JournalError('JOURNAL_DIVERGED', 'the histories have parted', facts)
            }
            const moved = from(subscriber.seek({ seq: after.seq + 1 }))
            return moved.pipe(switchMap(() => subscriber.frames({ maxInFlight })))
          }),
      }
    },
  }
}

/** A journal as it is copied into. */
export const target = <T>(journal: Journal<T>): FollowTarget => ({
  appendFrame: (frame, options) => journal.appendFrame(frame, options),
  upstreamPosition: (journalId) => journal.upstreamPosition(journalId),
})

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
