import type { Histogram, Sample, SampleKind } from '@tocsin/core'

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

/** A sample whose kind and value were not looked at together yet. */
type AnySample = Omit<Sample, 'kind' | 'value'> & {
  readonly kind: SampleKind
  readonly value: number | string | Histogram
}

/** Whether the value is one that samples of this kind have. */
export function isSample(sample: AnySample): sample is Sample {
  switch (sample.kind) {
    case 'histogram':
      return typeof sample.value === 'object'
    case 'set':
    case 'text':
      return typeof sample.value === 'string'
    case 'state':
      return typeof sample.value !== 'object'
    case 'gauge':
    case 'counter':
    case 'delta':
    case 'observation':
    case 'stale':
      return typeof sample.value === 'number'
  }
}

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
