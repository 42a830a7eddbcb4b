import { sha256 } from '@noble/hashes/sha2.js'

/*! SHA-256: @noble/hashes, (c) 2022 Paul Miller, MIT License, see LICENSE.noble-hashes of @tocsin/notify */
const encoder = new TextEncoder()
// Made once: to make them for each digest takes twice as long as the digest.
const fresh = sha256.create()
const hasher = sha256.create()
const input = new Uint8Array(4096)
const output = new Uint8Array(32)
const digits = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const codes = Array<number>(32).fill(0)

/** 32 hexadecimal digits that stand for the text: the first half of its SHA-256. */
export function digest(text: string): string {
  // A UTF-16 unit takes at most three bytes.
  const bytes =
    3 * text.length > input.length
      ? encoder.encode(text)
      : input.subarray(0, encoder.encodeInto(text, input).written)
  fresh._cloneInto(hasher)
  hasher.update(bytes).digestInto(output)
  for (let at = 0; at < 32; at++) setDigit(at, ((output[at >> 1] ?? 0) >> (at % 2 === 0 ? 4 : 0)) & 15)
  return writtenDigits()
}

function setDigit(at: number, value: number): void {
  codes[at] = digits[value] ?? 0
}

/** Made of one piece: a text that is put together holds on to all its parts, which are ten times its size. */
const writtenDigits = (): string => String.fromCharCode.apply(null, codes)

/**
 * Identity of an episode of a fault: 32 hexadecimal digits. The beginning belongs to it, so that a detector whose faults have one name for
 * ever is heard each time.
 */
export const episodeId = (ruleSet: string, series: string, fault: string, openedAt: number): string =>
  // With lengths, so that no two of them are one text.
  digest(`${ruleSet.length}:${ruleSet}${series.length}:${series}${openedAt}:${fault}`)

/** Digests of what is told to which place: there are few of them. */
const maxKnown = 10_000

/** Identity of what is told of an alert to a place: 32 hexadecimal digits. The same wherever it is planned again. */
export type NotificationIds = (alert: string, place: string, kind: string, sequence: number) => string

/** Remembers the half of its work that is the same for all alerts. */
export function createNotificationIds(): NotificationIds {
  const known = new Map<string, string>()
  return (alert, place, kind, sequence) => {
    const what = `${kind}${sequence}:${place}`
    let mask = known.get(what)
    if (mask === undefined) {
      mask = digest(what)
      if (known.size >= maxKnown) known.clear()
      known.set(what, mask)
    }
    // Turning some bits of the one by the other keeps all of both apart, without a digest for each.
    return turned(endsInDigest(alert) ? alert : digest(alert), mask)
  }
}

function endsInDigest(text: string): boolean {
  const from = text.length - 32
  for (let at = from; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false
  return from >= 0
}

/** The last 32 digits of a text, the second half of them turned by the first half of the mask. */
function turned(text: string, mask: string): string {
  const from = text.length - 32
  for (let at = 0; at < 16; at++) {
    setDigit(at, digitAt(text, from + at))
    setDigit(at + 16, digitAt(text, from + at + 16) ^ digitAt(mask, at))
  }
  return writtenDigits()
}

const isDigit = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 97 && code <= 102)

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 97 ? code - 48 : code - 87
}

/**
 * A number of 53 bits that stands for a rule set and series where it does no harm that two of them might share one. Fast, and not made to
 * withstand anybody.
 */
export const sourceMark = (ruleSet: string, series: string): number => hash(series, hash(ruleSet, 0))

/** A number of 53 bits for a text. Algorithm: two multiplicative hashes, mixed as by the finalizer of MurmurHash3. */
export function hash(text: string, seed: number): number {
  let low = 0xdeadbeef ^ seed
  let high = 0x41c6ce57 ^ (seed / 2 ** 32)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    low = Math.imul(low ^ unit, 2654435761)
    high = Math.imul(high ^ unit, 1597334677)
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
}
