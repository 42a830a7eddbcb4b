import { createDecipheriv, createHash, createHmac, getCiphers, timingSafeEqual } from 'node:crypto'

import type { Check } from '@tocsin/core'

import type { ParseProblem } from '../source/problem.ts'
import { headerBytes, part, viewOf, walkParts } from './collectd-parts.ts'

/** What a packet must be, at the least. */
export type SecurityLevel = 'none' | 'sign' | 'encrypt'

/** Who may sign and encrypt, and their passwords: an object, a `Map`, or a list of pairs. Shown nowhere. */
export type CollectdUsers =
  Readonly<Record<string, string>> | Iterable<readonly [user: string, password: string]>

const isIterable = (value: object): value is Iterable<unknown> =>
  typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function'

function pairsOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[undefined, undefined]]
  if (!isIterable(value)) return Object.entries(value)
  return [...value].map((pair) => (Array.isArray(pair) && pair.length === 2 ? [pair[0], pair[1]] : [0, 0]))
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** What {@link CollectdUsers} allow. */
export const collectdUsers: Check = (value) =>
  pairsOf(value).every((pair) => pair.every(isName))
    ? undefined
    : 'an object, a Map or a list of pairs: names of users and their passwords'

/** Looked up by names that come over the wire, so never as an object. */
export const usersOf = (users: CollectdUsers): ReadonlyMap<string, string> =>
  new Map(pairsOf(users) as readonly [string, string][])

/** Who sealed a packet, and what no other packet has. */
export interface Seal {
  readonly user: string
  readonly mark: string
}

/** Takes what was opened, where it stands in the packet, and the seal that it had. */
type TakeOpened = (payload: Uint8Array, start: number, seal: Seal | undefined) => void

/** Opens what is signed and what is encrypted, and tells of what may not be read. */
export type OpenPacket = (
  bytes: Uint8Array,
  problem: (problem: ParseProblem) => void,
  take: TakeOpened,
) => void

const cipher = 'aes-256-ofb'
const hmacBytes = 32
const ivBytes = 16
const sumBytes = 20
const markBytes = 16

/** Whether this runtime can read what is encrypted. */
export const canDecrypt = (): boolean => getCiphers().includes(cipher)

/** Names as they come over the wire, byte for byte. */
const wireName = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')

interface Opened {
  readonly payload: Uint8Array
  readonly start: number
  readonly seal: Seal
}

type Refusal = Pick<ParseProblem, 'reason' | 'message'>

const forbidden = (message: string): Refusal => ({ reason: 'forbidden', message })
const unknown = forbidden('this is signed or encrypted by a user whose password is not known')
const wrongSignature = forbidden('the signature is wrong')
const wrongSum = forbidden('the password is another, or what is encrypted was changed')
const tooShort: Refusal = {
  reason: 'malformed',
  message: 'an encrypted part has a user, an IV and a checksum',
}
const unreadable: Refusal = { reason: 'unsupported', message: 'this runtime has no AES-256-OFB' }

/**
 * A signature holds for all that follows it, an encrypted part for what is in it; what stands outside has no seal. Of a packet in which one
 * is refused nothing more is taken, so that many false ones cost no more than one.
 */
export function createPacketOpener(level: SecurityLevel, users: ReadonlyMap<string, string>): OpenPacket {
  const passwords = new Map(
    [...users].map(([user, password]) => [
      Buffer.from(user).toString('latin1'),
      { password, key: createHash('sha256').update(password).digest() },
    ]),
  )
  const isReadable = canDecrypt()
  const longest = Math.max(0, ...[...passwords.keys()].map((user) => user.length))
  const tooLow = forbidden(
    `this is ${level === 'sign' ? 'neither signed nor encrypted' : 'not encrypted'}, which securityLevel asks for`,
  )
  const find = (bytes: Uint8Array, start: number, end: number) =>
    end - start > longest ? undefined : passwords.get(wireName(bytes, start, end))

  function openSigned(bytes: Uint8Array, start: number, end: number): Opened | Refusal {
    const userAt = start + headerBytes + hmacBytes
    const found = userAt < end ? find(bytes, userAt, end) : undefined
    if (found === undefined) return unknown
    const own = createHmac('sha256', found.password).update(bytes.subarray(userAt)).digest()
    if (!timingSafeEqual(own, bytes.subarray(start + headerBytes, userAt))) return wrongSignature
    const seal = { user: wireName(bytes, userAt, end), mark: wireName(own, 0, markBytes) }
    return { payload: bytes.subarray(end), start: end, seal }
  }

  function openEncrypted(bytes: Uint8Array, view: DataView, start: number, end: number): Opened | Refusal {
    const userAt = start + headerBytes + 2
    const userEnd = userAt > end ? end : userAt + view.getUint16(start + headerBytes)
    const sealedAt = userEnd + ivBytes
    if (sealedAt + sumBytes > end) return tooShort
    if (!isReadable) return unreadable
    const found = find(bytes, userAt, userEnd)
    if (found === undefined) return unknown
    const decipher = createDecipheriv(cipher, found.key, bytes.subarray(userEnd, sealedAt))
    const plain = decipher.update(bytes.subarray(sealedAt, end))
    const payload = plain.subarray(sumBytes)
    const own = createHash('sha1').update(payload).digest()
    if (!timingSafeEqual(own, plain.subarray(0, sumBytes))) return wrongSum
    const seal = { user: wireName(bytes, userAt, userEnd), mark: wireName(bytes, userEnd, sealedAt) }
    return { payload, start: sealedAt + sumBytes, seal }
  }

  function openPlain(
    bytes: Uint8Array,
    start: number,
    end: number,
    problem: (problem: ParseProblem) => void,
    take: TakeOpened,
  ): void {
    if (start === end) return
    if (level === 'none') take(bytes.subarray(start, end), start, undefined)
    else problem({ ...tooLow, start, end })
  }

  return (bytes, problem, take) => {
    const view = viewOf(bytes)
    let plainFrom = 0
    walkParts(view, (type, start, end) => {
      const isSignature = type === part.signature && level !== 'encrypt'
      if (!isSignature && type !== part.encryption) return true
      openPlain(bytes, plainFrom, start, problem, take)
      const opened = isSignature ? openSigned(bytes, start, end) : openEncrypted(bytes, view, start, end)
      const isOpen = 'payload' in opened
      if (isOpen) take(opened.payload, opened.start, opened.seal)
      else problem({ ...opened, start, end: bytes.length })
      plainFrom = isOpen && !isSignature ? end : bytes.length
      return plainFrom === end
    })
    openPlain(bytes, plainFrom, bytes.length, problem, take)
  }
}
