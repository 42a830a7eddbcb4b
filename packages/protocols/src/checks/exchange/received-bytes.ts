/** Bytes that came and were not taken yet. What is found and taken costs as much as it is long, however it was cut. */
export interface ReceivedBytes {
  readonly length: number
  append(chunk: Uint8Array): void
  /** Where a sequence begins, not before `from`; below 0 where it does not. */
  find(sequence: Uint8Array, from: number): number
  /** Takes the first bytes, as a copy. */
  take(count: number): Buffer
}

const firstCapacity = 1024

export function createReceivedBytes(): ReceivedBytes {
  let buffer = Buffer.alloc(0)
  let start = 0
  let end = 0
  const makeRoom = (count: number): void => {
    if (end + count <= buffer.length) return
    const length = end - start
    // At most half is kept, so that each byte is moved once on average.
    const room = Math.max(buffer.length, firstCapacity)
    const larger = Buffer.allocUnsafeSlow(length + count <= room / 2 ? room : 2 * (length + count))
    buffer.copy(larger, 0, start, end)
    buffer = larger
    start = 0
    end = length
  }
  return {
    get length() {
      return end - start
    },
    append(chunk) {
      makeRoom(chunk.length)
      buffer.set(chunk, end)
      end += chunk.length
    },
    find: (sequence, from) => buffer.subarray(start, end).indexOf(sequence, from),
    take(count) {
      const taken = Buffer.from(buffer.subarray(start, Math.min(start + count, end)))
      start = Math.min(start + count, end)
      if (start === end) start = end = 0
      return taken
    },
  }
}
