/** What a certificate revocation list says, as far as links need it (RFC 5280, section 5.1). */
export interface RevocationList {
  /** From when on it is too old, ms since the Unix epoch; `undefined` where it does not say. */
  readonly expiresAt: number | undefined
  /** Serial numbers that are revoked, in upper-case hexadecimal digits, as of `X509Certificate.serialNumber`. */
  readonly serials: ReadonlySet<string>
}

interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

const sequence = 0x30
const integer = 0x02
const utcTime = 0x17
const generalizedTime = 0x18
const isTime = (element: Element | undefined): element is Element =>
  element?.tag === utcTime || element?.tag === generalizedTime

const block = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g

/** All lists of a text of PEM. Throws an `Error` where there is none, or one cannot be read. */
export function readRevocationLists(pem: string): readonly RevocationList[] {
  const lists = [...pem.matchAll(block)].map(([, body = '']) => readList(Buffer.from(body, 'base64')))
  if (lists.length === 0) throw new Error('it holds no block "X509 CRL"')
  return lists
}

function readList(bytes: Uint8Array): RevocationList {
  const [outer] = elements(bytes)
  const [signed] = elements(outer?.content)
  const fields = elements(signed?.content)
  // A version may stand first; then: signature, issuer, this update, next update (optional), revoked (optional).
  const from = fields[0]?.tag === integer ? 1 : 0
  const next = fields[from + 3]
  if (!isTime(fields[from + 2])) throw new Error('it is no certificate revocation list')
  const revoked = isTime(next) ? fields[from + 4] : next
  const serials = revoked?.tag === sequence ? elements(revoked.content).map(serialOf) : []
  return { expiresAt: isTime(next) ? timeOf(next) : undefined, serials: new Set(serials) }
}

const serialOf = ({ content }: Element): string =>
  Buffer.from(elements(content)[0]?.content ?? [])
    .toString('hex')
    .replace(/^(00)+(?=..)/, '')
    .toUpperCase()

/** Elements of DER, one behind the other. */
function elements(bytes: Uint8Array = new Uint8Array(0)): readonly Element[] {
  const found: Element[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0
    let length = bytes[at + 1] ?? 0
    at += 2
    if (length > 0x80) {
      const width = length - 0x80
      length = 0
      for (let index = 0; index < width; index += 1) length = length * 256 + (bytes[at + index] ?? 0)
      at += width
    }
    if (at + length > bytes.length) throw new Error('it ends too early')
    found.push({ tag, content: bytes.subarray(at, at + length) })
    at += length
  }
  return found
}

/** `YYMMDDHHMMSSZ` of the years 1950 to 2049, or with four digits of the year. */
function timeOf({ tag, content }: Element): number {
  const text = Buffer.from(content).toString('latin1')
  const digits = tag === utcTime ? `${text.startsWith('5') || text > '6' ? '19' : '20'}${text}` : text
  const [, date = '', time = ''] = /^(\d{8})(\d{6})Z$/.exec(digits) ?? []
  const parts = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].join('-')
  return Date.parse(`${parts}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4, 6)}Z`)
}
