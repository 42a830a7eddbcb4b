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

/** A signature holds for all that follows it, an encrypted part for what is in it; what stands outside has no seal. */
export function createPacketOpener(level: SecurityLevel, users: ReadonlyMap<string, string>): OpenPacket {
  const passwords = new Map(
    [...users].map(([user, password]) => [
      Buffer.from(user).toString('latin1'),
      { password, key: createHash('sha256').update(password).digest() },
    ]),
  )
  const isReadable = canDecrypt()
  const longest = Math.max(0, ...[...passwords.keys()].map((user) => user.length))
  const find = (bytes: Uint8Array, start: number, end: number) =>
    end - start > longest ? undefined : passwords.get(wireName(bytes, start, end))

  return (bytes, problem, take) => {
    const view = viewOf(bytes)
    const refuse = (
      reason: 'forbidden' | 'malformed' | 'unsupported',
      message: string,
      start: number,
      end: number,
    ): void => problem({ reason, message, start, end })
    let plainFrom = 0

    const takePlain = (end: number): void => {
      if (end === plainFrom) return
      if (level === 'none') take(bytes.subarray(plainFrom, end), plainFrom, undefined)
      else {
        const seal = level === 'sign' ? 'neither signed nor encrypted' : 'not encrypted'
        refuse('forbidden', `this is ${seal}, which securityLevel asks for`, plainFrom, end)
      }
    }

    const openSigned = (start: number, end: number): void => {
      const userAt = start + headerBytes + hmacBytes
      const found = userAt < end ? find(bytes, userAt, end) : undefined
      if (found === undefined) {
        refuse('forbidden', 'this is signed by a user whose password is not known', start, bytes.length)
        return
      }
      const sent = bytes.subarray(start + headerBytes, userAt)
      const own = createHmac('sha256', found.password).update(bytes.subarray(userAt)).digest()
      if (!timingSafeEqual(own, sent)) {
        refuse('forbidden', 'the signature is wrong', start, bytes.length)
        return
      }
      const mark = wireName(own, 0, markBytes)
      take(bytes.subarray(end), end, { user: wireName(bytes, userAt, end), mark })
    }

    const openEncrypted = (start: number, end: number): void => {
      const userAt = start + headerBytes + 2
      const userEnd = userAt > end ? end : userAt + view.getUint16(start + headerBytes)
      const sealedAt = userEnd + ivBytes
      if (sealedAt + sumBytes > end) {
        refuse('malformed', 'an encrypted part has a user, an IV and a checksum', start, end)
        return
      }
      const found = find(bytes, userAt, userEnd)
      if (!isReadable) {
        refuse('unsupported', 'this runtime has no AES-256-OFB', start, end)
        return
      }
      if (found === undefined) {
        refuse('forbidden', 'this is encrypted by a user whose password is not known', start, end)
        return
      }
      const decipher = createDecipheriv(cipher, found.key, bytes.subarray(userEnd, sealedAt))
      const plain = decipher.update(bytes.subarray(sealedAt, end))
      const payload = plain.subarray(sumBytes)
      const own = createHash('sha1').update(payload).digest()
      if (!timingSafeEqual(own, plain.subarray(0, sumBytes))) {
        refuse('forbidden', 'the password is another, or what is encrypted was changed', start, end)
        return
      }
      const seal = { user: wireName(bytes, userAt, userEnd), mark: wireName(bytes, userEnd, sealedAt) }
      take(payload, sealedAt + sumBytes, seal)
    }

    const stopped = walkParts(view, (type, start, end) => {
      const isSignature = type === part.signature && level !== 'encrypt'
      const isEncrypted = type === part.encryption
      if (!isSignature && !isEncrypted) return true
      takePlain(start)
      if (isSignature) openSigned(start, end)
      else openEncrypted(start, end)
      plainFrom = isSignature ? bytes.length : end
      return isEncrypted
    })
    // What is no part is the parser's to tell of, or of no level either.
    if (stopped <= bytes.length) takePlain(bytes.length)
  }
}
