import type { Duplex } from 'node:stream'
import type { Observable } from 'rxjs'

import type { JournalError } from '../../errors.ts'
import type {
  FramesOptions,
  GapReason,
  JournalFrame,
  Position,
  SubscriberOptions,
} from '../../reading-types.ts'
import type { AppendedFrame, AppendedFrames, AppendFrameOptions, CopiedFrame } from '../../types.ts'
import type { CopyResult } from '../into-journal.ts'

/** A connection, whoever dialed it. The session owns it from then on and destroys it at its end. */
export interface LinkStream {
  /** Bytes both ways: a socket, or any other duplex stream. */
  readonly duplex: Duplex
  /** The name of the other side: the one that its certificate proves, or what the caller says of his own stream. */
  readonly peer: string
}

/** What a link needs of a subscriber; a `JournalSubscriber` is one. */
export interface ServedSubscriber {
  /** Everything up to here was acknowledged. */
  readonly ackedSeq: number
  /** Frames behind a position, as of `JournalSubscriber`. */
  frames(options?: FramesOptions): Observable<JournalFrame>
  /** Goes to a position, as of `JournalSubscriber`. */
  seek(position: 'newest'): Promise<void>
}

/** What a link needs of a journal that it serves; a `Journal` is one. */
export interface ServedJournal {
  /** `Journal.id`. */
  readonly id: string
  /** Oldest and newest durable sequence number, live. */
  readonly stats: {
    /** Oldest one that is kept. */
    readonly firstSeq: number
    /** Newest durable one. */
    readonly lastSeq: number
  }
  /** The subscriber of that name, as of `Journal`. */
  subscriber(name: string, options?: SubscriberOptions): Promise<ServedSubscriber>
  /** Forgets a subscriber; called for those of transient feeds. */
  removeSubscriber(name: string): Promise<void>
}

/** What a peer may do. `'*'` is everything. */
export interface LinkRights {
  /** Names of subscribers that it may be. */
  readonly subscribers: '*' | readonly string[]
  /** Names of journals that it may read. */
  readonly read: '*' | readonly string[]
}

/** Bounds of a link; both sides have them. */
export interface LinkLimits {
  /** Longest time until the other side has introduced itself, ms. @defaultValue 10000 */
  readonly helloTimeoutMs?: number | undefined
  /** Time between two heartbeats, ms. @defaultValue 5000 */
  readonly heartbeatMs?: number | undefined
  /** A connection that brings no byte for so long is given up, ms; counted in heartbeats. @defaultValue 15000 */
  readonly silenceMs?: number | undefined
  /**
   * Bytes of frames of one feed that are under way or not durable at the follower; of a server, the most that it grants. One frame
   * may go beyond it.
   * @defaultValue 8388608, 8 MiB
   */
  readonly creditBytes?: number | undefined
  /** Longest message that is taken, bytes. @defaultValue 18874368, 18 MiB: the largest frame and a megabyte of gaps */
  readonly maxMessageBytes?: number | undefined
  /** Most feeds of one connection. @defaultValue 256 */
  readonly maxFeeds?: number | undefined
  /** Frames of 4 KiB and more are compressed, where both sides have it. @defaultValue false */
  readonly compress?: boolean | undefined
}

/** Why records are missing in a feed; `'dropped'` only in a transient one: the follower was slower than what came. */
export type LinkGapReason = GapReason | 'dropped'

/** Records that a feed does not bring. */
export interface LinkGap {
  /** First missing sequence number. */
  readonly fromSeq: number
  /** Last missing sequence number. */
  readonly toSeq: number
  /** Why they are missing. */
  readonly reason: LinkGapReason
}

/** A frame that came over a link; `ack()` when it is dealt with. */
export interface LinkFrame extends Omit<JournalFrame, 'gaps'> {
  /** What is missing before its records, mostly nothing. */
  readonly gaps: readonly LinkGap[]
}

/** What a link needs of a journal that it copies into; a `Journal` is one. */
export interface FollowTarget {
  /** Appends a frame, each record once, as of `Journal`. */
  appendFrame(frame: CopiedFrame, options?: AppendFrameOptions): Promise<AppendedFrame>
  /** Appends a run of them, as of `Journal`. Without it they go in one by one, which takes longer. */
  appendFrames?(frames: readonly CopiedFrame[], options?: AppendFrameOptions): Promise<AppendedFrames>
  /** How far the records of another journal have come, as of `Journal`. */
  upstreamPosition(journalId: string): Position
}

interface NamedFeed {
  /** Name of the journal at the other side. */
  readonly journal: string
  /** Name of the subscriber there. */
  readonly subscriber: string
}

