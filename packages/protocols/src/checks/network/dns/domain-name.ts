/** Longest name on the wire, with its ends; RFC 1035 section 2.3.4. */
const maxNameBytes = 255
const maxLabelBytes = 63

const dot = 0x2e
const backslash = 0x5c

/** A message that is none. */
export class BadDnsMessage extends Error {
  override readonly name = 'BadDnsMessage'
}

/** A name as bytes, or a sentence why it is none. Escapes are those of zone files: `\.` and `\DDD`. */
export function encodeName(name: string): Uint8Array | string {
  const labels: number[][] = [[]]
  const plain = Buffer.from(name === '.' ? '' : name)
  for (let at = 0; at < plain.length; at += 1) {
    const byte = plain[at] ?? 0
    if (byte === dot) labels.push([])
    else if (byte !== backslash) labels.at(-1)?.push(byte)
    else {
      const [, escaped = ''] = /^\\(\d{3}|[^\d])/.exec(plain.toString('latin1', at, at + 4)) ?? []
      const code = escaped.length === 3 ? Number(escaped) : escaped.charCodeAt(0)
      if (escaped === '' || code > 255) return 'a name whose backslashes stand before a character or 3 digits'
      labels.at(-1)?.push(code)
      at += escaped.length
    }
  }
  if (labels.at(-1)?.length === 0) labels.pop()
  if (labels.some(({ length }) => length === 0)) return 'a name without empty parts'
  if (labels.some(({ length }) => length > maxLabelBytes)) return 'a name with parts of at most 63 bytes'
  const bytes = Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0])
  return bytes.length > maxNameBytes ? 'a name of at most 255 bytes' : bytes
}

/** A name in a message, without the dot at its end, and where what follows it begins. */
export function decodeName(message: Buffer, start: number): readonly [name: string, end: number] {
  const labels: string[] = []
  let length = 1
  let end: number | undefined
  let at = start
  // Each jump leads before the one before, so that none leads in a circle.
  let before = start
  for (;;) {
    const size = message[at]
    if (size === undefined) throw new BadDnsMessage('a name goes beyond the end')
    if (size === 0) return [labels.length === 0 ? '.' : labels.join('.'), end ?? at + 1]
    if (size >= 0xc0) {
      const low = message[at + 1]
      if (low === undefined) throw new BadDnsMessage('a name goes beyond the end')
      end ??= at + 2
      at = ((size & 0x3f) << 8) | low
      if (at >= before) throw new BadDnsMessage('a name refers to what is not before it')
      before = at
      continue
    }
    if (size > maxLabelBytes) throw new BadDnsMessage('a name has a part of an unknown kind')
    length += 1 + size
    if (length > maxNameBytes) throw new BadDnsMessage('a name has more than 255 bytes')
    if (at + 1 + size > message.length) throw new BadDnsMessage('a name goes beyond the end')
    labels.push(shown(message.subarray(at + 1, at + 1 + size)))
    at += 1 + size
  }
}

/** A label as in a zone file, so that no other one looks like it. */
function shown(label: Buffer): string {
  let text = ''
  for (const byte of label) {
    if (byte === dot || byte === backslash) text += `\\${String.fromCharCode(byte)}`
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else text += `\\${String(byte).padStart(3, '0')}`
  }
  return text
}

/** The name by which the host of an address is asked for. */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const { hostname } = new URL(`http://[${address}]`)
  const [left = '', right] = hostname.slice(1, -1).split('::')
  const parts = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [first, last] = [parts(left), parts(right ?? '')]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  const digits = [...first, ...zeros, ...last].map((part) => part.padStart(4, '0')).join('')
  return `${Array.from(digits).reverse().join('.')}.ip6.arpa`
}
