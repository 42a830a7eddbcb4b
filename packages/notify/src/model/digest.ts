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
/** Digests of what is told to which place: there are few of them. */
const maxKnown = 10_000

/** Identity of what is told of an alert to a place: 32 hexadecimal digits. The same wherever it is planned again. */
export type NotificationIds = (alert: string, place: string, kind: string, sequence: number) => string

/** Remembers the half of its work that is the same for all alerts. */
export function createNotificationIds(): NotificationIds {
  const known = new Map<string, readonly [number, number]>()
  return (alert, place, kind, sequence) => {
    const what = `${kind}${sequence}:${place}`
    let words = known.get(what)
    if (words === undefined) {
      const of = digest(what)
      words = [wordAt(of, 0), wordAt(of, 8)]
      if (known.size >= maxKnown) known.clear()
      known.set(what, words)
    }
    const end = alert.slice(-32)
    const episode = isDigest.test(end) ? end : digest(alert)
    // Turning some bits of the one by the other keeps all of both apart, without a digest for each.
    return (
      episode.slice(0, 16) + hexOf(wordAt(episode, 16) ^ words[0]) + hexOf(wordAt(episode, 24) ^ words[1])
    )
  }
}

const wordAt = (hex: string, at: number): number => parseInt(hex.slice(at, at + 8), 16)

/** Eight digits: the one before them keeps their zeros. */
const hexOf = (word: number): string => (0x1_0000_0000 + (word >>> 0)).toString(16).slice(1)

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
