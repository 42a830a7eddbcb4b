const labelTag = 0x0a
/** The first byte of a sample in a series. */
export const samplesTag = 0x12
const valueTag = 0x09
const timeTag = 0x10

/** Where the first sample's bytes start behind its own tag and length; where its time does. */
const valueAt = 3
const timeAt = 12
/** A time has at most so many bytes here: 49 bits, up to the year 19807. */
const maxTimeBytes = 7

/** Where the labels of a series of 1.0 end, or -1 where they are longer than usual. */
export function endOfLabels(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] === labelTag) {
    let length = bytes[at + 1] ?? 0
    at += 2
    if (length >= 0x80) {
      const more = bytes[at] ?? 0
      if (more >= 0x80) return -1
      length = (length & 0x7f) | (more << 7)
      at += 1
    }
    at += length
  }
  return at
}

/**
 * Whether a series goes on as nearly all senders write it: with samples, each of a value and a time, and nothing else. Otherwise it is read
 * field by field, which takes three times as long.
 */
export function arePlainSamples(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const length = bytes[at + 1] ?? 0
    const next = at + 2 + length
    const timeBytes = next - at - timeAt
    if (bytes[at] !== samplesTag || bytes[at + 2] !== valueTag || bytes[at + timeAt - 1] !== timeTag)
      return false
    if (timeBytes < 1 || timeBytes > maxTimeBytes || next > end) return false
    // The last byte of a time is the first one without a bit for more.
    if ((bytes[next - 1] ?? 0x80) >= 0x80) return false
    for (let byte = next - 2; byte >= at + timeAt; byte -= 1) if ((bytes[byte] ?? 0) < 0x80) return false
    at = next
  }
  return at === end
}

/** Where the value of a plain sample is that starts at `at`. */
export const plainValueAt = (at: number): number => at + valueAt

/** Where a plain sample ends. */
export const endOfPlainSample = (bytes: Uint8Array, at: number): number => at + 2 + (bytes[at + 1] ?? 0)

/** The time of a plain sample, ms. */
export function plainTime(bytes: Uint8Array, at: number): number {
  const last = endOfPlainSample(bytes, at) - 1
  let high = 0
  let low = 0
  let byte = last
  for (; byte >= at + timeAt + 4; byte -= 1) high = (high << 7) | ((bytes[byte] ?? 0) & 0x7f)
  for (; byte >= at + timeAt; byte -= 1) low = (low << 7) | ((bytes[byte] ?? 0) & 0x7f)
  return high * 2 ** 28 + low
}
