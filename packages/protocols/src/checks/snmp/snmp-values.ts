import type { Findings } from '../findings.ts'
import { readNumber } from '../values/read-number.ts'
import type { SnmpObject } from './snmp-objects.ts'

/** An object and its value, as net-snmp gives them. */
export interface Varbind {
  readonly oid: string
  readonly type: number
  readonly value: unknown
}

/** Types of values, and in their place what says that there is none (RFC 3416 section 3). */
const types = {
  integer: 2,
  octetString: 4,
  oid: 6,
  ipAddress: 64,
  counter: 65,
  gauge: 66,
  timeTicks: 67,
  opaque: 68,
  counter64: 70,
} as const

type Value = number | bigint | string

/** Measures a value, and tells whether there is one. */
export function measureVarbind(
  found: Findings,
  metric: string,
  varbind: Varbind,
  kind: SnmpObject['kind'],
  tags: Readonly<Record<string, string>> = {},
): boolean {
  const value = valueOf(varbind)
  if (value === undefined) return false
  const isCounter = varbind.type === types.counter || varbind.type === types.counter64
  const wanted = kind ?? (typeof value === 'string' ? 'text' : isCounter ? 'counter' : 'gauge')
  if (wanted === 'text') {
    found.text(metric, String(value), tags)
    return true
  }
  const number = typeof value === 'string' ? numberOf(value) : value
  if (number === undefined) return false
  found[wanted](metric, number, tags)
  return true
}

/** The value as a text; `undefined` where there is none. */
export const textOf = (varbind: Varbind): string | undefined => {
  const value = valueOf(varbind)
  return value === undefined ? undefined : String(value)
}

function valueOf({ type, value }: Varbind): Value | undefined {
  switch (type) {
    case types.integer:
    case types.counter:
    case types.gauge:
    case types.timeTicks:
      return typeof value === 'number' ? value : undefined
    case types.counter64:
      // Of 8 bytes, and a zero before them where the first has its highest bit.
      return Buffer.isBuffer(value) && value.length > 0 && value.length <= 9
        ? BigInt(`0x${value.toString('hex')}`)
        : undefined
    case types.octetString:
      return Buffer.isBuffer(value) ? words(value) : undefined
    case types.opaque:
      return Buffer.isBuffer(value) ? opaque(value) : undefined
    case types.oid:
    case types.ipAddress:
      return typeof value === 'string' ? value : undefined
    default:
      return undefined
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** As a text where it is one, and else as bytes, as people write addresses of hardware: `00:1b:21:3c`. */
function words(bytes: Buffer): string {
  try {
    const text = decoder.decode(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes)
    if (!/[\u0000-\u0008\u000e-\u001f\u007f]/.test(text)) return text
  } catch {
    // It is no UTF-8.
  }
  return bytes.toString('hex').replace(/..(?=.)/g, '$&:')
}

/** Numbers with a point, in the form of Net-SNMP. */
function opaque(bytes: Buffer): number | undefined {
  const form = bytes.subarray(0, 3).toString('hex')
  if (form === '9f7804' && bytes.length === 7) return bytes.readFloatBE(3)
  if (form === '9f7908' && bytes.length === 11) return bytes.readDoubleBE(3)
  return undefined
}

const numberOf = (text: string): number | bigint | undefined => readNumber(text.trim().replace(/\s?%$/, ''))
