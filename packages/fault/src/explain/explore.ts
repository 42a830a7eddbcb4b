import type { Severity } from '../model/rule-set.ts'
import { pending } from '../conditions/hold.ts'
import { lookAtRow, lookAtSlot } from '../engine/judging/judge.ts'
import type { Slot } from '../engine/plan/shape.ts'
import { judgedAt } from '../engine/rows/due.ts'
import { instanceBits } from '../engine/state/instances.ts'
import type { EngineState } from '../engine/state/state.ts'
import { explainPart } from './explain-part.ts'
import type { ExplainedPart } from './explanation.ts'

/** Which rows the explorer shows. */
export interface ExploreOptions {
  /** Only of this rule set. @defaultValue all */
  readonly ruleSet?: string | undefined
  /** Most rows, 1 to 1000. @defaultValue 100 */
  readonly limit?: number | undefined
  /** Goes on after a page: its `next`. */
  readonly after?: string | undefined
}

/** One rule set applied to one series or group. Plain JSON; times are ms since the Unix epoch. */
export interface ExploredInstance {
  /** The id of the rule set. */
  readonly ruleSet: string
  /** The key of the series or group. */
  readonly series: string
  /** `muted`: open, and held back. `pending`: a rule is true, not for long enough. `unknown`: not judged yet, or a rule is unknown. */
  readonly state: 'open' | 'muted' | 'pending' | 'quiet' | 'unknown'
  /** Of what is open. */
  readonly severity?: Severity
  /** Since when it is in this state, as far as that is known: what was never open nor pending has none. */
  readonly since?: number
  /** How many samples were judged; of a group, of all members. 8,388,607 stands for as many or more. */
  readonly samples: number
  /** When it was judged last: the time of a sample, or of a silence or a window of time that was told since. */
  readonly evaluatedAt?: number
  /** The first comparison of each rule: at most 4. */
  readonly values: readonly ExplainedPart[]
}

/** A page of the rules explorer. */
export interface ExploredPage {
  /** In no order that means something; the same as long as no series come or go. */
  readonly instances: readonly ExploredInstance[]
  /** Where the next page begins; none after the last. */
  readonly next?: string
}

const defaultLimit = 100
const mostRows = 1000
/** Most values of one. */
const mostValues = 4

/** Shows what each rule set knows of each series, a page at a time. */
export function explore(
  state: EngineState,
  { ruleSet, limit = defaultLimit, after = '0.0' }: ExploreOptions = {},
): ExploredPage {
  const most = Math.min(mostRows, Math.max(1, Math.floor(limit)))
  const [firstRow = 0, firstSlot = 0] = after.split('.').map(Number)
  const instances: ExploredInstance[] = []
  for (let row = firstRow; row < state.rows.end; row += 1) {
    const slots = state.rows.shape[row]?.slots ?? []
    for (let index = row === firstRow ? firstSlot : 0; index < slots.length; index += 1) {
      const slot = slots[index]
      if (slot?.kind !== 'own' || (ruleSet !== undefined && slot.plan.id !== ruleSet)) continue
      if (instances.length === most) return { instances, next: `${row}.${index}` }
      const one = exploreSlot(state, row, slot)
      if (one !== undefined) instances.push(one)
    }
  }
  return { instances }
}

function exploreSlot(state: EngineState, row: number, slot: Slot): ExploredInstance | undefined {
  const { rows, shift } = state
  const series = rows.series[row]
  const time = judgedAt(state, row, slot)
  if (series === undefined) return undefined
  lookAtRow(state, row, time === -Infinity ? state.now : time)
  lookAtSlot(state, row, slot)
  const first = slot.plan.rules.flatMap(
    ({ when }) => when.leaves.find(({ term }) => term !== undefined) ?? [],
  )
  return {
    ruleSet: slot.plan.id,
    series: series.key,
    ...stateOf(state, row, slot),
    samples: rows.seen(row),
    ...(time > -Infinity && { evaluatedAt: time - shift }),
    values: first.slice(0, mostValues).map((leaf) => explainPart(state, leaf)),
  }
}

function stateOf(
  { rows, instances, episodes, holds, shift }: EngineState,
  row: number,
  slot: Slot,
): Pick<ExploredInstance, 'state' | 'severity' | 'since'> {
  const instance = rows.instance(row) + slot.instance
  const episode = episodes.get(instance)
  if (episode !== undefined) {
    const { severity, openedAt, mute } = episode
    return { state: mute === undefined ? 'open' : 'muted', severity, since: openedAt }
  }
  const first = rows.rule(row) + slot.rule
  const rules = slot.plan.rules.map((_, index) => first + index)
  const waiting = rules.filter((at) => holds.phase(at) === pending).map((at) => holds.since.get(at))
  if (waiting.length > 0) return { state: 'pending', since: Math.min(...waiting) - shift }
  const isUnknown =
    !instances.has(instance, instanceBits.isJudged) || rules.some((at) => holds.truth(at) === 2)
  if (isUnknown) return { state: 'unknown' }
  const ended = instances.eventTime.get(instance)
  return { state: 'quiet', ...(ended > -Infinity && { since: ended }) }
}
