import { crc32 } from 'node:zlib'

/*
 * The file of version 1: lines of `crc SP length SP json LF`. `length` counts the bytes of `json`, `crc` is their CRC-32 (ISO-HDLC); both
 * are eight lower-case hexadecimal digits. The first line holds the format, each other line the changes of one append.
 */

const headLength = 18
const newline = 0x0a
const decoder = new TextDecoder('utf-8', { fatal: true })

/** What a file holds. */
export interface Version1Lines {
  /** Appends, in order. */
  readonly appends: readonly (readonly unknown[])[]
  /** Stretches in which lines are damaged. */
  readonly damaged: readonly { readonly from: number; readonly to: number; readonly records: number }[]
  /** Bytes at the end that a cut of power left unfinished. */
  readonly tornBytes: number
}

/** Reads a file. A line that is damaged costs itself. */
export function readVersion1Lines(bytes: Uint8Array): Version1Lines {
  const appends: (readonly unknown[])[] = []
  const damaged: { from: number; to: number; records: number }[] = []
  for (let at = 0; at < bytes.length;) {
    const line = readLine(bytes, at)
    if (line !== undefined) {
      if (Array.isArray(line.content)) appends.push(line.content)
      at = line.end
      continue
    }
    const next = findLine(bytes, at)
    if (next === undefined && bytes.at(-1) !== newline) {
      // An append ends with the end of its line, and this one has none.
      return { appends, damaged, tornBytes: bytes.length - at }
    }
    const to = next ?? bytes.length
    damaged.push({ from: at, to, records: bytes.subarray(at, to).filter((byte) => byte === newline).length })
    at = to
  }
  return { appends, damaged, tornBytes: 0 }
}

function findLine(bytes: Uint8Array, from: number): number | undefined {
  for (let end = bytes.indexOf(newline, from); end >= 0; end = bytes.indexOf(newline, end + 1)) {
    if (readLine(bytes, end + 1) !== undefined) return end + 1
  }
  return undefined
}

/** The content of the line that begins at `at`, and where the next one begins. */
function readLine(
  bytes: Uint8Array,
  at: number,
): { readonly content: unknown; readonly end: number } | undefined {
  const head = /^([0-9a-f]{8}) ([0-9a-f]{8}) $/.exec(
    String.fromCharCode(...bytes.subarray(at, at + headLength)),
  )
  const from = at + headLength
  const end = from + parseInt(head?.[2] ?? '', 16)
  if (head === null || bytes[end] !== newline) return undefined
  const json = bytes.subarray(from, end)
  if (parseInt(head[1] ?? '', 16) !== crc32(json)) return undefined
  try {
    return { content: JSON.parse(decoder.decode(json)), end: end + 1 }
  } catch {
    return undefined
  }
}
