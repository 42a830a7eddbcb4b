/** Writes a whole number from 0 to 2^53 - 1 as eight bytes, little-endian. */
export function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true)
}

/** Reads what {@link writeU64} wrote; `NaN` above 2^53 - 1. */
export function readU64(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true)
  return high > 0x1f_ffff ? Number.NaN : high * 0x1_0000_0000 + view.getUint32(at, true)
}

/** Whether it can be a journal's id: a UUID in lower case. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** A journal's id as 16 bytes. */
export const uuidToBytes = (journalId: string): Uint8Array =>
  Buffer.from(journalId.replaceAll('-', ''), 'hex')

/** What {@link uuidToBytes} made bytes of. */
export const uuidFromBytes = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
