import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A packet that collectd 5.12 has sent. */
export const capture = (name: string): Buffer =>
  Buffer.from(readFileSync(new URL(`captures/collectd-${name}.hex`, import.meta.url), 'latin1').trim(), 'hex')

export const captures: readonly string[] = ['plain-1', 'plain-2'].concat(
  ['signed', 'encrypted'].flatMap((kind) => [`${kind}-alice-s3cret-1`, `${kind}-alice-s3cret-2`]),
)

/** A little later than the captures were made. */
export const captured = 1_795_175_501_000

export function partOf(type: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt16BE(type)
  header.writeUInt16BE(4 + body.length, 2)
  return Buffer.concat([header, body])
}

export const text = (type: number, value: string): Buffer => partOf(type, Buffer.from(`${value}\0`))

export function number(type: number, value: bigint): Buffer {
  const body = Buffer.alloc(8)
  body.writeBigUInt64BE(value)
  return partOf(type, body)
}

export type WireValue =
  | { readonly kind: 0 | 3; readonly value: bigint }
  | { readonly kind: 2; readonly value: bigint }
  | { readonly kind: 1; readonly value: number }

export function values(...list: readonly WireValue[]): Buffer {
  const body = Buffer.alloc(2 + 9 * list.length)
  body.writeUInt16BE(list.length)
  for (const [index, { kind, value }] of list.entries()) {
    body[2 + index] = kind
    const at = 2 + list.length + 8 * index
    if (kind === 1) body.writeDoubleLE(value, at)
    else if (kind === 2) body.writeBigInt64BE(value, at)
    else body.writeBigUInt64BE(value, at)
  }
  return partOf(6, body)
}

export const gauge = (value: number): WireValue => ({ kind: 1, value })
export const derive = (value: bigint): WireValue => ({ kind: 2, value })
export const counter = (value: bigint): WireValue => ({ kind: 0, value })
export const absolute = (value: bigint): WireValue => ({ kind: 3, value })

/** Seconds as 2^-30 seconds. */
export const highResolution = (seconds: number): bigint => BigInt(Math.round(seconds * 2 ** 30))

/** A packet of one value: host h, plugin p, type t. */
export const simple = (seconds: number, value = 1, host = 'h'): Buffer =>
  Buffer.concat([
    text(0, host),
    number(8, highResolution(seconds)),
    text(2, 'p'),
    text(4, 't'),
    values(gauge(value)),
  ])

export function signed(user: string, password: string, packet: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(user), packet])
  const hash = createHmac('sha256', password).update(rest).digest()
  return Buffer.concat([partOf(0x200, Buffer.concat([hash, Buffer.from(user)])), packet])
}

export function encrypted(
  user: string,
  password: string,
  packet: Uint8Array,
  iv: Uint8Array = randomBytes(16),
): Buffer {
  const key = createHash('sha256').update(password).digest()
  const cipher = createCipheriv('aes-256-ofb', key, iv)
  const sum = createHash('sha1').update(packet).digest()
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(user))
  return partOf(
    0x210,
    Buffer.concat([length, Buffer.from(user), iv, cipher.update(Buffer.concat([sum, packet]))]),
  )
}
