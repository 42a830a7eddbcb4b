import { type Header, readName } from '../wire/header.ts'
import type { HeaderFault } from '../wire/header-series.ts'
import { createPool, type Pool } from '../wire/pool.ts'
import type { InfluxValue } from './influx-value.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const quote = 0x22
const comma = 0x2c
const equals = 0x3d
const backslash = 0x5c

/** For `readName` where the end of the name is known. */
export const noByte = -1

/** A field of a line: where its key and its value stand. */
interface InfluxField extends InfluxValue {
  keyStart: number
  keyEnd: number
}

/** A line, cut into its parts; one object is filled again for each. */
export interface InfluxLine {
  readonly fields: Pool<InfluxField>
  /** Where the timestamp stands; empty where there is none. */
  timeStart: number
  timeEnd: number
  /** Behind its last part. */
  at: number
}

/** A line to fill. */
export const createLine = (): InfluxLine => ({
  fields: createPool(() => ({
    ...{ keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 },
    ...{ isText: false, value: 0, exact: undefined },
  })),
  timeStart: 0,
  timeEnd: 0,
  at: 0,
})

const noFields: HeaderFault = {
  reason: 'malformed',
  message: 'a line is measurement[,tag=value…] field=value[,field=value…] [timestamp]',
}
const badField: HeaderFault = {
  reason: 'malformed',
  message: 'a field is key=value, and fields stand behind commas',
}
const openText: HeaderFault = { reason: 'malformed', message: 'a text ends with a double quote' }
const badEnd: HeaderFault = {
  reason: 'malformed',
  message: 'behind the fields stands a timestamp at most, and then the line ends',
}

/** Cuts the line at `start` into its parts, or says why it is none. Its header is that of the measurement and tags as they stand there. */
export function readLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: InfluxLine,
  header: Header,
): HeaderFault | undefined {
  line.fields.count = 0
  let at = readName(header, bytes, start, end, space, lineFeed)
  if (bytes[at - 1] === backslash && bytes[at] === space) {
    while (at < end && bytes[at] !== lineFeed && (bytes[at] !== space || bytes[at - 1] === backslash)) at += 1
    readName(header, bytes, start, at, noByte, noByte)
  }
  if (at >= end || bytes[at] !== space) return noFields
  at = skipSpaces(bytes, at, end)
  for (;;) {
    const field = line.fields.next()
    const fault = readField(bytes, at, end, line, field)
    if (fault !== undefined) return fault
    at = line.at
    if (at < end && bytes[at] === comma) at += 1
    else break
  }
  at = skipSpaces(bytes, at, end)
  line.timeStart = at
  while (at < end && !isSeparator(bytes[at])) at += 1
  line.timeEnd = at
  line.at = at = skipSpaces(bytes, at, end)
  return isEndOfLine(bytes, at, end) ? undefined : badEnd
}

function readField(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: InfluxLine,
  field: InfluxField,
): HeaderFault | undefined {
  let at = start
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte > comma && byte !== equals) continue
    if (
      byte < space ||
      ((byte === equals || byte === comma || byte === space) && bytes[at - 1] !== backslash)
    )
      break
  }
  if (at === start || at + 1 >= end || bytes[at] !== equals) return badField
  field.keyStart = start
  field.keyEnd = at
  at += 1
  field.isText = bytes[at] === quote
  if (field.isText) {
    field.valueStart = at + 1
    field.valueEnd = closingQuote(bytes, at + 1, end)
    line.at = at = field.valueEnd + 1
    if (at > end) return openText
    return at === end || bytes[at] === comma || isSeparator(bytes[at]) ? undefined : badField
  }
  field.valueStart = at
  while (at < end && bytes[at] !== comma && !isSeparator(bytes[at])) at += 1
  line.at = field.valueEnd = at
  return at === field.valueStart ? badField : undefined
}

/** Where the text ends that begins there; `end` where it does not. */
function closingQuote(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]
    if (byte === backslash) at += 1
    else if (byte === quote) return at
  }
  return end
}

const isSeparator = (byte = 0): boolean => byte === space || byte === lineFeed || byte === carriageReturn

/** Whether a line ends there: with LF, CR LF, or the bytes, before which a CR may stand. */
export const isEndOfLine = (bytes: Uint8Array, at: number, end: number): boolean =>
  at >= end ||
  bytes[at] === lineFeed ||
  (bytes[at] === carriageReturn && (at + 1 >= end || bytes[at + 1] === lineFeed))

/** Where something else than a space stands, or the end. */
export function skipSpaces(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] === space) at += 1
  return at
}

/**
 * Where a line ends that cannot be read: at the first LF that is not in a text, since what senders put into texts must not be read as
 * lines. A text begins in the fields, with a quote behind an equals sign.
 */
export function skipLine(bytes: Uint8Array, start: number, end: number): number {
  let isField = false
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]
    if (byte === lineFeed) return at
    if (!isField) isField = byte === space && bytes[at - 1] !== backslash
    else if (byte === quote && bytes[at - 1] === equals && bytes[at - 2] !== backslash)
      at = closingQuote(bytes, at + 1, end)
  }
  return end
}
