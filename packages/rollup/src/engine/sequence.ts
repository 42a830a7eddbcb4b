/** How points of one kind become a rollup. */
export interface SequenceAlgebra<Point, State> {
  /** By time, then by value: a total order. */
  compare(a: Point, b: Point): number
  /** The rollup of sorted points, `first` among them. */
  fold(first: Point, points: readonly Point[]): State
  /** Two rollups; where their times overlap, the result says that it is inexact. */
  merge(a: State, b: State): State
}

/** A window of a kind whose result depends on the order in time: its points wait here, so that late ones find their place. */
export interface Sequence<Point, State> {
  points: Point[]
  sorted: boolean
  condensed: State | undefined
}

/** Most points that one window keeps; beyond, the older half becomes one state. */
export const maxPoints = 4096

/** A window without points. */
export const createSequence = <Point, State>(): Sequence<Point, State> => ({
  points: [],
  sorted: true,
  condensed: undefined,
})

/** Takes a point, in any order. */
export function recordPoint<Point, State>(
  sequence: Sequence<Point, State>,
  point: Point,
  algebra: SequenceAlgebra<Point, State>,
): void {
  const newest = sequence.points.at(-1)
  if (newest !== undefined && algebra.compare(newest, point) > 0) sequence.sorted = false
  sequence.points.push(point)
  if (sequence.points.length < maxPoints) return
  sort(sequence, algebra)
  const newer = sequence.points.splice(maxPoints / 2)
  sequence.condensed = foldSequence(sequence, algebra)
  sequence.points = newer
}

/** The state of all points; `undefined` where there are none. */
export function foldSequence<Point, State>(
  sequence: Sequence<Point, State>,
  algebra: SequenceAlgebra<Point, State>,
): State | undefined {
  sort(sequence, algebra)
  const [first] = sequence.points
  if (first === undefined) return sequence.condensed
  const state = algebra.fold(first, sequence.points)
  return sequence.condensed === undefined ? state : algebra.merge(sequence.condensed, state)
}

function sort<Point, State>(sequence: Sequence<Point, State>, algebra: SequenceAlgebra<Point, State>): void {
  if (!sequence.sorted) sequence.points.sort((a, b) => algebra.compare(a, b))
  sequence.sorted = true
}
