import type { Clock } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'

import type { NotifyChange } from '../model/change.ts'
import { messageOf } from '../errors.ts'
import { Alarm } from './alarm.ts'
import { whenDone } from '../maybe-promise.ts'
import type { NotifyStore } from '../stores/notify-store.ts'

/** Most changes of one append; what comes meanwhile is the next one. */
const maxGroup = 16_384
/** Most changes that are kept for a store that takes none; of more, it is given the state instead. */
const maxBacklog = 20_000
/** First and longest pause before a store that failed is tried again, ms. */
const minPauseMs = 1000
const maxPauseMs = 30_000

/** What a {@link StoreWriter} is made of. */
export interface StoreWriterParts {
  readonly store: NotifyStore
  readonly scheduler: SchedulerLike
  readonly clock: Clock
  /** How long an append may take before people are told without it, ms. */
  readonly patienceMs: number
  /** The changes that add up to everything that was decided. */
  readonly state: () => readonly NotifyChange[]
  /** More may be told than before, or written. */
  readonly onProgress: () => void
  /** An append failed or does not answer. Told again with each that fails. */
  readonly onFailing: (message: string) => void
  /** Everything is stored again. */
  readonly onRecovered: () => void
  /** The store will never take anything again, as one that was closed. */
  readonly onClosed: (error: unknown) => void
}

/**
 * Makes changes durable in their order, many at a time, and one append after the other. A store that fails or hangs is tried again until
 * it takes everything. Memory: what was decided and is not durable; while the store fails at most 20,000 changes and the state.
 */
export class StoreWriter {
  readonly #parts: StoreWriterParts
  readonly #patience: Alarm
  readonly #retry: Alarm
  /** Decided, and given to the store by no append that is under way or was successful. */
  #changes: NotifyChange[] = []
  #mustReset = false
  #isAppending = false
  #isResting = false
  #isStopped = false
  #isHalfway = false
  #failures = 0
  #decided = 0
  #stored = 0
  #isFailing = false

  constructor(parts: StoreWriterParts) {
    this.#parts = parts
    const { scheduler, clock } = parts
    this.#patience = new Alarm(scheduler, clock, () => this.#onImpatient())
    this.#retry = new Alarm(scheduler, clock, () => {
      this.#isResting = false
      parts.onProgress()
    })
  }

  /** Whether nobody is to wait for the store. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Whether the changes up to this position are durable. */
  isStored(position: number): boolean {
    return position <= this.#stored
  }

  /** Takes changes to be written, and gives the position up to which they go. */
  take(changes: readonly NotifyChange[]): number {
    this.#decided += changes.length
    // Not push(...changes): one command may change more alerts than a call can have arguments.
    if (!this.#mustReset) for (const change of changes) this.#changes.push(change)
    this.#limit()
    return this.#decided
  }

  /** Begins an append where there is something to write and none is under way. */
  write(): void {
    while (!this.#isStopped && !this.#isAppending && !this.#isResting && this.#hasMore()) this.#append()
  }

  /** Frees the timers. What a failing store does not have yet is offered to it for a last time, though nobody waits for the answer. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#patience.clear()
    this.#retry.clear()
    if (!this.#isFailing || this.#isAppending || !this.#hasMore()) return
    const { store } = this.#parts
    whenDone(
      () => store.append(this.#takeAll()),
      () => undefined,
      () => undefined,
    )
  }

  #hasMore(): boolean {
    return this.#mustReset || this.#changes.length > 0
  }

  #takeAll(): readonly NotifyChange[] {
    return this.#mustReset ? [{ type: 'reset' }, ...this.#parts.state()] : this.#changes
  }

  #append(): void {
    const isReset = this.#mustReset
    const group = isReset ? this.#takeAll() : this.#changes.splice(0, maxGroup)
    this.#mustReset = false
    const end = this.#decided - this.#changes.length
    this.#isAppending = true
    this.#isHalfway = false
    const isWaiting = whenDone(
      () => this.#parts.store.append(group),
      () => this.#onStored(end),
      (error) => this.#onFailed(error, isReset ? undefined : group),
    )
    // In two halves, so that a process that was busy itself hears of an answer that has come before it gives up.
    if (isWaiting && !this.#isFailing) this.#patience.after(this.#parts.patienceMs / 2)
  }

  #onStored(end: number): void {
    if (this.#isStopped) return
    this.#isAppending = false
    this.#patience.clear()
    this.#stored = end
    if (this.#isFailing && !this.#hasMore()) {
      this.#isFailing = false
      this.#failures = 0
      this.#parts.onRecovered()
    }
    this.#parts.onProgress()
  }

  #onFailed(error: unknown, group: readonly NotifyChange[] | undefined): void {
    if (this.#isStopped) return
    this.#isAppending = false
    this.#patience.clear()
    if (isFinal(error)) {
      this.#parts.onClosed(error)
      return
    }
    if (group === undefined) this.#mustReset = true
    if (this.#mustReset) this.#changes = []
    else this.#changes = [...(group ?? []), ...this.#changes]
    this.#isResting = true
    this.#retry.after(Math.min(minPauseMs * 2 ** this.#failures, maxPauseMs))
    this.#failures += 1
    this.#fail(messageOf(error))
  }

  #onImpatient(): void {
    if (!this.#isHalfway) {
      this.#isHalfway = true
      this.#patience.after(this.#parts.patienceMs / 2)
      return
    }
    this.#fail(`no answer within ${this.#parts.patienceMs} ms`)
  }

  #fail(message: string): void {
    this.#isFailing = true
    this.#limit()
    this.#parts.onFailing(message)
    this.#parts.onProgress()
  }

  #limit(): void {
    if (!this.#isFailing || this.#changes.length <= maxBacklog) return
    this.#changes = []
    this.#mustReset = true
  }
}

/** Whether going on cannot be what is wanted, as with a store that was closed. */
const isFinal = (error: unknown): boolean =>
  error instanceof Error && 'retryable' in error && error.retryable === false
