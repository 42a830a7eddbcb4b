/** What a timer is for. */
type TimerKind = 'alert' | 'window' | 'retry' | 'lane' | 'send' | 'own' | 'notifier'

/** One thing that is due at a moment. */
export interface Timer {
  readonly kind: TimerKind
  readonly id: string
  readonly due: number
}

/** Timers as data: one per kind and id, the earliest first; those due together in the order of their setting. */
export interface TimerQueue {
  /** Sets or moves a timer; `undefined` removes it. */
  set(kind: TimerKind, id: string, due: number | undefined): void
  /** When the earliest is due. */
  next(): number | undefined
  /** Takes the earliest out when it is due by then. */
  take(until: number): Timer | undefined
}

interface Entry extends Timer {
  readonly order: number
}

const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

/** A binary heap. Moved and removed timers stay in it until they surface or outnumber the others. */
export function createTimerQueue(): TimerQueue {
  const current = new Map<string, Entry>()
  let heap: Entry[] = []
  let order = 0
  const key = (kind: TimerKind, id: string): string => `${kind}:${id}`
  const isCurrent = (entry: Entry): boolean => current.get(key(entry.kind, entry.id)) === entry

  const head = (): Entry | undefined => {
    while (heap[0] !== undefined && !isCurrent(heap[0])) removeHead(heap)
    return heap[0]
  }

  return {
    set: (kind, id, due) => {
      const known = current.get(key(kind, id))
      if (known?.due === due) return
      current.delete(key(kind, id))
      if (due === undefined) return
      const entry = { kind, id, due, order: order++ }
      current.set(key(kind, id), entry)
      insert(heap, entry)
      // A sorted array is a heap.
      if (heap.length > 2 * current.size + 64) {
        heap = heap.filter(isCurrent).sort((a, b) => (before(a, b) ? -1 : 1))
      }
    },
    next: () => head()?.due,
    take: (until) => {
      const first = head()
      if (first === undefined || first.due > until) return undefined
      removeHead(heap)
      current.delete(key(first.kind, first.id))
      return { kind: first.kind, id: first.id, due: first.due }
    },
  }
}

function insert(heap: Entry[], entry: Entry): void {
  let at = heap.length
  heap.push(entry)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent]
    if (above === undefined || !before(entry, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = entry
}

function removeHead(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    let lower = heap[child]
    const right = heap[child + 1]
    if (right !== undefined && lower !== undefined && before(right, lower)) {
      child += 1
      lower = right
    }
    if (lower === undefined || !before(lower, last)) break
    heap[at] = lower
    at = child
  }
  heap[at] = last
}
