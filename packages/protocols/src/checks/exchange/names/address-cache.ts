/** What a look-up gave: addresses, that there are none, or that nobody could say. */
export type LookupAnswer =
  | {
      /** There are addresses. */
      readonly type: 'found'
      /** As digits, in the order of the answer. */
      readonly addresses: readonly string[]
      /** How long they hold, ms. */
      readonly ttlMs: number
    }
  | {
      /** There is no address. */
      readonly type: 'none'
    }
  | {
      /** Nobody could say. */
      readonly type: 'failed'
      /** Why, as a code of Node. */
      readonly reason: string
    }

/** What is known of a name. */
export type Known =
  | { readonly type: 'found'; readonly addresses: readonly string[]; readonly isStale: boolean }
  | { readonly type: 'none' }
  | { readonly type: 'failed'; readonly reason: string }

/** What the cache says to one who asks. */
export interface Remembered {
  /** What to go by; `undefined` where a look-up must say. */
  readonly known: Known | undefined
  /** Whether to look the name up now. */
  readonly isDue: boolean
}

/** The addresses of one family of names, as long as they hold. Time comes from outside and never goes back. */
export interface AddressCache {
  /** How many names it holds. */
  readonly size: number
  /** How many names it gave up for others. */
  readonly evicted: number
  ask(name: string, now: number): Remembered
  /** Takes what a look-up gave, and says what to go by. */
  told(name: string, answer: LookupAnswer, now: number): Known
}

/** Bounds of how long addresses hold, ms. */
const ttlBoundsMs: { readonly min: number; readonly max: number } = { min: 1000, max: 3_600_000 }
/** How long it holds that there are none, ms. */
export const noneMs = 60_000
/** How long nobody asks again after a failure, ms; RFC 9520 section 3.2. */
const failedMs = 5000
/** How long addresses serve beyond their time while look-ups fail, ms. */
const maxStaleMs = 3_600_000
/** A name that nobody asked for in this time is forgotten, ms. */
const unusedMs = 1_200_000
/** At which part of their time addresses are looked up again, where somebody asks. */
const refreshPart = 0.8

interface Entry {
  readonly addresses: readonly string[]
  readonly toldAt: number
  readonly ttlMs: number
  readonly usedAt: number
  /** The last look-up, where it failed. */
  readonly failure: { readonly at: number; readonly reason: string } | undefined
}

export function createAddressCache(maxNames: number): AddressCache {
  /** The one used longest ago comes first. */
  const entries = new Map<string, Entry>()
  let evicted = 0

  const forgetUnused = (now: number): void => {
    for (const [name, { usedAt }] of entries) {
      if (now - usedAt < unusedMs) return
      entries.delete(name)
    }
  }

  const keep = (name: string, entry: Entry): void => {
    entries.set(name, entry)
    if (entries.size <= maxNames) return
    const [first = name] = entries.keys()
    entries.delete(first)
    evicted += 1
  }

  return {
    get size() {
      return entries.size
    },
    get evicted() {
      return evicted
    },
    ask(name, now) {
      forgetUnused(now)
      const entry = entries.get(name)
      if (entry === undefined) return { known: undefined, isDue: true }
      entries.delete(name)
      entries.set(name, { ...entry, usedAt: now })
      return remembered(entry, now)
    },
    told(name, answer, now) {
      forgetUnused(now)
      const before = entries.get(name)
      const entry = after(before, answer, now)
      keep(name, entry)
      return remembered(entry, now).known ?? { type: 'none' }
    },
  }
}

function after(before: Entry | undefined, answer: LookupAnswer, now: number): Entry {
  const usedAt = before?.usedAt ?? now
  switch (answer.type) {
    case 'found': {
      const ttlMs = Math.min(Math.max(answer.ttlMs, ttlBoundsMs.min), ttlBoundsMs.max)
      return { addresses: answer.addresses, toldAt: now, ttlMs, usedAt, failure: undefined }
    }
    case 'none':
      return { addresses: [], toldAt: now, ttlMs: noneMs, usedAt, failure: undefined }
    case 'failed': {
      const failure = { at: now, reason: answer.reason }
      const { addresses = [], toldAt = now, ttlMs = 0 } = before ?? {}
      return { addresses, toldAt, ttlMs, usedAt, failure }
    }
  }
}

function remembered({ addresses, toldAt, ttlMs, failure }: Entry, now: number): Remembered {
  const age = now - toldAt
  const hasAddresses = addresses.length > 0
  const isHeld = failure !== undefined && now - failure.at < failedMs
  if (age < ttlMs) {
    if (!hasAddresses) return { known: { type: 'none' }, isDue: false }
    return {
      known: { type: 'found', addresses, isStale: false },
      isDue: age >= refreshPart * ttlMs && !isHeld,
    }
  }
  if (failure === undefined) return { known: undefined, isDue: true }
  if (hasAddresses && age < ttlMs + maxStaleMs)
    return { known: { type: 'found', addresses, isStale: true }, isDue: !isHeld }
  return isHeld
    ? { known: { type: 'failed', reason: failure.reason }, isDue: false }
    : { known: undefined, isDue: true }
}
