import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/*! SHA-256: @noble/hashes, (c) 2022 Paul Miller, MIT License, see LICENSE.noble-hashes of @tocsin/notify */
const encoder = new TextEncoder()

/** 32 hexadecimal digits that stand for the text: the first half of its SHA-256. */
export const digest = (text: string): string => bytesToHex(sha256(encoder.encode(text)).subarray(0, 16))

/**
 * Identity of an episode of a fault: 32 hexadecimal digits. The beginning belongs to it, so that a detector whose faults have one name for
 * ever is heard each time.
 */
export const episodeId = (ruleSet: string, series: string, fault: string, openedAt: number): string =>
  // With lengths, so that no two of them are one text.
  digest(`${ruleSet.length}:${ruleSet}${series.length}:${series}${openedAt}:${fault}`)

const isDigest = /^[0-9a-f]{32}$/

/** Identity of what is told of an alert to a place: 32 hexadecimal digits. The same wherever it is planned again. */
export function notificationId(alert: string, place: string, kind: string, sequence: number): string {
  const end = alert.slice(-32)
  const what = digest(`${kind}${sequence}:${place}`)
  return combined(isDigest.test(end) ? end : digest(alert), what)
}

/** One digest that stands for two: as hard to meet by chance as each of them. */
function combined(a: string, b: string): string {
  let both = ''
  for (let at = 0; at < 32; at += 8) {
    const bits = (parseInt(a.slice(at, at + 8), 16) ^ parseInt(b.slice(at, at + 8), 16)) >>> 0
    both += bits.toString(16).padStart(8, '0')
  }
  return both
}

/**
 * A number of 53 bits that stands for a rule set and series where it does no harm that two of them might share one. Fast, and not made to
 * withstand anybody. Algorithm: two multiplicative hashes as in MurmurHash3's finalizer.
 */
export function sourceMark(ruleSet: string, series: string): number {
  let low = 0xdeadbeef
  let high = 0x41c6ce57
  for (const text of [ruleSet, series]) {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      low = Math.imul(low ^ unit, 2654435761)
      high = Math.imul(high ^ unit, 1597334677)
    }
    low = Math.imul(low ^ text.length, 2246822507)
    high = Math.imul(high ^ text.length, 3266489909)
  }
  low ^= Math.imul(high ^ (high >>> 13), 3266489909)
  high ^= Math.imul(low ^ (low >>> 16), 2246822507)
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
}
