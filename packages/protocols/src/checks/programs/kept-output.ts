/** The beginning of an output, and how long it was. */
export interface KeptOutput {
  readonly max: number
  readonly total: number
  take(chunk: Buffer): void
  bytes(): Buffer
}

export function createKeptOutput(max: number): KeptOutput {
  const chunks: Buffer[] = []
  let total = 0
  return {
    max,
    get total() {
      return total
    },
    take(chunk) {
      if (total < max) chunks.push(chunk.subarray(0, max - total))
      total += chunk.length
    },
    bytes: () => Buffer.concat(chunks),
  }
}
