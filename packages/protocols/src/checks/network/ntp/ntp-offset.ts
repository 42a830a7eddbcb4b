import type { NtpAnswer } from './ntp-packet.ts'

/** What one question and its answer show, ms. */
export interface NtpMeasurement {
  /** How far the clock of the server is ahead. */
  readonly offset: number
  /** Time on the way, there and back: the offset may be wrong by half of it. */
  readonly delay: number
}

/** Measures by when the question went and the answer came, by the clock of this side, ms. */
export const measureOffset = (
  { receivedAt, sentAt }: NtpAnswer,
  askedAt: number,
  answeredAt: number,
): NtpMeasurement => ({
  offset: (receivedAt - askedAt + (sentAt - answeredAt)) / 2,
  delay: Math.max(0, answeredAt - askedAt - (sentAt - receivedAt)),
})

/** The median of the offsets of those that were the fastest, one half of all; with the least delay. `undefined` where there are none. */
export function bestOffset(measurements: readonly NtpMeasurement[]): NtpMeasurement | undefined {
  const fastest = [...measurements].sort((a, b) => a.delay - b.delay).slice(0, (measurements.length + 1) / 2)
  const offsets = fastest.map(({ offset }) => offset).sort((a, b) => a - b)
  const [low, high] = [offsets[(offsets.length - 1) >> 1], offsets[offsets.length >> 1]]
  const delay = fastest[0]?.delay
  return low === undefined || high === undefined || delay === undefined
    ? undefined
    : { offset: (low + high) / 2, delay }
}
