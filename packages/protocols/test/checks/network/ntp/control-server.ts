/** What a fragment says of itself; the rest is as in the question that it answers. */
export interface Fragment {
  readonly offset?: number
  readonly count?: number
  readonly hasMore?: boolean
  readonly error?: number
  readonly sequence?: number
}

/** A fragment of an answer to a question of mode 6, as a server sends it. */
export function fragmentOf(question: Buffer, data: Uint8Array, fragment: Fragment = {}): Buffer {
  const { offset = 0, count = data.length, hasMore = false, error, sequence } = fragment
  const packet = Buffer.alloc(12 + Math.ceil(data.length / 4) * 4)
  question.copy(packet, 0, 0, 8)
  packet[1] = 0x80 | (error === undefined ? 0 : 0x40) | (hasMore ? 0x20 : 0) | (question[1] ?? 0)
  if (sequence !== undefined) packet.writeUInt16BE(sequence, 2)
  packet.writeUInt16BE((error ?? 0) << 8, 4)
  packet.writeUInt16BE(offset, 8)
  packet.writeUInt16BE(count, 10)
  packet.set(data, 12)
  return packet
}

/** An answer in fragments of a size. */
export function fragmentsOf(question: Buffer, data: Uint8Array, size = 468): Buffer[] {
  const starts = Array.from({ length: Math.max(1, Math.ceil(data.length / size)) }, (_, at) => at * size)
  return starts.map((offset) =>
    fragmentOf(question, data.subarray(offset, offset + size), {
      offset,
      hasMore: offset + size < data.length,
    }),
  )
}

/** The status of peers: number and place of each in the choice. */
export const statusOf = (peers: readonly (readonly [association: number, selection: number])[]): Buffer =>
  Buffer.concat(
    peers.map(([association, selection]) => {
      const pair = Buffer.of(0, 0, 0x90 | selection, 0x1a)
      pair.writeUInt16BE(association)
      return pair
    }),
  )
