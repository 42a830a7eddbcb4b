/** What a part of a packet is: a number of two bytes, followed by the length of the part, header and all. */
export const part = {
  host: 0,
  time: 1,
  plugin: 2,
  pluginInstance: 3,
  type: 4,
  typeInstance: 5,
  values: 6,
  interval: 7,
  timeHighResolution: 8,
  intervalHighResolution: 9,
  message: 0x100,
  severity: 0x101,
  signature: 0x200,
  encryption: 0x210,
} as const

/** Of the header that each part has. */
export const headerBytes = 4
/** Of a header and a number of 64 bits. */
export const numberPartBytes: number = headerBytes + 8

const maxTime = 8.64e15

/** A packet, to read numbers from. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/**
 * Calls for each whole part, until that says no; gives the offset behind the last one. A part that is shorter than its header or longer
 * than the packet ends it, for nobody knows where the next one begins.
 */
export function walkParts(
  view: DataView,
  visit: (type: number, start: number, end: number) => boolean,
): number {
  let at = 0
  while (at + headerBytes <= view.byteLength) {
    const length = view.getUint16(at + 2)
    const end = at + length
    if (length < headerBytes || end > view.byteLength) return at
    if (!visit(view.getUint16(at), at, end)) return end
    at = end
  }
  return at
}

/** The time in a part of seconds, or of 2^-30 seconds: ms since the Unix epoch, to the microsecond; NaN where it is none. */
export function readTime(view: DataView, type: number, start: number): number {
  const high = view.getUint32(start + headerBytes)
  const low = view.getUint32(start + headerBytes + 4)
  const time =
    type === part.time
      ? (high * 2 ** 32 + low) * 1000
      : // 2^32 of them are four seconds.
        Math.round((high * 4000 + (low * 1000) / 2 ** 30) * 1000) / 1000
  return time > 0 && time <= maxTime ? time : Number.NaN
}
