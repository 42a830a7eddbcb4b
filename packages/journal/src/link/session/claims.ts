import type { ServedJournal } from './session-types.ts'

/** Who serves a subscriber at present. */
interface Claim {
  readonly generation: number
  /** Ends it; resolves when it reads nothing any more. */
  readonly fence: () => Promise<void>
}

/** A name that was taken. */
interface ClaimedName {
  /** How often a name was taken so far, this time included. */
  readonly generation: number
  /** Resolves when whoever had it reads nothing any more. */
  readonly free: Promise<void>
  /** Gives it back. */
  readonly release: () => void
}

/**
 * Which connection serves which subscriber. All sessions that serve the same journals share one: the newest connection of a name
 * wins, and the older one is fenced. Holds one small record per name that is followed.
 */
export class LinkClaims {
  readonly #claims = new Map<ServedJournal, Map<string, Claim>>()
  #generation = 0

  /** Takes a name; the returned promise resolves when whoever had it has stopped. `release` gives it back. */
  take(journal: ServedJournal, subscriber: string, fence: () => Promise<void>): ClaimedName {
    const names = this.#claims.get(journal) ?? new Map<string, Claim>()
    this.#claims.set(journal, names)
    const before = names.get(subscriber)
    this.#generation += 1
    const claim = { generation: this.#generation, fence }
    names.set(subscriber, claim)
    const release = (): void => {
      if (names.get(subscriber) !== claim) return
      names.delete(subscriber)
      if (names.size === 0 && this.#claims.get(journal) === names) this.#claims.delete(journal)
    }
    return { generation: claim.generation, free: before?.fence() ?? Promise.resolve(), release }
  }
}
