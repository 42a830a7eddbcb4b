/** The types of records that can be asked for, and their numbers. */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  CAA: 257,
} as const

/** A type of records, by its name. */
export type DnsRecordType = keyof typeof recordTypes

const responseCodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
] as const

/** What a server says of a question as a whole. */
export type DnsResponseCode = (typeof responseCodes)[number] | `RCODE${number}`

/** The name of a response code. */
export const responseCodeOf = (code: number): DnsResponseCode => responseCodes[code] ?? `RCODE${code}`

/** Whether a text is the name of a response code. */
export const isResponseCode = (value: unknown): value is DnsResponseCode =>
  (responseCodes as readonly unknown[]).includes(value)
