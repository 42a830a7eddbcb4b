import type { Rule, RuleSet } from '../../src/model/rule-set.ts'
import type { Truth } from './kleene.ts'
import { ms } from './terms.ts'

/** What a rule's conditions were found to be at a moment. */
export interface Judged {
  readonly time: number
  readonly when: Truth
  readonly clear: Truth
  /** Some sample has come. */
  readonly isBegun: boolean
}

/** A rule began or ceased to be violated, after so many moments were judged. */
export interface Turn {
  readonly after: number
  readonly isOn: boolean
}

type Unknown = RuleSet['unknown']

/** What the rule set reads a condition as; nothing is violated by what never was. */
export const readWhen = ({ when, isBegun }: Judged, unknown: Unknown = 'hold'): Truth =>
  when !== 'unknown' || unknown === 'hold' || !isBegun ? when : unknown === 'fire' ? 'true' : 'false'

/** Whether it may end now. */
function mayEnd(rule: Rule, judged: Judged, unknown: Unknown = 'hold'): Truth {
  const when = readWhen(judged, unknown)
  if (when === 'true') return 'false'
  if (rule.clear === undefined) return when === 'false' ? 'true' : 'unknown'
  if (judged.clear !== 'unknown' || unknown === 'hold' || !judged.isBegun) return judged.clear
  return unknown === 'clear' ? 'true' : 'false'
}

/** When the next turn of a rule is due by what is known, and whether it needs no more than time. `undefined`: it is not under way. */
export function nextTurn(
  rule: Rule,
  judged: readonly Judged[],
  last: Turn,
  unknown: Unknown,
): { readonly due: number; readonly mayRunOut: boolean } | undefined {
  const is = (one: Judged): Truth => (last.isOn ? mayEnd(rule, one, unknown) : readWhen(one, unknown))
  const since = judged.slice(last.after)
  const run = since.slice(since.findLastIndex((one) => is(one) === 'false') + 1)
  const start = run.find((one) => is(one) === 'true')
  const now = run.at(-1)
  if (start === undefined || now === undefined) return undefined
  const needed = last.isOn ? rule.keep : rule.for
  return { due: start.time + (needed === undefined ? 0 : ms(needed)), mayRunOut: is(now) === 'true' }
}
