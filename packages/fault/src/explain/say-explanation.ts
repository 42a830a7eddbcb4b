import type { ExplainedRule, Explanation } from './explanation.ts'
import { sayEndOf, sayMs } from '../sentences/say-time.ts'
import { cut, onOneLine } from '../sentences/say-value.ts'

/** Longest text of an explanation. */
const maxLength = 300

/** Why a fault is open, or why not. `says`: of each rule, what decides. */
export function sayExplanation(
  facts: Omit<Explanation, 'text'>,
  isGone: boolean,
  says: readonly string[],
): string {
  const { open, muted } = facts
  const said = open === undefined ? sayQuiet(facts, isGone, says) : sayOpen(facts, open.openedAt, says)
  const muting = muted === undefined ? '' : `muted until ${sayEndOf(muted.during)}, `
  return cut(onOneLine(`${muting}${said}`), maxLength - 1)
}

function sayOpen(
  { rules, time }: Omit<Explanation, 'text'>,
  openedAt: number,
  says: readonly string[],
): string {
  const open = `open for ${sayMs(time - openedAt)}`
  const rule = rules.find(({ decides }) => decides)
  if (rule === undefined) return `${open}: its rule was edited, and nothing has ended it yet`
  const said = says[rule.rule] ?? ''
  if (rule.phase === 'ending')
    return `${open}: ${said}, and it ends once that has been so for long enough${dueIn(rule, time)}`
  if (rule.truth === 'true') return `${open}: ${said}`
  if (rule.truth === 'false') return `${open}: ${said}, but what ends it is not so yet`
  return `${open}: whether it has ended is unknown, ${whyOf(rule) ?? said}`
}

const dueIn = ({ due }: ExplainedRule, time: number): string =>
  due === undefined || due <= time ? '' : `, in ${sayMs(due - time)}`

function sayQuiet(
  { rules, time, sampleTime, heldBy }: Omit<Explanation, 'text'>,
  isGone: boolean,
  says: readonly string[],
): string {
  if (isGone) return 'not open: forgotten, since no sample came for so long'
  if (heldBy !== undefined && sampleTime !== undefined)
    return `not open: no sample for ${sayMs(time - sampleTime)}, which the fault of its source ${cut(heldBy, 60)} tells`
  const pending = rules.find(({ phase }) => phase === 'pending')
  if (pending !== undefined) {
    const { rule, since = time, truth } = pending
    const state = `rule ${rule + 1} is pending for ${sayMs(time - since)}${dueIn(pending, time)}`
    return truth === 'unknown'
      ? `not open: ${state}, and unknown now, ${whyOf(pending) ?? ''}`
      : `not open: ${state.replace(', in ', ', fires in ')}, ${says[rule] ?? ''}`
  }
  if (sampleTime === undefined && rules.every(({ truth }) => truth === 'unknown'))
    return 'not open: no sample yet'
  const unknown = rules.find(({ truth }) => truth === 'unknown')
  if (unknown !== undefined)
    return `not open: rule ${unknown.rule + 1} is unknown, ${whyOf(unknown) ?? says[unknown.rule] ?? ''}`
  const others = rules.length - 1
  const more =
    others === 0 ? '' : `, and ${others} more ${others === 1 ? 'rule is' : 'rules are'} not violated`
  return `not open: ${says[0] ?? ''}${more}`
}

const whyOf = ({ when }: ExplainedRule): string | undefined => when.find(({ why }) => why !== undefined)?.why
