import { BadDnsMessage, decodeName } from './domain-name.ts'
import { readRecordData, type SoaFields } from './record-data.ts'
import { type DnsResponseCode, recordTypes, responseCodeOf } from './record-types.ts'

const headerBytes = 12
const classInternet = 1

/** Bytes of a datagram that no network on the way cuts; the recommendation of DNS Flag Day 2020. */
const maxDatagramBytes = 1232
const optionsType = 41
const dnssecOk = 0x8000

/** Most records of an answer that are read: a datagram can have thousands, each with a name of 255 bytes. */
export const maxRecords = 500

/** What is asked. */
export interface DnsQuestion {
  /** The name, encoded. */
  readonly name: Uint8Array
  /** Number of the type of records. */
  readonly type: number
  /** Whether the server shall ask others. */
  readonly recursion: boolean
  /** What the question says of the one who asks, by EDNS (RFC 6891); nothing where it is left out. */
  readonly extension?: DnsExtension | undefined
}

/** What a question says of the one who asks. */
interface DnsExtension {
  /** Whether the server shall tell what it knows by DNSSEC. */
  readonly dnssec: boolean
}

/** One record of an answer: of the type that was asked for, or a `CNAME` on the way to it. */
export interface DnsRecord {
  readonly name: string
  readonly type: number
  /** How long it holds, s. */
  readonly ttl: number
  readonly text: string
  readonly soa?: SoaFields
}

/** The answer to a question. */
export interface DnsAnswer {
  readonly code: DnsResponseCode
  readonly authoritative: boolean
  /** Whether the server has found by DNSSEC that it is true. */
  readonly authenticated: boolean
  /** Whether there is more than a datagram holds. */
  readonly truncated: boolean
  /** Whether there are more records than are read. */
  readonly cut: boolean
  readonly records: readonly DnsRecord[]
}

/** A question as a message; RFC 1035 section 4. */
export function encodeQuestion(id: number, { name, type, recursion, extension }: DnsQuestion): Buffer {
  const message = Buffer.alloc(headerBytes + name.length + 4)
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE(recursion ? 0x0100 : 0, 2)
  message.writeUInt16BE(1, 4)
  message.set(name, headerBytes)
  message.writeUInt16BE(type, headerBytes + name.length)
  message.writeUInt16BE(classInternet, headerBytes + name.length + 2)
  if (extension === undefined) return message
  message.writeUInt16BE(1, 10)
  return Buffer.concat([message, encodeExtension(extension)])
}

/** The record of EDNS, whose name is the root. The codes that it adds to those of an answer are for what is not asked here. */
function encodeExtension({ dnssec }: DnsExtension): Buffer {
  const record = Buffer.alloc(11)
  record.writeUInt16BE(optionsType, 1)
  record.writeUInt16BE(maxDatagramBytes, 3)
  record.writeUInt16BE(dnssec ? dnssecOk : 0, 7)
  return record
}

/** The answer in a message; `undefined` where it is one to something else. Throws a {@link BadDnsMessage} where it is malformed. */
export function decodeAnswer(message: Buffer, id: number, question: DnsQuestion): DnsAnswer | undefined {
  if (message.length < headerBytes || message.readUInt16BE(0) !== id) return undefined
  const flags = message.readUInt16BE(2)
  const isAnswer = flags >= 0x8000
  const operation = (flags >> 11) & 0xf
  if (!isAnswer || operation !== 0) return undefined
  const code = responseCodeOf(flags & 0xf)
  const authoritative = (flags & 0x0400) !== 0
  const authenticated = (flags & 0x0020) !== 0
  const truncated = (flags & 0x0200) !== 0
  const questions = message.readUInt16BE(4)
  // Some leave the question out where they do not understand it.
  if (questions === 0 && code !== 'NOERROR')
    return { code, authoritative, authenticated, truncated, cut: false, records: [] }
  const from = headerBytes + question.name.length + 4
  if (questions !== 1 || !repeats(message, question)) return undefined
  const count = message.readUInt16BE(6)
  return {
    code,
    authoritative,
    authenticated,
    truncated,
    cut: !truncated && count > maxRecords,
    // What is cut off is asked for again.
    records: truncated ? [] : readRecords(message, from, Math.min(count, maxRecords), question.type),
  }
}

/** Whether a message repeats the question; letters may come in another case. */
function repeats(message: Buffer, { name, type }: DnsQuestion): boolean {
  const end = headerBytes + name.length
  return (
    message.length >= end + 4 &&
    lowerCase(message.subarray(headerBytes, end)) === lowerCase(Buffer.from(name)) &&
    message.readUInt16BE(end) === type &&
    message.readUInt16BE(end + 2) === classInternet
  )
}

const lowerCase = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase())

function readRecords(message: Buffer, from: number, count: number, wanted: number): DnsRecord[] {
  const records: DnsRecord[] = []
  let at = from
  for (let index = 0; index < count; index += 1) {
    const [name, fields] = decodeName(message, at)
    const start = fields + 10
    if (start > message.length) throw new BadDnsMessage('a record goes beyond the end')
    const type = message.readUInt16BE(fields)
    at = start + message.readUInt16BE(fields + 8)
    if (at > message.length) throw new BadDnsMessage('a record goes beyond the end')
    if (message.readUInt16BE(fields + 2) !== classInternet) continue
    if (type !== wanted && type !== recordTypes.CNAME) continue
    // The first bit means nothing; RFC 2181 section 8.
    const ttl = message.readUInt32BE(fields + 4)
    records.push({
      name,
      type,
      ttl: ttl >= 2 ** 31 ? 0 : ttl,
      ...readRecordData(message, type, start, at),
    })
  }
  return records
}
