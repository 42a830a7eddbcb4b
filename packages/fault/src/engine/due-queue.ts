import type { Instance } from './instance.ts'

/** The instances whose silence must be looked at, the earliest first; a binary heap. */
export interface DueQueue {
  /** Looks at an instance at this time; an earlier look that is planned already stays, a later one is forgotten. */
  plan(instance: Instance, at: number): void
  /** When the first is due; Infinity when none is. */
  peek(): number
  /** Takes out the first, by time and then in order of creation. `undefined` for a look that was forgotten. */
  pop(): Instance | undefined
}

interface Look {
  readonly at: number
  readonly instance: Instance
}

const isBefore = (a: Look, b: Look): boolean =>
  a.at < b.at || (a.at === b.at && a.instance.ordinal < b.instance.ordinal)

/** Creates an empty queue. */
export function createDueQueue(): DueQueue {
  const heap: Look[] = []
  return {
    plan: (instance, at) => {
      if (at >= instance.wakeAt) return
      instance.wakeAt = at
      heap.push({ at, instance })
      rise(heap)
    },
    peek: () => heap[0]?.at ?? Infinity,
    pop: () => {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined) return undefined
      if (heap.length > 0) sink(heap, last)
      if (first.instance.wakeAt !== first.at) return undefined
      first.instance.wakeAt = Infinity
      return first.instance
    },
  }
}

function rise(heap: Look[]): void {
  let at = heap.length - 1
  const look = heap[at]
  if (look === undefined) return
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(look, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = look
}

function sink(heap: Look[], look: Look): void {
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    const right = heap[2 * at + 2]
    if (left === undefined) break
    const goesRight = right !== undefined && isBefore(right, left)
    const child = goesRight ? right : left
    if (!isBefore(child, look)) break
    heap[at] = child
    at = 2 * at + (goesRight ? 2 : 1)
  }
  heap[at] = look
}
