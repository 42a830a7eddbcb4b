import type { Sample } from '@tocsin/core'

import type { ParseProblem, ProblemReason } from '../source/problem.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { endOfString, readString, type JsonScalar } from './json/json-bytes.ts'
import { createJsonReader } from './json/json-reader.ts'
import { createKnownMembers } from './known-members.ts'
import { unreadableName, type NameNode, type NameTree } from './name-tree.ts'
import { leafKeyAt, leafKeys, leafValue, newLeaf, setMember, type TrapLeaf } from './trap-leaf.ts'
import { fault, guessValue, numberValue, toSample, type TrapFault, type TrapValue } from './trap-value.ts'

/** Bounds of one body. */
export interface TrapLimits {
  readonly maxDepth: number
  readonly maxValues: number
}

/** What became of one body. */
export interface HttpTrapOutcome {
  /** Values that were left out: null, or with a problem of their own. */
  readonly filtered: number
  /** Why reading stopped before the end; what came before it was given to the sink. */
  readonly stopped?: ParseProblem
}

/** One body that is being read. */
export interface HttpTrapReading {
  /** Reads a few ms on; gives the outcome where the body is at its end, `undefined` before. */
  next(): HttpTrapOutcome | undefined
}

/** What is open: names, the list of a member of a leaf, or what is read over. */
interface Frame {
  readonly role: 'names' | 'list' | 'skipped'
  readonly node: NameNode
  readonly start: number
  /** Elements so far. */
  index: number
  /** The name that came before, whose follower is expected. */
  previous: NameNode | undefined
  leaf: TrapLeaf | undefined
  /** The member of the leaf that is being read. */
  key: string | undefined
  /** What a list holds, `undefined` where it nests. */
  list: JsonScalar[] | undefined
}

/** What is read in one go: a few ms. A new name counts as so many bytes beside its own, by the time that it takes. */
const sliceBytes = 128 * 1024
const stepBytes = 4096
const bytesPerNewName = 128

const underscore = 0x5f
const notUtf8 = fault('not-utf8', 'a text is UTF-8')
const manyNames = fault(
  'too-many-series',
  'the new names of a body are at most 16 times as long as it, and a MiB',
)

/** How many characters the new names of a body may have: where a few bytes repeat a long name, they are many times the body. */
const maxNewNames = (bytes: number): number => 16 * bytes + 1024 * 1024

