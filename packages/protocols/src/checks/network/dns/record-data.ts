import { BadDnsMessage, decodeName } from './domain-name.ts'
import { recordTypes } from './record-types.ts'

/** The fields of a `SOA`, by the names that Circonus gives them. */
export interface SoaFields {
  readonly 'name-server': string
  readonly 'email-addr': string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expiry: number
  readonly minimum: number
}

/** What a record holds: as zone files write it, but for texts, which are put together. */
export interface RecordData {
  readonly text: string
  readonly soa?: SoaFields
}

/** Reads what a record holds. Throws a {@link BadDnsMessage} where it is not of its type. */
export function readRecordData(message: Buffer, type: number, start: number, end: number): RecordData {
  const need = (bytes: number): void => {
    if (end - start < bytes) throw new BadDnsMessage('a record is too short for its type')
  }
  const nameAt = (at: number): string => wholeName(message, at, end)
  switch (type) {
    case recordTypes.A:
      if (end - start !== 4) throw new BadDnsMessage('an address has another length than 4 bytes')
      return { text: message.subarray(start, end).join('.') }
    case recordTypes.AAAA:
      if (end - start !== 16) throw new BadDnsMessage('an address has another length than 16 bytes')
      return { text: plainAddress(message.subarray(start, end)) }
    case recordTypes.MX:
      need(3)
      return { text: `${message.readUInt16BE(start)} ${nameAt(start + 2)}` }
    case recordTypes.SRV:
      need(7)
      return {
        text: [0, 2, 4]
          .map((offset) => String(message.readUInt16BE(start + offset)))
          .concat(nameAt(start + 6))
          .join(' '),
      }
    case recordTypes.TXT:
      return { text: readTexts(message, start, end) }
    case recordTypes.CAA:
      return { text: readAuthorization(message, start, end) }
    case recordTypes.SOA:
      return readSoa(message, start, end)
    default:
      return { text: nameAt(start) }
  }
}

function wholeName(message: Buffer, start: number, end: number): string {
  const [name, after] = decodeName(message, start)
  if (after !== end) throw new BadDnsMessage('a name does not fill its record')
  return name
}

/** An address of IPv6 in its shortest form. */
function plainAddress(bytes: Buffer): string {
  const words = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16))
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1)
}

function readTexts(message: Buffer, start: number, end: number): string {
  const parts: Buffer[] = []
  for (let at = start; at < end;) {
    const next = at + 1 + (message[at] ?? 0)
    if (next > end) throw new BadDnsMessage('a text goes beyond its record')
    parts.push(message.subarray(at + 1, next))
    at = next
  }
  return Buffer.concat(parts).toString()
}

/** RFC 8659: flags, name of a property, its value. */
function readAuthorization(message: Buffer, start: number, end: number): string {
  const valueAt = start + 2 + (message[start + 1] ?? 0)
  if (end - start < 2 || valueAt > end) throw new BadDnsMessage('a property goes beyond its record')
  const name = message.toString('latin1', start + 2, valueAt)
  return `${message[start] ?? 0} ${name} "${message.toString('utf8', valueAt, end)}"`
}

function readSoa(message: Buffer, start: number, end: number): RecordData {
  const [server, afterServer] = decodeName(message, start)
  const [email, at] = decodeName(message, afterServer)
  if (at + 20 !== end) throw new BadDnsMessage('a start of authority has another length')
  const [serial = 0, refresh = 0, retry = 0, expiry = 0, minimum = 0] = [0, 4, 8, 12, 16].map((offset) =>
    message.readUInt32BE(at + offset),
  )
  return {
    text: [server, email, serial, refresh, retry, expiry, minimum].join(' '),
    soa: { 'name-server': server, 'email-addr': email, serial, refresh, retry, expiry, minimum },
  }
}
