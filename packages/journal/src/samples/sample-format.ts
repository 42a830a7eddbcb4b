import type { SampleKind } from '@tocsin/core'

// The bytes are drawn in FORMAT.md.
export const sampleFormatVersion = 1

/** Kinds by their number on disk: only ever append. */
export const sampleKinds: readonly SampleKind[] = [
  'gauge',
  'counter',
  'delta',
  'observation',
  'set',
  'histogram',
  'state',
  'text',
  'stale',
]

// First byte of a sample: kind in the low four bits, then how the value stands, then two flags.
export const valueDouble = 0

export const valueInteger = 1

export const valueText = 2

export const valueHistogram = 3

export const timeIsDouble = 0x40

export const hasExtras = 0x80

// The second byte, where the first says so.
export const extraWeight = 1

export const extraExact = 2

export const extraSource = 4

export const extraReceivedAt = 8

/** Longest `exact`, in bytes: far beyond any counter, and short enough to parse at once. */
export const maxExactBytes = 64
