/** What a value of a pickle is. */
export const pickleKind = {
  /** `None`, which no point holds. */
  none: 0,
  /** A number or a truth value. */
  number: 1,
  /** A whole number in up to eight bytes, the lowest first. */
  integer: 2,
  /** A text, or bytes. */
  text: 3,
  /** A tuple or a list. */
  sequence: 4,
} as const

/** No value, and no item. */
export const nothing = -1

/**
 * The values of one pickle by their numbers, in columns that are filled again for the next, so that reading one allocates nothing and
 * nesting is no depth of calls.
 */
export interface PickleValues {
  /** How many there are. */
  count: number
  kinds: Uint8Array
  /** Of numbers: the value. Of sequences: how many items. */
  numbers: Float64Array
  /** Of texts and numbers: where they start in the bytes. Of sequences: the first item. */
  starts: Int32Array
  /** Of texts and numbers: where they end in the bytes. Of sequences: the last item. */
  ends: Int32Array
  /** Texts that do not stand in the bytes as they are. */
  readonly decoded: Map<number, Uint8Array>
  itemCount: number
  /** The value of an item of a sequence. */
  itemValues: Int32Array
  /** The item that follows one, or `nothing`. */
  nextItems: Int32Array
}

const firstSize = 1024

/** No values yet. */
export const createPickleValues = (): PickleValues => ({
  count: 0,
  kinds: new Uint8Array(firstSize),
  numbers: new Float64Array(firstSize),
  starts: new Int32Array(firstSize),
  ends: new Int32Array(firstSize),
  decoded: new Map(),
  itemCount: 0,
  itemValues: new Int32Array(firstSize),
  nextItems: new Int32Array(firstSize),
})

/** Forgets the values, not the room for them. */
export function clearValues(values: PickleValues): void {
  values.count = 0
  values.itemCount = 0
  if (values.decoded.size > 0) values.decoded.clear()
}

/** Adds a value and gives its number. */
export function addValue(
  values: PickleValues,
  kind: number,
  number: number,
  start: number,
  end: number,
): number {
  const added = values.count
  if (added === values.kinds.length) {
    values.kinds = doubled(values.kinds, new Uint8Array(2 * added))
    values.numbers = doubled(values.numbers, new Float64Array(2 * added))
    values.starts = doubled(values.starts, new Int32Array(2 * added))
    values.ends = doubled(values.ends, new Int32Array(2 * added))
  }
  values.kinds[added] = kind
  values.numbers[added] = number
  values.starts[added] = start
  values.ends[added] = end
  values.count += 1
  return added
}

/** Puts a value to the end of a sequence. */
export function appendItem(values: PickleValues, sequence: number, value: number): void {
  const item = values.itemCount
  if (item === values.itemValues.length) {
    values.itemValues = doubled(values.itemValues, new Int32Array(2 * item))
    values.nextItems = doubled(values.nextItems, new Int32Array(2 * item))
  }
  values.itemValues[item] = value
  values.nextItems[item] = nothing
  values.itemCount += 1
  if (values.numbers[sequence] === 0) values.starts[sequence] = item
  else values.nextItems[values.ends[sequence] ?? nothing] = item
  values.ends[sequence] = item
  values.numbers[sequence] = (values.numbers[sequence] ?? 0) + 1
}

function doubled<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from)
  return to
}
