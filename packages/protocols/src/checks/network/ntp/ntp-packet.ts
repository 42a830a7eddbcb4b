/** An answer of a time server; RFC 5905 section 7.3. Times are seconds. */
export interface NtpAnswer {
  /** 0 to 2; 3 where the server does not know the time. */
  readonly leap: number
  readonly stratum: number
  /** Power of two, s. */
  readonly poll: number
  /** Power of two, s. */
  readonly precision: number
  readonly rootDelay: number
  readonly rootDispersion: number
  /** What the server follows; of a stratum of 0 the word of its refusal, which is one of four letters. */
  readonly reference: Buffer
  /** When the question came and the answer went, ms since the Unix epoch by the clock of the server. */
  readonly receivedAt: number
  readonly sentAt: number
}

const packetBytes = 48
const version4Client = 0x23
const modeServer = 4

/** A question. It shows nothing of this side's clock: in place of its time it has a random number, which the answer must repeat. */
export function encodeNtpQuestion(nonce: Uint8Array): Buffer {
  const packet = Buffer.alloc(packetBytes)
  packet[0] = version4Client
  packet.set(nonce, 40)
  return packet
}

/** The answer in a packet; `undefined` where it is none to this question. */
export function decodeNtpAnswer(packet: Buffer, nonce: Uint8Array, now: number): NtpAnswer | undefined {
  if (packet.length < packetBytes || ((packet[0] ?? 0) & 7) !== modeServer) return undefined
  if (!packet.subarray(24, 32).equals(nonce)) return undefined
  return {
    leap: (packet[0] ?? 0) >> 6,
    stratum: packet.readUInt8(1),
    poll: packet.readInt8(2),
    precision: packet.readInt8(3),
    rootDelay: packet.readInt32BE(4) / 2 ** 16,
    rootDispersion: packet.readUInt32BE(8) / 2 ** 16,
    reference: Buffer.from(packet.subarray(12, 16)),
    receivedAt: readTime(packet, 32, now),
    sentAt: readTime(packet, 40, now),
  }
}

const eraMs = 2 ** 32 * 1000
const secondsFrom1900 = 2_208_988_800

const readTime = (packet: Buffer, at: number, now: number): number =>
  timeOf(packet.readUInt32BE(at), packet.readUInt32BE(at + 4), now)

/** A time of 64 bits, which come again every 136 years: the one that is next to now, ms since the Unix epoch. */
export function timeOf(seconds: number, fraction: number, now: number): number {
  const time = (seconds - secondsFrom1900 + fraction / 2 ** 32) * 1000
  return time + Math.round((now - time) / eraMs) * eraMs
}
