import type { Observable } from 'rxjs'
import { BehaviorSubject } from 'rxjs'

import type { LinkEnd, LinkErrorCode } from '../session/session-types.ts'
import type { CertificateState } from '../tls/certificates.ts'
import type { LinkRefusalCode } from '../tls/refusal.ts'

/** How one journal fares over one link. Where no feed has begun and none is known before, `journal` and `subscriber` are absent. */
export type LinkState = {
  /** Name of the other side; until it has proven one, the name or address that is dialed. */
  readonly peer: string
  /** Name of the journal that is followed. */
  readonly journal?: string | undefined
  /** Name of the subscriber. */
  readonly subscriber?: string | undefined
} & (
  | {
      /** It is dialed, or it has come and has not begun. */
      readonly type: 'connecting'
    }
  | {
      /** Records come. */
      readonly type: 'following'
      /** Newest durable sequence number of the followed journal; `undefined` until it is heard. */
      readonly headSeq: number | undefined
      /** Up to here everything is durable at the follower. */
      readonly ackedSeq: number
      /** Records between the two; `undefined` until they are heard. */
      readonly lagRecords: number | undefined
      /** About the age of the newest record that is dealt with, while others wait, ms; `undefined` until it is heard. */
      readonly lagMs: number | undefined
    }
  | {
      /** The target or sink failed, and is tried again; nothing is lost. */
      readonly type: 'held'
      /** What it said. */
      readonly message: string
      /** Until it is tried again, ms. */
      readonly inMs: number
    }
  | {
      /** It is dialed again in a while. How far behind it is cannot be known. */
      readonly type: 'waiting'
      /** In so many ms, counted from when this state began. */
      readonly inMs: number
      /** Why. */
      readonly code: LinkRefusalCode | LinkErrorCode | LinkEnd | (string & {})
      /** The same as a sentence. */
      readonly message: string
    }
  | {
      /** Who was here is not. How far behind it is cannot be known. */
      readonly type: 'lost'
      /** Why. */
      readonly code: LinkErrorCode | LinkEnd | (string & {})
      /** The same as a sentence. */
      readonly message: string
      /** When, ms since the Unix epoch. */
      readonly since: number
    }
  | {
      /** One side will not have it. */
      readonly type: 'refused'
      /** Why. */
      readonly code: LinkErrorCode | (string & {})
      /** The same as a sentence, with what to do. */
      readonly message: string
    }
  | {
      /** The followed journal is not the one that was copied before: it was restored or forked. Nothing was copied, nothing is lost. */
      readonly type: 'diverged'
      /** Up to here both may be the same; 0 where that is not known. */
      readonly seq: number
      /** What to do. */
      readonly message: string
    }
  | {
      /** A newer connection has the name of the subscriber. */
      readonly type: 'fenced'
    }
)

/** How all links of a `follow` or `serveJournal` are. */
export interface LinksState {
  /** One for each peer and feed; empty while nobody is subscribed. */
  readonly links: readonly LinkState[]
  /** How long the certificates of this side still hold; empty before they are read. */
  readonly certificates: readonly CertificateState[]
}

/** Most feeds that are gone and still shown. */
const maxLost = 1024

/** What is known of links at present. */
export class LinkBoard {
  readonly #links = new Map<string, LinkState>()
  readonly #state$ = new BehaviorSubject<LinksState>({ links: [], certificates: [] })

  get state$(): Observable<LinksState> {
    return this.#state$.asObservable()
  }

  set(key: string, state: LinkState): void {
    // What ended last comes last, so that what is forgotten is the oldest.
    if (state.type === 'lost') this.#links.delete(key)
    this.#links.set(key, state)
    if (state.type === 'lost') this.#forget()
    this.#emit()
  }

  get(key: string): LinkState | undefined {
    return this.#links.get(key)
  }

  remove(key: string): void {
    if (this.#links.delete(key)) this.#emit()
  }

  certificates(certificates: readonly CertificateState[]): void {
    this.#state$.next({ ...this.#state$.value, certificates })
  }

  clear(): void {
    this.#links.clear()
    this.#state$.next({ links: [], certificates: [] })
  }

  #forget(): void {
    if (this.#links.size <= maxLost) return
    for (const [key, { type }] of this.#links) {
      if (type !== 'lost') continue
      this.#links.delete(key)
      if (this.#links.size <= maxLost) return
    }
  }

  #emit(): void {
    this.#state$.next({ ...this.#state$.value, links: [...this.#links.values()] })
  }
}
