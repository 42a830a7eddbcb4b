import { ber, berTags } from './ber.ts'

/** Tags of filters (RFC 4511 section 4.5.1). */
const tags = {
  '&': 0xa0,
  '|': 0xa1,
  '!': 0xa2,
  '=': 0xa3,
  substrings: 0xa4,
  '>=': 0xa5,
  '<=': 0xa6,
  present: 0x87,
  '~=': 0xa8,
  extensible: 0xa9,
} as const

/** Filters in filters; those of people have some. */
const maxDepth = 32

/** A filter as people write it (RFC 4515), in BER; `undefined` where it is none. */
export function ldapFilter(text: string): Buffer | undefined {
  const read = readFilter(text, 0, 0)
  return read?.end === text.length ? read.filter : undefined
}

interface Read {
  readonly filter: Buffer
  readonly end: number
}

function readFilter(text: string, start: number, depth: number): Read | undefined {
  if (text[start] !== '(' || depth > maxDepth) return undefined
  const sign = text[start + 1]
  if (sign !== '&' && sign !== '|' && sign !== '!') {
    const end = text.indexOf(')', start)
    const filter = end < 0 ? undefined : readItem(text.slice(start + 1, end))
    return filter && { filter, end: end + 1 }
  }
  const filters: Buffer[] = []
  let at = start + 2
  while (text[at] === '(') {
    const read = readFilter(text, at, depth + 1)
    if (read === undefined) return undefined
    filters.push(read.filter)
    at = read.end
  }
  if (text[at] !== ')' || (sign === '!' && filters.length !== 1)) return undefined
  return { filter: ber(tags[sign], ...filters), end: at + 1 }
}

function readItem(item: string): Buffer | undefined {
  const [, left = '', sign = '', right = ''] = /^([\w.;:-]*?)(:=|>=|<=|~=|=)([^()]*)$/s.exec(item) ?? []
  if (sign === ':=') return extensible(left, right)
  if (!/^[\w.;-]+$/.test(left)) return undefined
  if (sign === '=' && right === '*') return ber(tags.present, left)
  const parts = right.split('*').map(unescaped)
  if (parts.includes(undefined)) return undefined
  const values = parts as readonly Buffer[]
  const attribute = ber(berTags.octets, left)
  if (values.length === 1) return ber(tags[sign as '='], attribute, ber(berTags.octets, ...values))
  if (sign !== '=') return undefined
  // The first and the last may be empty: then anything may begin or end it.
  const last = values.length - 1
  const pieces = values
    .map((value, at) => ber(at === 0 ? 0x80 : at === last ? 0x82 : 0x81, value))
    .filter((piece) => piece.length > 2)
  return pieces.length === 0 ? undefined : ber(tags.substrings, attribute, ber(berTags.sequence, ...pieces))
}

/** As `memberOf:1.2.840.113556.1.4.1941:=…`, which servers of Microsoft know. */
function extensible(left: string, right: string): Buffer | undefined {
  const [, type = '', dn, rule] = /^([\w.;-]*)(:dn)?(?::([\w.-]+))?$/.exec(left) ?? []
  const value = unescaped(right)
  if (value === undefined || (type === '' && rule === undefined)) return undefined
  return ber(
    tags.extensible,
    ...(rule === undefined ? [] : [ber(0x81, rule)]),
    ...(type === '' ? [] : [ber(0x82, type)]),
    ber(0x83, value),
    ...(dn === undefined ? [] : [ber(0x84, Buffer.of(0xff))]),
  )
}

/** A value, in which `\2a` stands for the byte of that number. */
function unescaped(value: string): Buffer | undefined {
  if (/\\(?![0-9a-f]{2})/i.test(value)) return undefined
  const parts = value.split(/\\([0-9a-f]{2})/i)
  return Buffer.concat(parts.map((part, at) => Buffer.from(part, at % 2 === 1 ? 'hex' : 'utf8')))
}
