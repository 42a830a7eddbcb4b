import type { ParseSink } from './parse-sink.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Calls `line` with the borders of each line that is not empty, without its LF or CR LF; reports those that are too long. */
export function scanLines(
  bytes: Uint8Array,
  maxLineBytes: number,
  sink: ParseSink,
  line: (start: number, end: number) => void,
): void {
  let start = 0
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && bytes[at] !== lineFeed) continue
    if (at - start > maxLineBytes) {
      sink.problem({ reason: 'line-too-long', message: lineTooLong(maxLineBytes), start, end: at })
    } else {
      const end = at > start && bytes[at - 1] === carriageReturn ? at - 1 : at
      if (end > start) line(start, end)
    }
    start = at + 1
  }
}

/** The sentence about a line over the limit. */
export const lineTooLong = (maxLineBytes: number): string => `a line has at most ${maxLineBytes} bytes`
