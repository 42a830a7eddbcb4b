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
  /** Moved, removed or taken: it stays in the heap until it surfaces or such ones outnumber the others. */
  isGone: boolean
}

const isBefore = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

/** A binary heap. */
export function createTimerQueue(): TimerQueue {
  const current = new Map<TimerKind, Map<string, Entry>>()
  let heap: Entry[] = []
  let order = 0
  let size = 0

  const head = (): Entry | undefined => {
    while (heap[0]?.isGone === true) removeHead(heap)
    return heap[0]
  }
  const forget = (entry: Entry): void => {
    entry.isGone = true
    size -= 1
    current.get(entry.kind)?.delete(entry.id)
  }

  return {
    set: (kind, id, due) => {
      let known = current.get(kind)
      const before = known?.get(id)
      if (before?.due === due) return
      if (before !== undefined) forget(before)
      if (due === undefined) return
      if (known === undefined) {
        known = new Map<string, Entry>()
        current.set(kind, known)
      }
      const entry = { kind, id, due, order: order++, isGone: false }
      known.set(id, entry)
      size += 1
      insert(heap, entry)
      // A sorted array is a heap.
      if (heap.length > 2 * size + 64) {
        heap = heap.filter(({ isGone }) => !isGone).sort((a, b) => (isBefore(a, b) ? -1 : 1))
      }
    },
    next: () => head()?.due,
    take: (until) => {
      const first = head()
      if (first === undefined || first.due > until) return undefined
      removeHead(heap)
      forget(first)
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
    if (above === undefined || !isBefore(entry, above)) break
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
    if (right !== undefined && lower !== undefined && isBefore(right, lower)) {
      child += 1
      lower = right
    }
    if (lower === undefined || !isBefore(lower, last)) break
    heap[at] = lower
    at = child
  }
  heap[at] = last
}
