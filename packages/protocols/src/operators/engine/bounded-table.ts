/** What bounds a {@link BoundedTable}. */
export interface TableBounds {
  readonly maxEntries: number
  /** Of the keys and what goes with them. */
  readonly maxBytes: number
  /** What was not found for so long, ms, goes, after twice that at the latest. */
  readonly forgetAfterMs: number
}

/** Values by names that others choose. Never full for good: what nobody asks for makes room. */
export interface BoundedTable<T> {
  find(key: string, now: number): T | undefined
  /** False where there is no room. */
  add(key: string, value: T, now: number): boolean
}

/** What an entry takes beside its name, which its value has too, bytes; measured. */
const bytesPerEntry = 200
const bytesOf = (key: string): number => bytesPerEntry + 4 * key.length

interface Generation<T> {
  readonly entries: Map<string, T>
  bytes: number
}

const emptyGeneration = <T>(): Generation<T> => ({ entries: new Map(), bytes: 0 })

/** Two generations in place of a time for each entry: what is found goes over into the young one, and the old one goes as a whole. */
export function createBoundedTable<T extends object>({
  maxEntries,
  maxBytes,
  forgetAfterMs,
}: TableBounds): BoundedTable<T> {
  let young = emptyGeneration<T>()
  let old = emptyGeneration<T>()
  let since = NaN
  const age = (now: number): void => {
    const passed = now - since
    if (passed >= 0 && passed < forgetAfterMs) return
    // A clock that was set back begins a generation too, or nothing would be forgotten until it catches up.
    old = passed < 2 * forgetAfterMs ? young : emptyGeneration()
    young = emptyGeneration()
    since = passed >= 0 ? now - (passed % forgetAfterMs) : now
  }
  return {
    find(key, now) {
      age(now)
      const known = young.entries.get(key)
      if (known !== undefined) return known
      const older = old.entries.get(key)
      if (older === undefined) return undefined
      old.entries.delete(key)
      old.bytes -= bytesOf(key)
      young.entries.set(key, older)
      young.bytes += bytesOf(key)
      return older
    },
    add(key, value, now) {
      age(now)
      const isFull = young.entries.size + old.entries.size >= maxEntries
      if (isFull || young.bytes + old.bytes + bytesOf(key) > maxBytes) return false
      young.entries.set(key, value)
      young.bytes += bytesOf(key)
      return true
    },
  }
}
