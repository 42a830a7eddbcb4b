import { ActionQueue, type Queued } from '@tocsin/core/action-queue'

/** Places for runs: so many in all and for each host. First come, first served, but for those whose host is full. */
export interface CheckPlaces<Item> {
  /** Puts it behind all that wait. */
  wait(item: Item, host: string): void
  /** It waits no more. */
  leave(item: Item, host: string): void
  /** Who has a place now, if somebody waits and there is one. */
  next(): Item | undefined
  /** A place is free again. */
  free(host: string): void
}

interface Host<Item> extends Queued {
  readonly name: string
  taken: number
  /** Who waits, in order, and since which number. */
  readonly waiting: Map<Item, number>
}

export function createCheckPlaces<Item>(total: number, perHost: number): CheckPlaces<Item> {
  const hosts = new Map<string, Host<Item>>()
  // Those for whom somebody waits and that are not full, by who came first: nobody steps over the others again and again.
  const ready = new ActionQueue<Host<Item>>()
  let taken = 0
  let came = 0

  function change(name: string, by: (host: Host<Item>) => void): void {
    const host: Host<Item> = hosts.get(name) ?? {
      name,
      taken: 0,
      waiting: new Map<Item, number>(),
      due: 0,
      order: 0,
      place: -1,
    }
    by(host)
    ready.remove(host)
    const [first] = host.waiting.values()
    if (first === undefined && host.taken === 0) {
      hosts.delete(name)
      return
    }
    hosts.set(name, host)
    if (first === undefined || host.taken >= perHost) return
    host.due = first
    ready.add(host)
  }

  return {
    wait: (item, name) => change(name, ({ waiting }) => waiting.set(item, (came += 1))),
    leave: (item, name) => change(name, ({ waiting }) => waiting.delete(item)),
    next() {
      const host = ready.first
      const [item] = host?.waiting.keys() ?? []
      if (host === undefined || item === undefined || taken >= total) return undefined
      taken += 1
      change(host.name, () => {
        host.taken += 1
        host.waiting.delete(item)
      })
      return item
    },
    free(name) {
      taken -= 1
      change(name, (host) => (host.taken -= 1))
    },
  }
}
