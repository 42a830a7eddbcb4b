/** What can be asked by mode 6 of NTP; RFC 9327 section 2. */
export const controlOperations = { readStatus: 1, readVariables: 2 } as const

/** One question of mode 6. */
export interface ControlQuestion {
  readonly operation: (typeof controlOperations)[keyof typeof controlOperations]
  /** What the answer must repeat. */
  readonly sequence: number
  /** Number of a peer; 0 for the server itself. */
  readonly association: number
}

/** An answer of which nothing can be made, or that is a refusal. */
export class BadControlMessage extends Error {
  override readonly name = 'BadControlMessage'
}

/** Puts an answer together from its fragments, which come in any order. */
export interface ControlAssembly {
  /** The whole answer, when this was the last fragment that was missing. Throws a {@link BadControlMessage}. */
  take(packet: Buffer): Buffer | undefined
}

const headerBytes = 12
/** Version 2, as ntpq asks: all servers answer it. */
const version2Control = 0x16
const modeControl = 6
const isResponse = 0x80
const isError = 0x40
const isMore = 0x20
const operationMask = 0x1f

/** Most bytes of an answer, and most fragments; as ntpq has them. */
const maxAnswerBytes = 15_360
const maxFragments = 32

const refusals = [
  'for no reason that it tells',
  'without authentication',
  'since it takes the question to be malformed',
  'since it does not know what was asked',
  'since it does not know the peer any more',
  'since it does not know a variable',
  'since it takes a value to be wrong',
  'since it is not allowed',
]

/** A question without data. */
export function encodeControlQuestion({ operation, sequence, association }: ControlQuestion): Buffer {
  const packet = Buffer.alloc(headerBytes)
  packet[0] = version2Control
  packet[1] = operation
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt16BE(association, 6)
  return packet
}

export function createControlAssembly({
  operation,
  sequence,
  association,
}: ControlQuestion): ControlAssembly {
  const fragments = new Map<number, Buffer>()
  let bytes = 0
  let total: number | undefined

  const isOurs = (packet: Buffer): boolean =>
    packet.length >= headerBytes &&
    (packet.readUInt8(0) & 7) === modeControl &&
    (packet.readUInt8(1) & (isResponse | operationMask)) === (isResponse | operation) &&
    packet.readUInt16BE(2) === sequence &&
    packet.readUInt16BE(6) === association

  const add = (start: number, data: Buffer): void => {
    const end = start + data.length
    for (const [otherStart, other] of fragments)
      if (start === otherStart || (start < otherStart + other.length && otherStart < end))
        throw new BadControlMessage('its fragments overlap')
    if (end > maxAnswerBytes || fragments.size === maxFragments)
      throw new BadControlMessage(`it has more than ${maxAnswerBytes} bytes, or ${maxFragments} fragments`)
    fragments.set(start, data)
    bytes += data.length
  }

  return {
    take(packet) {
      if (!isOurs(packet)) return undefined
      const flags = packet.readUInt8(1)
      if ((flags & isError) !== 0)
        throw new BadControlMessage(`it is refused ${refusals[packet.readUInt8(4)] ?? refusals[0]}`)
      const start = packet.readUInt16BE(8)
      const count = packet.readUInt16BE(10)
      if (headerBytes + count > packet.length) throw new BadControlMessage('a fragment is cut off')
      const hasMore = (flags & isMore) !== 0
      if (hasMore && count === 0) throw new BadControlMessage('a fragment is empty')
      const data = packet.subarray(headerBytes, headerBytes + count)
      // One that the network has doubled.
      if (fragments.get(start)?.equals(data) === true) return undefined
      add(start, data)
      if (!hasMore) {
        if (total !== undefined) throw new BadControlMessage('it has two ends')
        total = start + count
      }
      if (total === undefined) return undefined
      const end = total
      const inOrder = [...fragments].sort(([one], [other]) => one - other)
      if (inOrder.some(([at, fragment]) => at + fragment.length > end))
        throw new BadControlMessage('a fragment is beyond its end')
      // None overlaps another, so that there is no hole either.
      if (bytes < end) return undefined
      return Buffer.concat(inOrder.map(([, fragment]) => fragment))
    },
  }
}
