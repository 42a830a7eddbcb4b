import { crc32 } from 'node:zlib'

/** Versions of the packets of NRPE. */
export type NrpeVersion = 2 | 3 | 4

/** What a daemon of NRPE answers. */
export interface NrpeAnswer {
  /** The exit code of its plugin. */
  readonly exitCode: number
  /** What its plugin printed. */
  readonly output: Buffer
}

/** Reads so many bytes. */
export type ReadBytes = (count: number) => Promise<Buffer>

const query = 1
const response = 2

/** Places of the fields: version, type, CRC and exit code, and from version 3 on an alignment and the length of the text. */
const crcAt = 4
const exitCodeAt = 8
const lengthAt = 12
const headerBytes = { 2: 10, 3: 16, 4: 16 } as const

/** The text of version 2 with its end, and what the compiler put behind it. */
const textBytes2 = 1024
const padding = { 2: 2, 3: 3, 4: 0 } as const

/** Most bytes of a text with its end, from version 3 on. */
const maxTextBytes = 65_536

/** Most bytes of a query. */
export const maxQueryBytes = (version: NrpeVersion): number => (version === 2 ? textBytes2 : maxTextBytes) - 1

/** A packet that asks for a command; it fits {@link maxQueryBytes}. */
export function nrpeQuery(version: NrpeVersion, command: string): Buffer {
  const text = Buffer.from(command)
  const room = version === 2 ? textBytes2 : text.length + 1
  const header = headerBytes[version]
  const packet = Buffer.alloc(header + room + padding[version])
  packet.writeInt16BE(version, 0)
  packet.writeInt16BE(query, 2)
  if (version !== 2) packet.writeInt32BE(room, lengthAt)
  packet.set(text, header)
  packet.writeUInt32BE(crc32(packet), crcAt)
  return packet
}

/** Reads a packet that answers, of which the first bytes are there; a sentence where what came is none. */
export async function readNrpeAnswer(first: Buffer, read: ReadBytes): Promise<NrpeAnswer | string> {
  const start = Buffer.concat([first, await read(headerBytes[2] - first.length)])
  const version = start.readInt16BE(0)
  if (version !== 2 && version !== 3 && version !== 4) return 'expected an answer of NRPE, got another'
  const header = version === 2 ? start : Buffer.concat([start, await read(headerBytes[3] - start.length)])
  if (header.readInt16BE(2) !== response) return 'it sent a packet of NRPE that is no answer'
  const length = version === 2 ? textBytes2 : header.readInt32BE(lengthAt)
  if (length < 1 || length > maxTextBytes) return `it announced a text of ${length} bytes`
  const packet = Buffer.concat([header, await read(length + padding[version])])
  const crc = packet.readUInt32BE(crcAt)
  packet.writeUInt32BE(0, crcAt)
  if (crc32(packet) !== crc) return 'its answer was damaged: the checksum does not match'
  const text = packet.subarray(header.length, header.length + length)
  const end = text.indexOf(0)
  return { exitCode: header.readInt16BE(exitCodeAt), output: end < 0 ? text : text.subarray(0, end) }
}
