import type { NotifyChange } from './state.ts'

/*
 * The file of a store: lines of `crc SP json LF`, where `crc` is the CRC-32 (ISO-HDLC) of the bytes of `json` as eight
 * lower-case hexadecimal digits. The first line holds the format, each other line the changes of one append: they are
 * there together or not at all.
 */

/** The first line's content. */
export const logHeader = { format: 'tocsin-notify', version: 1 } as const

/** CRC-32 of bytes. */
export type Crc = (bytes: Uint8Array) => number

const crcLength = 8
const newline = 0x0a
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

const hexadecimal = (crc: number): string => crc.toString(16).padStart(crcLength, '0')

/** One line of the file. */
export function encodeLine(content: unknown, crc: Crc): Uint8Array {
  const json = encoder.encode(JSON.stringify(content))
  const line = new Uint8Array(crcLength + 1 + json.length + 1)
  line.set(encoder.encode(`${hexadecimal(crc(json))} `))
  line.set(json, crcLength + 1)
  line[line.length - 1] = newline
  return line
}

/** What a file holds, or at which byte it is damaged. */
export type LogContents =
  | {
      readonly ok: true
      readonly changes: readonly NotifyChange[]
      /** Bytes at the end that a cut of power left unfinished. */
      readonly tornBytes: number
    }
  | { readonly ok: false; readonly offset: number; readonly message: string }

/**
 * Reads a file. An append that was under way when the power failed leaves a last line that is not whole; it was never
 * acknowledged, and is left out. A bad line with good ones behind it is damage.
 */
export function decodeLog(bytes: Uint8Array, crc: Crc): LogContents {
  const changes: NotifyChange[] = []
  let at = 0
  let isFirst = true
  while (at < bytes.length) {
    const end = bytes.indexOf(newline, at)
    const content = end < 0 ? undefined : decodeLine(bytes.subarray(at, end), crc)
    if (content === undefined) {
      const rest = bytes.subarray(at)
      return isFirst || hasGoodLine(rest, crc)
        ? { ok: false, offset: at, message: 'a line does not match its checksum' }
        : { ok: true, changes, tornBytes: rest.length }
    }
    if (isFirst) {
      const wrong = checkHeader(content)
      if (wrong !== undefined) return { ok: false, offset: 0, message: wrong }
    } else if (Array.isArray(content)) {
      for (const change of content as NotifyChange[]) changes.push(change)
    }
    isFirst = false
    at = end + 1
  }
  return { ok: true, changes, tornBytes: 0 }
}

function hasGoodLine(bytes: Uint8Array, crc: Crc): boolean {
  for (let at = bytes.indexOf(newline) + 1; at > 0 && at < bytes.length;) {
    const end = bytes.indexOf(newline, at)
    if (end < 0) return false
    if (decodeLine(bytes.subarray(at, end), crc) !== undefined) return true
    at = end + 1
  }
  return false
}

function decodeLine(line: Uint8Array, crc: Crc): object | undefined {
  if (line.length <= crcLength || line[crcLength] !== 0x20) return undefined
  const json = line.subarray(crcLength + 1)
  try {
    if (decoder.decode(line.subarray(0, crcLength)) !== hexadecimal(crc(json))) return undefined
    const content: unknown = JSON.parse(decoder.decode(json))
    return typeof content === 'object' && content !== null ? content : undefined
  } catch {
    return undefined
  }
}

function checkHeader(content: object): string | undefined {
  if (!('format' in content) || content.format !== logHeader.format) return 'it is no file of a notify store'
  return 'version' in content && content.version === logHeader.version
    ? undefined
    : 'it was written by a newer version of this package'
}
