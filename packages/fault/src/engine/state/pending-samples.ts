import type { FaultInput } from '../../model/fault-input.ts'

/** A sample that is held back: monitor's time, and the number of its arrival. */
export interface PendingSample {
  readonly sample: FaultInput
  readonly time: number
  readonly number: number
}

/** Samples held back to be put in order of time, and then of arrival: a binary heap. */
export class PendingSamples {
  readonly #heap: PendingSample[] = []
  #arrived = 0

  get size(): number {
    return this.#heap.length
  }

  /** The time of the first; Infinity where there is none. */
  get first(): number {
    return this.#heap[0]?.time ?? Infinity
  }

  /** In order, for a snapshot. */
  all(): readonly PendingSample[] {
    return this.#heap.toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  push(sample: FaultInput, time: number): void {
    const heap = this.#heap
    const one = { sample, time, number: this.#arrived }
    this.#arrived += 1
    let place = heap.push(one) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(one, parent)) break
      heap[place] = parent
      place = above
    }
    heap[place] = one
  }

  pop(): PendingSample | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const right = heap[left + 1]
      let child = heap[left]
      if (child === undefined) break
      const goesRight = right !== undefined && isBefore(right, child)
      if (goesRight) child = right
      if (!isBefore(child, last)) break
      heap[place] = child
      place = goesRight ? left + 1 : left
    }
    heap[place] = last
    return first
  }
}

const isBefore = (a: PendingSample, b: PendingSample): boolean =>
  a.time < b.time || (a.time === b.time && a.number < b.number)
