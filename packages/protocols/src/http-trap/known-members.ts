import type { Sample } from '@tocsin/core'

import type { ParseSink } from '../wire/parse-sink.ts'
import { endOfNumber, skipSpace } from './json/json-bytes.ts'
import type { Spellings } from './json/spellings.ts'
import type { NameNode } from './name-tree.ts'
import { createPlainLeaf } from './plain-leaf.ts'
import { plainNumber, untyped } from './trap-value.ts'

/** Where in the names of an object reading is. */
interface NamesBefore {
  readonly node: NameNode
  /** The name that came before, whose follower is expected. */
  previous: NameNode | undefined
}

/** How far members are read at once. */
interface MemberBounds {
  readonly until: number
  /** Most values. */
  readonly values: number
  /** Whether a value may be an object. */
  readonly nests: boolean
}

/** Members of an object whose names are those of a body before and whose values are plain: nearly all of most bodies. */
export interface KnownMembers {
  /** How many values it has given. */
  readonly taken: number
  /**
   * Gives the values of the members that follow, as long as they are such, and where it stopped: behind the last of them, or where it began.
   * It starts behind a value, or where `isFirst` behind the brace.
   */
  read(inside: NamesBefore, start: number, isFirst: boolean, bounds: MemberBounds): number
}

const comma = 0x2c
const colon = 0x3a
const brace = 0x7b

/**
 * Reads what is expected in one loop, and leaves all else, at the border of a member, to who reads the whole grammar. So both give the same, and
 * this one knows neither problems nor limits of its own.
 */
export function createKnownMembers(
  bytes: Uint8Array,
  view: DataView,
  spellings: Spellings,
  receivedAt: number,
  sink: ParseSink,
): KnownMembers {
  const leaf = createPlainLeaf(bytes, view)
  let taken = 0

  /** Where the value of the name starts that is expected to come next; -1 where it is another. */
  function startOfValue(spelling: number, start: number, isFirst: boolean): number {
    let at = skipSpace(bytes, start)
    if (!isFirst) {
      if (bytes[at] !== comma) return -1
      at = skipSpace(bytes, at + 1)
    }
    at = spellings.endOf(spelling, view, at)
    if (at < 0) return -1
    at = skipSpace(bytes, at)
    return bytes[at] === colon ? skipSpace(bytes, at + 1) : -1
  }

  return {
    get taken() {
      return taken
    },
    read(inside, start, isFirst, { until, values, nests }) {
      const most = taken + values
      let end = start
      while (end < until && taken < most) {
        const { previous } = inside
        const expected = previous === undefined ? inside.node.first : previous.next
        if (expected?.series === undefined || expected.spelling < 0) break
        const at = startOfValue(expected.spelling, end, isFirst && end === start)
        if (at < 0) break
        const { series } = expected
        if (bytes[at] === brace) {
          const leafEnd = nests ? leaf.read(at) : -1
          if (leafEnd < 0) break
          const { value, time } = leaf
          const sample: Sample =
            time === 0 || time === receivedAt
              ? { series, time: receivedAt, value, kind: 'gauge' }
              : { series, time, value, kind: 'gauge', receivedAt }
          sink.sample(sample)
          end = leafEnd
        } else {
          const valueEnd = endOfNumber(bytes, at)
          if (valueEnd < 0) break
          const value = plainNumber(bytes, at, valueEnd, untyped)
          if (Number.isNaN(value)) break
          sink.sample({ series, time: receivedAt, value, kind: 'gauge' })
          end = valueEnd
        }
        inside.previous = expected
        taken += 1
      }
      return end
    },
  }
}
