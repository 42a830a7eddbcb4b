import { readName, readTags } from '../wire/header.ts'
import type { StatsdLine } from './statsd-line.ts'

const colon = 0x3a
const pipe = 0x7c
const letterC = 0x63
const letterE = 0x65

/**
 * Writes name, tags and the fields of origin of a line one behind the other, whatever stood between them, so that they are one
 * header: `name:tags|c:container|e:external`. Gives the bytes in which the header of the line then is.
 */
export function createOriginHeader(): (bytes: Uint8Array, line: StatsdLine) => Uint8Array {
  let written = new Uint8Array(256)
  let length = 0

  const put = (bytes: Uint8Array, start: number, end: number): void => {
    for (let at = start; at < end; at += 1) written[length++] = bytes[at] ?? 0
  }
  const putField = (mark: number, bytes: Uint8Array, start: number, end: number): void => {
    if (start === end) return
    written[length++] = pipe
    written[length++] = mark
    written[length++] = colon
    put(bytes, start, end)
  }
  return (bytes, line) => {
    const { header, containerStart, containerEnd, externalStart, externalEnd } = line
    const { nameStart, nameEnd, tagsStart, tagsEnd } = header
    // A field is never longer written than read, and the line may have no tags but for a hash.
    const needed =
      nameEnd -
      nameStart +
      tagsEnd -
      tagsStart +
      containerEnd -
      containerStart +
      externalEnd -
      externalStart +
      7
    if (written.length < needed) written = new Uint8Array(2 * needed)
    length = 0
    put(bytes, nameStart, nameEnd)
    written[length++] = colon
    put(bytes, tagsStart, tagsEnd)
    putField(letterC, bytes, containerStart, containerEnd)
    putField(letterE, bytes, externalStart, externalEnd)
    const position = readName(header, written, 0, length, colon, colon)
    // No line holds the end of a line.
    readTags(header, written, position + 1, length, 0x0a)
    return written
  }
}
