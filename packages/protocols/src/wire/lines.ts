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
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(lineFeed, start)
    const at = found < 0 ? bytes.length : found
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
