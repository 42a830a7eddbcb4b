import { readDecimal } from '../wire/decimal.ts'
import type { JsonNumber, JsonScalar } from './json/json-bytes.ts'
import { createSpellings } from './json/spellings.ts'
import { readHistogram } from './trap-histogram.ts'
import {
  fault,
  guessValue,
  isType,
  meanOf,
  typedValue,
  type TrapFault,
  type TrapValue,
} from './trap-value.ts'

/** An object with `_value`, and what may stand beside it. */
export interface TrapLeaf {
  hasValue: boolean
  /** Each `_value`, or what is in its list, without null. */
  readonly values: Exclude<JsonScalar, null>[]
  type: string | undefined
  /** Event time, ms. */
  time: number | undefined
  /** Canonical tags, `category:value`, with commas. */
  tags: string | undefined
  adds: boolean
  /** Why it has no value. */
  fault: TrapFault | undefined
  /** What beside the value is not taken; the value is. */
  extraFault: TrapFault | undefined
}

/** What a member of a leaf holds: a list without lists and objects in it, or `undefined` for what is neither that nor a scalar. */
export type Captured = JsonScalar | readonly JsonScalar[] | undefined

/** The names of the members of a leaf. */
export const leafKeys: readonly string[] = ['_value', '_type', '_ts', '_tags', '_fl']

const leafSpellings = createSpellings()
const spelled = leafKeys.map((key) => {
  const bytes = new TextEncoder().encode(`"${key}"`)
  return { key, spelling: leafSpellings.add(bytes, 0, bytes.length) }
})

/** Which of them is spelt at this quote. */
export function leafKeyAt(body: DataView, start: number): string | undefined {
  for (const { key, spelling } of spelled) if (leafSpellings.endOf(spelling, body, start) >= 0) return key
  return undefined
}

export const newLeaf = (): TrapLeaf => ({
  hasValue: false,
  values: [],
  type: undefined,
  time: undefined,
  tags: undefined,
  adds: false,
  fault: undefined,
  extraFault: undefined,
})

export const maxTime = 8.64e15
const wholeTime = /^\s*[+-]?\d{1,20}(?:\.\d{0,20})?\s*$/
const noValue = fault('malformed', 'a typed value needs _value')
const badValue = fault('malformed', 'a _value is a number, a string, a boolean, null or a list of these')
const badType = fault('malformed', 'a _type is a string')
const unknownType = fault('unknown-type', 'a _type is one of i, I, l, L, n, s, h, H')
const badTime = fault('bad-timestamp', 'a _ts is ms since the Unix epoch; the time of arrival is taken')
const badTags = fault('malformed', '_tags is a list of strings "tag:value"; the value is taken without tags')
const badList = fault('bad-value', 'a list is no text')

/** Takes a member of a leaf. One that is null counts as absent, as in `_value`, whose list it may be in. */
export function setMember(leaf: TrapLeaf, key: string, captured: Captured): void {
  if (key === '_value') setValue(leaf, captured)
  else if (captured === null) return
  else if (key === '_type') setType(leaf, captured)
  else if (key === '_ts') setTime(leaf, captured)
  else if (key === '_tags') setTags(leaf, captured)
  // "~" averages over a period, which a value taken at once does not have; the last sign counts.
  else if (typeof captured === 'string') leaf.adds = captured.lastIndexOf('+') > captured.lastIndexOf('~')
}

/** A second `_value` is a further element. */
function setValue(leaf: TrapLeaf, captured: Captured): void {
  leaf.hasValue = true
  if (captured === undefined) leaf.fault ??= badValue
  else
    for (const scalar of isList(captured) ? captured : [captured])
      if (scalar !== null) leaf.values.push(scalar)
}

function setType(leaf: TrapLeaf, captured: Captured): void {
  if (typeof captured !== 'string') leaf.fault ??= badType
  else if (isType(captured)) leaf.type = captured
  else leaf.fault ??= unknownType
}

/** 0 and below are what those send who have no time. */
function setTime(leaf: TrapLeaf, captured: Captured): void {
  const time = readTime(captured)
  if (time === undefined) leaf.extraFault ??= badTime
  else leaf.time = time > 0 ? time : undefined
}

function readTime(captured: Captured): number | undefined {
  let time = Number.NaN
  if (isNumber(captured)) time = readDecimal(captured.bytes, captured.start, captured.end)
  else if (typeof captured === 'string' && wholeTime.test(captured)) time = Number(captured)
  return time <= maxTime ? Math.trunc(time) : undefined
}

function setTags(leaf: TrapLeaf, captured: Captured): void {
  if (isList(captured) && captured.every((tag) => typeof tag === 'string'))
    leaf.tags = captured.length === 0 ? undefined : captured.join(',')
  else leaf.extraFault ??= badTags
}

/** The value of a leaf; `undefined` where it is null, or a list without anything else. */
export function leafValue(leaf: TrapLeaf): TrapValue | TrapFault | undefined {
  const { type, values, adds } = leaf
  if (!leaf.hasValue) return leaf.fault ?? noValue
  if (leaf.fault !== undefined) return leaf.fault
  const [first, second] = values
  if (first === undefined) return undefined
  if (type === 'h' || type === 'H') return histogramOf(leaf)
  if (second !== undefined && type === 's') return badList
  const single = type === undefined ? guessValue : typedValue
  const value = second === undefined ? single(first, type ?? '') : meanOf(values, adds ? 1 : values.length)
  return adds && 'kind' in value && value.kind === 'gauge' ? { ...value, kind: 'delta' } : value
}

function histogramOf(leaf: TrapLeaf): TrapValue | TrapFault {
  const read = readHistogram(leaf.values)
  if (!('histogram' in read)) return read
  leaf.extraFault ??= read.leftOut
  return { value: read.histogram, kind: 'histogram' }
}

const isList = (captured: Captured): captured is readonly JsonScalar[] => Array.isArray(captured)

const isNumber = (captured: Captured): captured is JsonNumber =>
  typeof captured === 'object' && captured !== null && 'bytes' in captured
