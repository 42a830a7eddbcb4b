import type { Condition, TermComparison } from '../../src/model/rule-set.ts'
import type { TimeWindow } from '../../src/model/time-window.ts'
import { changedOf, compareNumber, compareText } from './compare.ts'
import { exactly } from './interval.ts'
import { allOf, anyOf, notOf, someOf, type Truth, truthOf } from './kleene.ts'
import { isFilled, ms, valueOf, type View } from './terms.ts'

/** What is seen of a series or group at one moment at which it is judged. */
export interface Moment extends View {
  /** A sample came, and no absence has been told since. */
  readonly isKnown: boolean
  /** The absences told since the last sample, ms. */
  readonly absent: readonly number[]
  readonly missed: (window: TimeWindow) => Truth
  /** Of a group, the moments of each of its members up to this one. */
  readonly members: () => readonly (readonly Moment[])[]
}

/** What a condition is at the last of these moments; `known` keeps what was found before, for the same list only. */
export function truthAt(condition: Condition, moments: readonly Moment[], memory: Memory = new Map()): Truth {
  const found = memory.get(condition) ?? []
  memory.set(condition, found)
  const index = moments.length - 1
  const known = found[index]
  if (known !== undefined) return known
  const truth = look(condition, moments, memory)
  found[index] = truth
  return truth
}

/** What conditions were found to be, by moment. */
export type Memory = Map<Condition, (Truth | undefined)[]>

function look(condition: Condition, moments: readonly Moment[], memory: Memory): Truth {
  const now = moments.at(-1)
  if (now === undefined) return 'unknown'
  const inside = (of: Condition): Truth => truthAt(of, moments, memory)
  if (condition.all !== undefined) return allOf(condition.all.map(inside))
  if (condition.any !== undefined) return anyOf(condition.any.map(inside))
  if (condition.not !== undefined) return notOf(inside(condition.not))
  if (condition.absentFor !== undefined) {
    const asked = ms(condition.absentFor)
    return truthOf(now.absent.some((told) => told >= asked))
  }
  if (condition.missedDuring !== undefined) return now.missed(condition.missedDuring)
  if (condition.some !== undefined) {
    const { some, members, of } = condition
    if (members !== undefined)
      return someOf(
        some,
        now.members().map((own) => truthAt(members, own)),
      )
    return someOf(some, of.map(inside))
  }
  return compareAt(condition, moments, memory)
}

function compareAt(condition: TermComparison, moments: readonly Moment[], memory: Memory): Truth {
  const now = moments.at(-1)
  if (now?.isKnown !== true) return 'unknown'
  const { of: term = { last: true }, minFill } = condition
  const last = now.seen.at(-1)
  if (condition.changed !== undefined) return last === undefined ? 'unknown' : changedOf(last)
  if (term.last === true && typeof last?.value === 'string' && Number.isNaN(now.last.low))
    return compareText(condition, last.value)
  const isEnough = minFill === undefined || isFilled(term, ms(minFill), now)
  return compareNumber(
    condition,
    isEnough ? valueOf(term, now) : exactly(NaN),
    wasTrue(condition, moments, memory),
  )
}

/** Whether it was true when it was last known, which `until` goes by. */
function wasTrue(condition: TermComparison, moments: readonly Moment[], memory: Memory): boolean {
  if (condition.until === undefined) return false
  for (let length = moments.length - 1; length > 0; length -= 1) {
    const truth = truthAt(condition, moments.slice(0, length), memory)
    if (truth !== 'unknown') return truth === 'true'
  }
  return false
}

/** The one word for the part of a condition because of which it is true now. */
export function reasonOf(condition: Condition, moments: readonly Moment[], memory: Memory): string {
  const truth = truthAt(condition, moments, memory)
  const parts =
    condition.all ?? condition.any ?? (condition.members === undefined ? partsOf(condition) : undefined)
  if (condition.not !== undefined) return reasonOf(condition.not, moments, memory)
  const part = parts?.find((one) => truthAt(one, moments, memory) === truth) ?? parts?.[0]
  if (part !== undefined) return reasonOf(part, moments, memory)
  if (condition.absentFor !== undefined) return 'absent'
  if (condition.missedDuring !== undefined) return 'missed'
  if (condition.some !== undefined) return 'some'
  return Object.keys(condition).find((name) => !['of', 'until', 'minFill'].includes(name)) ?? ''
}

const partsOf = (condition: Condition): readonly Condition[] | undefined =>
  condition.some === undefined || condition.members !== undefined ? undefined : condition.of