/** Reads a body with the names of a tree. */
export function createTrapReading(
  bytes: Uint8Array,
  receivedAt: number,
  sink: ParseSink,
  tree: NameTree,
  { maxDepth, maxValues }: TrapLimits,
): HttpTrapReading {
  const root = tree.begin()
  const frames: Frame[] = []
  const names = { left: maxNewNames(bytes.length), made: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { spellings } = tree
  const known = createKnownMembers(bytes, view, spellings, receivedAt, sink)
  let frame: Frame | undefined
  /** Whose value comes next. */
  let child = root
  let values = 0
  let filtered = 0
  let stopped: ParseProblem | undefined
  let outcome: HttpTrapOutcome | undefined

  function stop(reason: ProblemReason, message: string, start: number): false {
    stopped = { reason, message, start, end: bytes.length }
    return false
  }
  /** Whether there is room for one more value. */
  function countValue(start: number): boolean {
    values += 1
    if (values > maxValues) return stop('too-many-values', `a body has at most ${maxValues} values`, start)
    return names.left >= 0 || stop(manyNames.reason, manyNames.message, start)
  }

  function problem({ reason, message }: TrapFault, start: number, end: number): void {
    sink.problem({ reason, message, start, end })
  }
  function leaveOut(wrong: TrapFault, start: number, end: number): void {
    filtered += 1
    problem(wrong, start, end)
  }

  function give(taken: TrapValue | TrapFault, start: number, end: number): true {
    const series = tree.series(child)
    if ('reason' in taken) leaveOut(taken, start, end)
    else if ('reason' in series) leaveOut(series, start, end)
    else sink.sample(toSample(series, receivedAt, taken, receivedAt))
    return true
  }

  function giveLeaf(leaf: TrapLeaf, node: NameNode, start: number, end: number): void {
    const taken = leafValue(leaf)
    if (taken === undefined) {
      filtered += 1
      return
    }
    if ('reason' in taken) {
      leaveOut(taken, start, end)
      return
    }
    const tagged = leaf.tags === undefined ? undefined : tree.tagged(node, leaf.tags, names)
    const isTagged = tagged !== undefined && !('reason' in tagged)
    const series = isTagged ? tagged : tree.series(node)
    if ('reason' in series) {
      leaveOut(series, start, end)
      return
    }
    sink.sample(toSample(series, leaf.time ?? receivedAt, taken, receivedAt))
    const wrong = tagged === undefined || isTagged ? leaf.extraFault : tagged
    if (wrong !== undefined) problem(wrong, start, end)
  }

  /** Whether a value has a name of its own, and is neither in a leaf nor read over. */
  const isNamed = (): boolean => frame === undefined || (frame.role === 'names' && frame.key === undefined)

  /** A member of a leaf, or an element of one; `undefined` is what neither may be. */
  function capture(scalar: JsonScalar | undefined, start: number): boolean {
    if (frame?.role === 'list') {
      if (scalar === undefined) frame.list = undefined
      else frame.list?.push(scalar)
      return countValue(start)
    }
    if (frame?.role !== 'names' || frame.key === undefined) return true
    setMember((frame.leaf ??= newLeaf()), frame.key, scalar)
    return frame.key !== '_value' || countValue(start)
  }

  function readText(start: number, end: number): boolean {
    const read = readString(bytes, start, end)
    if (read === 'bad-escape') return stop('bad-json', notJson(start - 1, 'no bad escape'), start - 1)
    const text = read === 'not-utf8' ? undefined : read.text
    if (!isNamed()) return capture(text, start)
    return countValue(start) && give(text === undefined ? notUtf8 : guessValue(text), start - 1, end + 1)
  }

  /** The name of the next value is the one expected, a member of a leaf, or another. */
  function readKey(inside: Frame, start: number): number {
    const { node, previous } = inside
    const leafKey = bytes[start] === underscore ? leafKeyAt(view, start - 1) : undefined
    inside.key = leafKey
    if (leafKey !== undefined) return start + leafKey.length
    const expected = previous === undefined ? node.first : previous.next
    if (expected !== undefined && expected.spelling >= 0) {
      const expectedEnd = spellings.endOf(expected.spelling, view, start - 1)
      if (expectedEnd >= 0) {
        child = inside.previous = expected
        return expectedEnd - 1
      }
    }
    const end = endOfString(bytes, start)
    if (end < 0) return end
    const read = readString(bytes, start, end)
    if (read === 'bad-escape') return ~(start - 1)
    const name = read === 'not-utf8' ? undefined : read.text
    inside.key = leafKeys.find((key) => key === name)
    if (inside.key !== undefined) return end
    child = name === undefined ? unreadableName : tree.child(node, name, names)
    if (!child.isKept) return end
    if (child.spelling < 0 && name?.length === end - start)
      child.spelling = spellings.add(bytes, start - 1, end + 1)
    if (previous === undefined) node.first = child
    else previous.next = child
    inside.previous = child
    return end
  }

  const reader = createJsonReader(bytes, {
    number(start, end) {
      if (!isNamed()) return capture({ bytes, start, end }, start)
      if (!countValue(start)) return false
      const taken = numberValue(bytes, start, end)
      const { series } = child
      if (series === undefined || 'reason' in taken || 'exact' in taken) return give(taken, start, end)
      // What most values come to.
      sink.sample({ series, time: receivedAt, value: taken.value, kind: 'gauge' } as Sample)
      return true
    },
    string: readText,
    word(value, start, end) {
      if (!isNamed()) return capture(value, start)
      if (!countValue(start)) return false
      if (value !== null) return give(guessValue(value), start, end)
      filtered += 1
      return true
    },
    open(isObject, start) {
      if (frames.length >= maxDepth)
        return stop('too-deep', `objects and arrays nest at most ${maxDepth} deep`, start)
      if (names.left < 0) return stop(manyNames.reason, manyNames.message, start)
      if (frame?.role === 'list') frame.list = undefined
      const role = isNamed() ? 'names' : frame?.role === 'names' && !isObject ? 'list' : 'skipped'
      frame = newFrame(role, child, start)
      frames.push(frame)
      return true
    },
    close(end) {
      const inner = frames.pop()
      frame = frames[frames.length - 1]
      if (frame === undefined) child = root
      if (inner?.leaf !== undefined) giveLeaf(inner.leaf, inner.node, inner.start, end)
      if (frame?.role === 'names' && frame.key !== undefined)
        setMember((frame.leaf ??= newLeaf()), frame.key, inner?.list)
      return true
    },
    key(start) {
      if (frame?.role === 'names') return readKey(frame, start)
      const end = endOfString(bytes, start)
      return end >= 0 && readString(bytes, start, end) === 'bad-escape' ? ~(start - 1) : end
    },
    element() {
      if (frame?.role !== 'names') return
      child = tree.element(frame.node, frame.index, names)
      frame.index += 1
    },
    members(start, isFirst, until) {
      if (frame?.role !== 'names' || names.left < 0) return start
      const before = known.taken
      const bounds = { until, values: maxValues - values, nests: frames.length < maxDepth }
      const end = known.read(frame, start, isFirst, bounds)
      values += known.taken - before
      return end
    },
  })

  function finish(): HttpTrapOutcome {
    tree.end()
    const { fault: wrong } = reader
    if (wrong !== undefined) stop('bad-json', notJson(wrong.offset, wrong.expected), wrong.offset)
    return (outcome = stopped === undefined ? { filtered } : { filtered, stopped })
  }
  return {
    next() {
      if (outcome !== undefined) return outcome
      for (let left = sliceBytes; left > 0;) {
        const { offset } = reader
        const { made } = names
        if (reader.read(offset + stepBytes)) return finish()
        left -= reader.offset - offset + (names.made - made) * bytesPerNewName
      }
      return undefined
    },
  }
}

const notJson = (offset: number, expected: string): string => `not JSON at ${offset}: expected ${expected}`

const newFrame = (role: Frame['role'], node: NameNode, start: number): Frame => ({
  role,
  node,
  start,
  index: 0,
  previous: undefined,
  leaf: undefined,
  key: undefined,
  list: role === 'list' ? [] : undefined,
})
