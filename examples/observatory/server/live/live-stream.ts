import type { ServerResponse } from 'node:http'

import { merge, tap, timer } from 'rxjs'
import type { Observable, Subscription } from 'rxjs'

import type { Recent, RecentRow } from './recent.ts'
import { Refused } from '../refused.ts'
import { eventText, Viewer } from './viewer.ts'
import type { Shown, Status } from '../wire.ts'

/** Something that is told with an id, so that it can be sent again. */
export interface Change {
  readonly event: 'fault' | 'entry' | 'maintenance'
  readonly data: unknown
}

/** What the stream tells of. */
export interface LiveParts {
  readonly changes$: Observable<Change>
  readonly recent: Pick<Recent, 'rows'>
  readonly status: () => Status
  /** Something of the status is new that nobody shall wait for. */
  readonly news$: Observable<unknown>
  readonly series: () => number
  readonly watched: () => number
  /** Hears of what ended it for all who watched. */
  readonly failed: (error: unknown) => void
  /** Tells this run from others in the ids. */
  readonly run: string
  readonly now?: () => number
}

/** A change, and its text once somebody was told. */
interface Kept {
  readonly number: number
  readonly change: Change
  text?: string
}

/** Changes that are kept for those who lost the connection. */
const keptChanges = 1000
const maxViewers = 100
const heartbeatMs = 5000
/** The first one is soon, since rates need two readings. */
const firstHeartbeatMs = 1000
/** Points wait so long for others, to share a message, ms. */
const gatherMs = 250
const catalogueMs = 1000

/**
 * What each viewer is told. The journal is read, and the timer runs, from the first viewer to the last. With nobody
 * there a change is remembered and not even written as text.
 */
export class LiveStream {
  readonly #parts: LiveParts
  readonly #now: () => number
  readonly #viewers = new Map<string, Viewer>()
  readonly #changes: Kept[] = []
  readonly #remembering: Subscription
  #number = 0
  #watching: Subscription | undefined
  #series = 0
  #flushing: NodeJS.Timeout | undefined
  #telling: NodeJS.Timeout | undefined

  constructor(parts: LiveParts) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
    this.#remembering = parts.changes$.subscribe({
      next: (change) => this.#remember(change),
      error: (error: unknown) => this.#fail(error),
    })
  }

  get viewers(): number {
    return this.#viewers.size
  }

  /** The id of the latest change. */
  get position(): string {
    return this.#idOf(this.#number)
  }

  /** Streams to one viewer until its connection closes; `after` is the last change that it knows. */
  serve(response: ServerResponse, id: string, after: string | undefined): void {
    if (!/^[\w-]{1,64}$/.test(id)) {
      throw new Refused(400, 'A viewer names itself by 1 to 64 letters, digits, _ or -.')
    }
    if (this.#viewers.size >= maxViewers && !this.#viewers.has(id)) {
      throw new Refused(503, `${maxViewers} windows watch already; close one of them.`, { reason: 'viewers' })
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    // The same window again: its old connection is dead, though nobody has noticed yet.
    this.#viewers.get(id)?.end()
    const viewer = new Viewer(id, response)
    this.#viewers.set(id, viewer)
    const missed = this.#after(after)
    response.write('retry: 1000\n\n')
    viewer.send(eventText('hello', { now: this.#now(), resumed: missed !== undefined }))
    for (const kept of missed ?? []) viewer.send(this.#textOf(kept))
    response.on('close', () => {
      if (this.#viewers.get(id) === viewer) this.#viewers.delete(id)
      if (this.#viewers.size === 0) this.#leave()
    })
    this.#watching ??= this.#watch()
  }

  /** A viewer tells of what it wants the samples. */
  show({ viewer: id, ...shown }: Shown): void {
    const viewer = this.#viewers.get(id)
    if (viewer === undefined) {
      throw new Refused(409, 'That window is not connected.', { reason: 'unknown-viewer' })
    }
    viewer.show(shown)
  }

  /** Ends all connections. */
  close(): void {
    this.#remembering.unsubscribe()
    this.#endAll()
  }

  #endAll(): void {
    for (const viewer of this.#viewers.values()) viewer.end()
    this.#viewers.clear()
    this.#leave()
  }

  #leave(): void {
    this.#watching?.unsubscribe()
    this.#watching = undefined
    clearTimeout(this.#flushing)
    clearTimeout(this.#telling)
    this.#flushing = this.#telling = undefined
  }

  #watch(): Subscription {
    this.#series = this.#parts.series()
    const beats = merge(timer(firstHeartbeatMs, heartbeatMs), this.#parts.news$)
    const heartbeat = beats.pipe(tap(() => this.#beat()))
    const samples = this.#parts.recent.rows.pipe(tap((rows) => this.#takeRows(rows)))
    return merge(heartbeat, samples).subscribe({ error: (error: unknown) => this.#fail(error) })
  }

  /** Viewers had better know that they are not told any more; they connect again. */
  #fail(error: unknown): void {
    this.#parts.failed(error)
    this.#endAll()
  }

  #beat(): void {
    const text = eventText('status', this.#parts.status())
    for (const viewer of this.#viewers.values()) viewer.beat(text)
    this.#tellSeries()
  }

  #takeRows(rows: readonly RecentRow[]): void {
    let isAny = false
    for (const viewer of this.#viewers.values()) isAny = viewer.take(rows) || isAny
    this.#tellSeries()
    if (!isAny) return
    this.#flushing ??= setTimeout(() => {
      this.#flushing = undefined
      for (const viewer of this.#viewers.values()) viewer.flush()
    }, gatherMs)
  }

  /** Tells of new series, at most once a second. */
  #tellSeries(): void {
    const { series, watched } = this.#parts
    if (series() === this.#series) return
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      this.#series = series()
      this.#toAll(eventText('catalogue', { series: this.#series, watched: watched() }))
    }, catalogueMs)
  }

  #toAll(text: string): void {
    for (const viewer of this.#viewers.values()) viewer.send(text)
  }

  #remember(change: Change): void {
    this.#number += 1
    const kept: Kept = { number: this.#number, change }
    this.#changes.push(kept)
    if (this.#changes.length > keptChanges) this.#changes.shift()
    if (this.#viewers.size > 0) this.#toAll(this.#textOf(kept))
  }

  #textOf(kept: Kept): string {
    return (kept.text ??= eventText(kept.change.event, kept.change.data, this.#idOf(kept.number)))
  }

  /** What came behind a change, where all of that is still here. */
  #after(id: string | undefined): readonly Kept[] | undefined {
    const { run } = this.#parts
    if (id === undefined || !id.startsWith(`${run}-`)) return undefined
    const text = id.slice(run.length + 1)
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Infinity
    if (number > this.#number || number < this.#number - this.#changes.length) return undefined
    return this.#changes.slice(this.#changes.length - (this.#number - number))
  }

  #idOf(number: number): string {
    return `${this.#parts.run}-${number}`
  }
}
