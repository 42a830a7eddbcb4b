import type { PointFault } from './graphite-point.ts'
import {
  addValue,
  appendItem,
  clearValues,
  createPickleValues,
  nothing,
  pickleKind,
  type PickleValues,
} from './pickle-values.ts'

// A list of points in tuples needs three; more is no metric.
const mostMarks = 8
const noValue: PointFault = { reason: 'malformed', message: 'the pickle takes a value where there is none' }
const noMark: PointFault = {
  reason: 'malformed',
  message: 'the pickle goes back to a mark where there is none',
}
const notRemembered: PointFault = { reason: 'malformed', message: 'the pickle gets what it has not put' }
const noSequence: PointFault = { reason: 'malformed', message: 'the pickle appends to what is no list' }

/** What operations of a pickle work on: a stack with marks, and what is remembered. The first fault stays. */
export interface PickleStack {
  readonly values: PickleValues
  /** The pickle. */
  bytes: Uint8Array
  /** The same, for numbers of several bytes. */
  view: DataView
  /** Where the next operation stands in it. */
  at: number
  fault: PointFault | undefined
  /** Empties all for another pickle. */
  start(bytes: Uint8Array): void
  push(value: number): void
  /** Takes the uppermost value above the last mark. */
  pop(): number
  /** Gives it without taking it. */
  top(): number
  mark(): void
  /** Takes all above the last mark, and the mark. */
  popMark(): void
  /** The value if there is one above the last mark, or else that mark. */
  popAny(): void
  /** Makes a sequence of so many values, or of all above the last mark, in their place. */
  gather(count?: number): void
  /** Puts all above the last mark to the end of the sequence below it. */
  appendAll(): void
  append(): void
  put(index: number): void
  putNext(): void
  get(index: number): void
}

/** An empty stack. Memory: about 40 bytes for each of the most values that one pickle has had. */
export function createPickleStack(maxValues: number): PickleStack {
  const values = createPickleValues()
  const tooMany: PointFault = {
    reason: 'too-many-values',
    message: `a pickle has at most ${maxValues} values, and remembers as many`,
  }
  const tooDeep: PointFault = { reason: 'too-deep', message: `a pickle has at most ${mostMarks} open marks` }
  const marks = new Int32Array(mostMarks)
  let stack = new Int32Array(64)
  let height = 0
  let depth = 0
  /** The height at the last mark. */
  let floor = 0
  let pushed = 0
  let memo = new Int32Array(64)
  // In which pickle each was put: clearing would cost the most of all pickles for each.
  let putIn = new Float64Array(64)
  let pickles = 0
  let puts = 0

  const fail = (fault: PointFault): number => {
    self.fault ??= fault
    return nothing
  }
  const dropMark = (): void => {
    if (depth === 0) fail(noMark)
    else depth -= 1
    floor = depth === 0 ? 0 : (marks[depth - 1] ?? 0)
  }
  function appendFrom(from: number, sequence: number): void {
    if (values.kinds[sequence] !== pickleKind.sequence) fail(noSequence)
    else for (let at = from; at < height; at += 1) appendItem(values, sequence, stack[at] ?? nothing)
    height = from
  }

  const self: PickleStack = {
    values,
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    at: 0,
    fault: undefined,
    start(bytes) {
      self.bytes = bytes
      self.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      self.at = 0
      self.fault = undefined
      height = depth = floor = pushed = puts = 0
      pickles += 1
      clearValues(values)
    },
    push(value) {
      pushed += 1
      if (pushed > maxValues) fail(tooMany)
      if (height === stack.length) stack = grown(stack, new Int32Array(2 * height))
      stack[height] = value
      height += 1
    },
    pop() {
      if (height <= floor) return fail(noValue)
      height -= 1
      return stack[height] ?? nothing
    },
    top: () => (height <= floor ? fail(noValue) : (stack[height - 1] ?? nothing)),
    mark() {
      if (depth === mostMarks) {
        fail(tooDeep)
        return
      }
      marks[depth] = floor = height
      depth += 1
    },
    popMark() {
      height = floor
      dropMark()
    },
    popAny() {
      if (height > floor) height -= 1
      else dropMark()
    },
    gather(count) {
      const from = count === undefined ? floor : height - count
      if (count === undefined) dropMark()
      if (from < floor) {
        fail(noValue)
        return
      }
      const sequence = addValue(values, pickleKind.sequence, 0, nothing, nothing)
      appendFrom(from, sequence)
      self.push(sequence)
    },
    appendAll() {
      const from = floor
      dropMark()
      if (from <= floor) fail(noValue)
      else appendFrom(from, stack[from - 1] ?? nothing)
    },
    append() {
      if (height - 2 < floor) fail(noValue)
      else appendFrom(height - 1, stack[height - 2] ?? nothing)
    },
    put(index) {
      if (!(index >= 0 && index < maxValues)) {
        fail(tooMany)
        return
      }
      if (index >= memo.length) {
        const size = Math.max(2 * memo.length, index + 1)
        memo = grown(memo, new Int32Array(size))
        putIn = grown(putIn, new Float64Array(size))
      }
      memo[index] = self.top()
      putIn[index] = pickles
      puts += 1
    },
    putNext: () => self.put(puts),
    get: (index) => self.push(putIn[index] === pickles ? (memo[index] ?? nothing) : fail(notRemembered)),
  }
  return self
}

function grown<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from)
  return to
}
