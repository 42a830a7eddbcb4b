/** What waits for a place or has one. */
export interface Placed {
  /** Whose places it shares with others. */
  readonly host: string
}

/** Places for runs: so many in all and for each host. First come, first served, but for those whose host is full. */
export interface CheckPlaces<Item extends Placed> {
  /** Puts it behind all that wait. */
  wait(item: Item): void
  /** It waits no more. */
  leave(item: Item): void
  /** Who has a place now, if somebody waits and there is one. */
  next(): Item | undefined
  /** Its place is free again. */
  free(item: Item): void
}

export function createCheckPlaces<Item extends Placed>(total: number, perHost: number): CheckPlaces<Item> {
  let taken = 0
  const takenOf = new Map<string, number>()
  const waiting = new Set<Item>()
  // Aside, so that nobody steps over them again and again.
  const waitingForHost = new Map<string, Set<Item>>()

  return {
    wait: (item) => waiting.add(item),
    leave(item) {
      if (waiting.delete(item)) return
      const others = waitingForHost.get(item.host)
      others?.delete(item)
      if (others?.size === 0) waitingForHost.delete(item.host)
    },
    next() {
      if (taken >= total) return undefined
      for (const item of waiting) {
        waiting.delete(item)
        const { host } = item
        const ofHost = takenOf.get(host) ?? 0
        if (ofHost < perHost) {
          taken += 1
          takenOf.set(host, ofHost + 1)
          return item
        }
        const others = waitingForHost.get(host)
        if (others === undefined) waitingForHost.set(host, new Set([item]))
        else others.add(item)
      }
      return undefined
    },
    free({ host }) {
      taken -= 1
      const ofHost = (takenOf.get(host) ?? 1) - 1
      if (ofHost === 0) takenOf.delete(host)
      else takenOf.set(host, ofHost)
      const others = waitingForHost.get(host)
      const [first] = others ?? []
      if (others === undefined || first === undefined) return
      others.delete(first)
      if (others.size === 0) waitingForHost.delete(host)
      waiting.add(first)
    },
  }
}
