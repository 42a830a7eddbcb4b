import { checkChanges } from '../model/stored-change.ts'
import type { NotifyChange } from '../engine/state.ts'

/*
 * The file of a store: lines of `crc SP length SP json LF`. `length` counts the bytes of `json`, `crc` is their CRC-32
 * (ISO-HDLC); both are eight lower-case hexadecimal digits. The first line holds the format, each other line the changes of
 * one append: they are there together or not at all.
 */

/** The first line's content. */
export const logHeader = { format: 'tocsin-notify', version: 1 } as const

/** CRC-32 of bytes. */
export type Crc = (bytes: Uint8Array) => number

const headLength = 18
const newline = 0x0a
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

const hexadecimal = (value: number): string => value.toString(16).padStart(8, '0')

/** One line of the file. */
export function encodeLine(content: unknown, crc: Crc): Uint8Array {
  const json = encoder.encode(JSON.stringify(content))
  const line = new Uint8Array(headLength + json.length + 1)
  line.set(encoder.encode(`${hexadecimal(crc(json))} ${hexadecimal(json.length)} `))
  line.set(json, headLength)
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
 * acknowledged, and is left out. A bad line with something good behind it is damage.
 */
export function decodeLog(bytes: Uint8Array, crc: Crc): LogContents {
  const changes: NotifyChange[] = []
  for (let at = 0; at < bytes.length;) {
    const line = readLine(bytes, at, crc)
    if (line === undefined || bytes[line.end] !== newline) {
      const isDamaged = at === 0 || hasLineAfter(bytes, line?.end ?? at, crc)
      return isDamaged ? damage(at, 'a line does not match its checksum') : torn(changes, bytes.length - at)
    }
    const wrong = at === 0 ? checkHeader(line.content) : checkChanges(line.content)
    if (wrong !== undefined) return damage(at, wrong)
    if (at > 0) for (const change of line.content as NotifyChange[]) changes.push(change)
    at = line.end + 1
  }
  return torn(changes, 0)
}

const damage = (offset: number, message: string): LogContents => ({ ok: false, offset, message })
const torn = (changes: readonly NotifyChange[], tornBytes: number): LogContents => ({
  ok: true,
  changes,
  tornBytes,
})

function hasLineAfter(bytes: Uint8Array, from: number, crc: Crc): boolean {
  for (let end = from; end >= 0; end = bytes.indexOf(newline, end + 1)) {
    if (readLine(bytes, end + 1, crc) !== undefined) return true
  }
  return false
}

/** The content of the line that begins at `at`, and the offset of its end. */
function readLine(
  bytes: Uint8Array,
  at: number,
  crc: Crc,
): { readonly content: object; readonly end: number } | undefined {
  const head = /^([0-9a-f]{8}) ([0-9a-f]{8}) $/.exec(
    String.fromCharCode(...bytes.subarray(at, at + headLength)),
  )
  const from = at + headLength
  const end = from + parseInt(head?.[2] ?? '', 16)
  if (head === null || end > bytes.length) return undefined
  const json = bytes.subarray(from, end)
  if (head[1] !== hexadecimal(crc(json))) return undefined
  try {
    const content: unknown = JSON.parse(decoder.decode(json))
    return typeof content === 'object' && content !== null ? { content, end } : undefined
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