/** One journal that is followed. */
export type LinkFeed = NamedFeed &
  (
    | {
        /** The journal that the records are copied into, each once. */
        readonly into: FollowTarget
        /** As of `appendFrame`. @defaultValue false */
        readonly acceptHole?: boolean | undefined
        /** Not beside `into`. */
        readonly sink?: undefined
        /** Not beside `into`. */
        readonly transient?: undefined
      }
    | {
        /**
         * Takes the frames, and acknowledges each. What it emits does not count; when it errs it is subscribed again after a
         * pause, and gets what it has not acknowledged again.
         */
        readonly sink: (frames: Observable<LinkFrame>) => Observable<unknown>
        /** Where the sink is, if it knows; else the subscriber's cursor says where it begins. */
        readonly after?: ((journalId: string) => Position | undefined) | undefined
        /** Newest records only: nothing is kept for it, nothing comes again, what is too much is dropped and told as a gap. @defaultValue false */
        readonly transient?: boolean | undefined
        /** Not beside `sink`. */
        readonly into?: undefined
      }
  )

/** Why a feed or a connection was refused or given up, as both sides say it. What a later release adds is a string too. */
export type LinkErrorCode =
  | 'bad-ack'
  | 'busy'
  | 'closed'
  | 'corrupt'
  | 'diverged'
  | 'fenced'
  | 'failed'
  | 'io'
  | 'no-right'
  | 'protocol'
  | 'role'
  | 'timeout'
  | 'too-large'
  | 'unknown-journal'
  | 'version'

/** Why a connection ended: it was to end; the other side said so; it broke; nothing came any more; it was refused, see the error. */
export type LinkEnd = 'done' | 'bye' | 'lost' | 'silent' | 'error'

interface OfFeed {
  /** Name of the journal. */
  readonly journal: string
  /** Name of the subscriber. */
  readonly subscriber: string
}

interface Refused {
  /** Tells it from what else is emitted: a feed ended, or was not begun; with the names absent, the whole connection. */
  readonly type: 'refused'
  readonly journal?: string | undefined
  readonly subscriber?: string | undefined
  /** Why. */
  readonly code: LinkErrorCode | (string & {})
  /** As an error, with what to do. */
  readonly error: JournalError
  /** Who found it: this side or the other. */
  readonly by: 'here' | 'peer'
}

interface Fenced extends OfFeed {
  /** Tells it from what else is emitted: a newer connection has the name. */
  readonly type: 'fenced'
}

interface Closed {
  /** Tells it from what else is emitted: the connection is over; the last that is emitted. */
  readonly type: 'closed'
  /** Why. */
  readonly reason: LinkEnd
  /** The same as a sentence. */
  readonly message: string
}

interface Lag extends OfFeed {
  /** Tells it from what else is emitted; comes with each heartbeat. */
  readonly type: 'lag'
  /** Newest durable sequence number of the journal that is followed. */
  readonly headSeq: number
  /** Everything up to here is dealt with at the follower. */
  readonly ackedSeq: number
  /** Records between the two. */
  readonly lagRecords: number
  /** Age of the oldest record that is behind, by the clock of the served side, ms; 0 where nothing is, `undefined` where it is not known. */
  readonly lagMs: number | undefined
}

/** What happens on the serving side. */
export type SessionEvent =
  | (OfFeed & {
      /** Tells it from what else is emitted: a feed begins. */
      readonly type: 'opened'
      /** How often the name was taken since it is served, this time included. */
      readonly generation: number
      /** Behind this sequence number it begins. */
      readonly afterSeq: number
    })
  | Lag
  | Fenced
  | Refused
  | Closed

/** What happens on the following side. */
export type FollowEvent =
  | (OfFeed & {
      /** Tells it from what else is emitted: a feed begins. */
      readonly type: 'opened'
      /** Id of the journal that is followed. */
      readonly journalId: string
      /** As of the serving side. */
      readonly generation: number
      /** Behind this sequence number it begins. */
      readonly afterSeq: number
      /** Oldest sequence number that is kept there. */
      readonly oldestSeq: number
      /** Newest durable sequence number there. */
      readonly headSeq: number
    })
  | (OfFeed & {
      /** Tells it from what else is emitted: what became of a frame that was copied. */
      readonly type: 'result'
      /** The same. */
      readonly result: CopyResult
    })
  | (OfFeed & {
      /** Tells it from what else is emitted: the target or sink failed; it is tried again after a pause, nothing is lost. */
      readonly type: 'held'
      /** What it said. */
      readonly error: unknown
      /** Until the next attempt, ms. */
      readonly delayMs: number
    })
  | Lag
  | Fenced
  | Refused
  | Closed
