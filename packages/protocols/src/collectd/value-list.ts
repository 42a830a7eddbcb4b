import type { Sample, Series } from '@tocsin/core'

import type { ProblemReason } from '../source/problem.ts'
import { JsonSyntaxError, type JsonCursor, type JsonScalar } from '../wire/json-cursor.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import type { FindCollectdSeries } from './collectd-series.ts'

/** What is wrong with a document, a value list or a value. */
export interface Fault {
  readonly reason: ProblemReason
  readonly message: string
}

/** A value list of collectd's JSON, as far as it was there; what it had of another shape is not. */
export interface ValueList {
  readonly texts: ReadonlyMap<string, string>
  readonly lists: ReadonlyMap<string, readonly JsonScalar[]>
  readonly time: JsonScalar | undefined
}

/** A document that goes beyond what a body may be. */
export class BeyondLimit extends Error {
  readonly reason: 'too-deep' | 'too-many-values'
  constructor(reason: 'too-deep' | 'too-many-values', message: string) {
    super(message)
    this.reason = reason
  }
}

/** Metadata nests little; the stack holds far more. */
const maxDepth = 32
const textKeys: ReadonlySet<string> = new Set([
  ...['host', 'plugin', 'plugin_instance', 'type', 'type_instance'],
])
const listKeys: ReadonlySet<string> = new Set(['values', 'dstypes', 'dsnames'])

/** Reads what starts at the cursor, whatever it is; `undefined` where it is no object. Throws where it is no JSON. */
export function readValueList(cursor: JsonCursor): ValueList | undefined {
  const start = cursor.start()
  if (start !== 'object') {
    skip(cursor, start, 1)
    return undefined
  }
  const texts = new Map<string, string>()
  const lists = new Map<string, readonly JsonScalar[]>()
  let time: JsonScalar | undefined
  for (let key = cursor.key(true); key !== undefined; key = cursor.key(false)) {
    const inner = cursor.start()
    if (inner === 'array' && listKeys.has(key)) lists.set(key, readScalars(cursor))
    else if (inner !== 'scalar') skip(cursor, inner, 2)
    else {
      const scalar = cursor.scalar()
      if (key === 'time') time = scalar
      else if (typeof scalar === 'string' && textKeys.has(key)) texts.set(key, scalar)
    }
  }
  return { texts, lists, time }
}

function readScalars(cursor: JsonCursor): readonly JsonScalar[] {
  const scalars: JsonScalar[] = []
  for (let first = true; cursor.element(first); first = false) {
    const start = cursor.start()
    if (start === 'scalar') scalars.push(cursor.scalar())
    else {
      skip(cursor, start, 3)
      // In its place, so that the others keep theirs.
      scalars.push(false)
    }
  }
  return scalars
}

function skip(cursor: JsonCursor, start: 'object' | 'array' | 'scalar', depth: number): void {
  if (depth > maxDepth) throw new BeyondLimit('too-deep', `objects and arrays nest at most ${maxDepth} deep`)
  if (start === 'scalar') cursor.scalar()
  else if (start === 'array')
    for (let first = true; cursor.element(first); first = false) skip(cursor, cursor.start(), depth + 1)
  else
    for (let key = cursor.key(true); key !== undefined; key = cursor.key(false))
      skip(cursor, cursor.start(), depth + 1)
}

/** What ended the reading of a document: not JSON, or beyond a limit. Any other error is thrown on. */
export function stopOf(error: unknown): {
  reason: 'bad-json' | 'too-deep' | 'too-many-values'
  message: string
} {
  if (error instanceof BeyondLimit) return { reason: error.reason, message: error.message }
  if (!(error instanceof JsonSyntaxError)) throw error
  return { reason: 'bad-json', message: `not JSON at ${error.offset}: ${error.message}` }
}

/** What is said of an element that is no value list. */
export const badShape: Fault = {
  reason: 'malformed',
  message: 'a value list has host, plugin and type, and as many values as dstypes and dsnames',
}
const badTime: Fault = { reason: 'bad-timestamp', message: 'a time is seconds since the Unix epoch' }
const maxTime = 8.64e15
const maxDigits = 154
const kinds: ReadonlyMap<JsonScalar, 'counter' | 'delta' | 'gauge'> = new Map([
  ['counter', 'counter'],
  ['derive', 'counter'],
  ['absolute', 'delta'],
  ['gauge', 'gauge'],
] as const)

/** What has one of these is meant to be one. */
export const isValueList = ({ texts, lists }: ValueList): boolean =>
  lists.has('values') || (texts.has('plugin') && texts.has('type'))

/** Gives the samples of a list to the sink, what is wrong with one of its values to `leaveOut`, or what is wrong with it. */
export function takeValueList(
  { texts, lists, time: sent }: ValueList,
  receivedAt: number,
  findSeries: FindCollectdSeries,
  sink: ParseSink,
  leaveOut: (fault: Fault) => void,
): Fault | undefined {
  const [values = [], types = [], names = []] = [
    lists.get('values'),
    lists.get('dstypes'),
    lists.get('dsnames'),
  ]
  const isNamed = ['host', 'plugin', 'type'].every((key) => (texts.get(key) ?? '') !== '')
  if (!isNamed || values.length === 0 || types.length !== values.length || names.length !== values.length)
    return badShape
  const time = sent === undefined ? receivedAt : readSeconds(sent)
  if (!(time > 0 && time <= maxTime)) return badTime
  for (const [index, value] of values.entries()) {
    const taken = readValue(value, types[index])
    if ('reason' in taken) {
      leaveOut(taken)
      continue
    }
    const name = names[index]
    const series = findSeries(texts, values.length === 1 || typeof name !== 'string' ? '' : name)
    if (!series.ok) leaveOut({ reason: 'bad-name', message: series.message })
    else
      sink.sample(
        time === receivedAt
          ? { series: series.value, time, ...taken }
          : { series: series.value, time, ...taken, receivedAt },
      )
  }
  return undefined
}

type Taken = Pick<Sample<Series, 'counter' | 'delta' | 'gauge'>, 'value' | 'kind' | 'exact'>

function readValue(value: JsonScalar, type: JsonScalar | undefined): Taken | Fault {
  const kind = kinds.get(type ?? '')
  if (kind === undefined)
    return { reason: 'unknown-type', message: 'a dstype is gauge, counter, derive or absolute' }
  if (value === null) return { reason: 'not-available', message: 'collectd has no value here (null for NaN)' }
  const text = typeof value === 'object' ? value.number : ''
  const number = text === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(number)) return { reason: 'bad-value', message: 'a value is a finite number' }
  const isExact =
    Math.abs(number) <= Number.MAX_SAFE_INTEGER || text.length > maxDigits || !/^-?\d+$/.test(text)
  return isExact ? { value: number, kind } : { value: number, kind, exact: BigInt(text) }
}

const readSeconds = (sent: JsonScalar): number =>
  typeof sent === 'object' && sent !== null ? Math.round(Number(sent.number) * 1_000_000) / 1000 : Number.NaN
