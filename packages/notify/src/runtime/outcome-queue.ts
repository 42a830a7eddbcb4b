import type { Alert } from '../model/alert.ts'
import type { Outcome } from '../engine/machine.ts'
import type { NotifyEvent } from '../model/event.ts'
import type { Notification } from '../model/notification.ts'
import { unstored } from '../render/render-notification.ts'
import type { StoreWriter } from './store-writer.ts'

/** What one step decided and nobody knows yet. */
interface Entry {
  /** Up to which position the changes must be durable. */
  readonly end: number
  readonly events: readonly NotifyEvent[]
  /** Ids of attempts that wait with it. */
  readonly held: readonly string[]
  readonly asks: readonly Alert[]
  /** Inputs that it answers. */
  readonly inputs: number
  readonly then: ((isStored: boolean) => void) | undefined
}

/** Where the outcomes go. */
export interface OutcomeListener {
  /** Whether nobody listens any more. */
  isClosed(): boolean
  /** An event. */
  tell(event: NotifyEvent): void
  /** An attempt begins. */
  send(notification: Notification): void
  /** An attempt in flight is given up. */
  abort(id: string): void
  /** Detectors are asked whether these are open. */
  ask(alerts: readonly Alert[]): void
  /** What could be told is told for now. */
  rest(): void
}

/** Heads that are let go of together, and at least half of all: the rest moves each time. */
const maxGone = 1024

/**
 * What was decided, in its order, until it is durable; then it is told, and the attempts of what it planned begin. Attempts of what was
 * durable before begin at once. While the store fails nothing waits.
 */
export class OutcomeQueue {
  readonly #writer: StoreWriter
  readonly #listener: OutcomeListener
  #entries: (Entry | undefined)[] = []
  #head = 0
  #pending = 0
  /** Where planned notifications that may not be durable are in the changes, by id; oldest first. */
  readonly #planned = new Map<string, number>()
  /** Attempts that wait until their notification is durable, by id. */
  readonly #held = new Map<string, Notification>()
  #isPumping = false

  constructor(writer: StoreWriter, listener: OutcomeListener) {
    this.#writer = writer
    this.#listener = listener
  }

  /** Inputs whose outcome is not told. */
  get pending(): number {
    return this.#pending
  }

  /** Whether everything is told. */
  get isEmpty(): boolean {
    return this.#head === this.#entries.length
  }

  /** Takes what a step decided; `inputs` count as pending until it is told, and `then` is called after it. */
  add(
    { changes, events, sends, aborts, asks }: Outcome,
    inputs = 0,
    then?: (isStored: boolean) => void,
  ): void {
    if (this.#listener.isClosed()) return
    // An attempt that timed out while the store was slow was never begun.
    for (const id of aborts) if (!this.#held.delete(id)) this.#listener.abort(id)
    const end = this.#writer.take(changes)
    for (const change of changes) {
      if (change.type === 'notification') this.#planned.set(change.notification.id, end)
      else if (change.type === 'settled') this.#planned.delete(change.id)
    }
    const held: string[] = []
    for (const notification of sends) {
      if (this.#listener.isClosed()) return
      if (this.#isStored(notification.id)) this.#listener.send(notification)
      else {
        this.#held.set(notification.id, notification)
        held.push(notification.id)
      }
    }
    if (this.#listener.isClosed()) return
    this.#pending += inputs
    this.#entries.push({ end, events, held, asks, inputs, then })
    this.pump()
  }

  /** Writes and tells what can be. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    do this.#writer.write()
    while (this.#tellNext())
    this.#isPumping = false
    if (!this.#listener.isClosed()) this.#listener.rest()
  }

  /** Forgets everything. */
  stop(): void {
    this.#entries = []
    this.#head = 0
    this.#held.clear()
  }

  #isStored(id: string): boolean {
    const position = this.#planned.get(id)
    return position === undefined || this.#writer.isStored(position)
  }

  #tellNext(): boolean {
    const entry = this.#entries[this.#head]
    if (entry === undefined || this.#listener.isClosed()) return false
    const isStored = this.#writer.isStored(entry.end)
    if (!isStored && !this.#writer.isFailing) return false
    this.#entries[this.#head] = undefined
    this.#head += 1
    const isMostlyGone = this.#head >= maxGone && 2 * this.#head >= this.#entries.length
    if (this.#head === this.#entries.length || isMostlyGone) {
      this.#entries.splice(0, this.#head)
      this.#head = 0
    }
    this.#forgetStored()
    this.#pending -= entry.inputs
    for (const event of entry.events) if (!this.#listener.isClosed()) this.#listener.tell(event)
    for (const id of entry.held) this.#release(id)
    if (entry.asks.length > 0 && !this.#listener.isClosed()) this.#listener.ask(entry.asks)
    if (!this.#listener.isClosed()) entry.then?.(isStored)
    return true
  }

  #release(id: string): void {
    const notification = this.#held.get(id)
    // Given up meanwhile.
    if (notification === undefined || this.#listener.isClosed()) return
    this.#held.delete(id)
    this.#listener.send(this.#isStored(id) ? notification : unstored(notification))
  }

  #forgetStored(): void {
    for (const [id, position] of this.#planned) {
      if (!this.#writer.isStored(position)) return
      this.#planned.delete(id)
    }
  }
}
