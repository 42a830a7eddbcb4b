import { sayBefore, withText } from '../../sentences/sentence.ts'
import type { Cause, FaultChange, FaultEvent, FaultMuted } from '../../model/fault-event.ts'
import { causeOf, normalCause, sampleTimeOf } from './cause.ts'
import { decide } from './decide.ts'
import type { Episode } from './episode.ts'
import { lastEventTime, nameOf } from './event-times.ts'
import type { MutePlan, Plan, RulePlan } from '../plan/plan.ts'
import type { Slot } from '../plan/shape.ts'
import { instanceBits } from '../state/instances.ts'
import type { EngineState } from '../state/state.ts'

/** What becomes of the fault of an instance, now that its rules are judged; the look is on it. */
export function settle(state: EngineState, row: number, slot: Slot, time: number): void {
  const instance = state.rows.instance(row) + slot.instance
  const rule = decide(state, row, slot)
  const episode = state.episodes.get(instance)
  if (rule === undefined) {
    if (episode !== undefined) end(state, row, slot, episode, time)
    return
  }
  if (episode === undefined) {
    open(state, row, slot, rule, time)
    return
  }
  if (rule.index !== episode.rule || rule.severity !== episode.severity)
    change(state, row, slot, episode, rule, time)
}

/** The first judgement of an instance found nothing wrong. */
export function tellNormal(state: EngineState, row: number, slot: Slot, time: number): void {
  const { instances, rows, shift, sample } = state
  const series = rows.series[row]
  if (series === undefined) return
  const instance = rows.instance(row) + slot.instance
  const name = nameOf(slot.plan.id, series.key)
  const at = Math.max(time - shift, lastEventTime(state, instance, name) + 1)
  instances.eventTime.set(instance, at)
  const event: FaultEvent = withText({
    type: 'normal' as const,
    id: `${name}|${at}|normal`,
    ruleSet: slot.plan.id,
    series,
    time: at,
    cause: normalCause(state, row, slot),
    ...(sample !== undefined && { sample }),
  })
  state.counts.events += 1
  state.events.push(event)
}

function open(state: EngineState, row: number, slot: Slot, rule: RulePlan, time: number): void {
  const { rows, instances, shift, episodes, timers } = state
  const { plan } = slot
  const series = rows.series[row]
  if (series === undefined) return
  const instance = rows.instance(row) + slot.instance
  const name = nameOf(plan.id, series.key)
  const openedAt = Math.max(time - shift, lastEventTime(state, instance, name) + 1)
  const mute = muteOf(plan, rule.severity, openedAt)
  const episode: Episode = {
    fault: `${name}|${openedAt}`,
    series,
    openedAt,
    severity: rule.severity,
    rule: rule.index,
    events: 0,
    said: { rule: rule.index },
    before: undefined,
    mute,
    muteEnd: mute === undefined ? Infinity : muteEndOf(mute, openedAt),
  }
  episodes.set(instance, episode)
  instances.set(instance, instanceBits.hasFault)
  const cause = causeOf(state, row, slot, rule, false)
  if (mute === undefined) {
    tell(state, slot, instance, episode, 'opened', openedAt, cause)
    return
  }
  timers.plan(row, episode.muteEnd + shift)
  tellMuted(state, slot, instance, episode, 'opened', openedAt, cause, mute)
}

function change(
  state: EngineState,
  row: number,
  slot: Slot,
  episode: Episode,
  rule: RulePlan,
  time: number,
): void {
  const { rows, shift } = state
  const instance = rows.instance(row) + slot.instance
  const previousSeverity = episode.severity
  episode.severity = rule.severity
  episode.rule = rule.index
  const isSevere = rule.severity !== previousSeverity
  const at = time - shift
  const cause = causeOf(state, row, slot, rule, false)
  if (episode.mute === undefined) {
    if (isSevere) tell(state, slot, instance, episode, 'severity', at, cause, previousSeverity)
    else tell(state, slot, instance, episode, 'reason', at, cause)
    return
  }
  if (!isSevere) {
    episode.said = saidOf(cause)
    episode.before = sayBefore(cause, at)
    return
  }
  const mute = muteOf(slot.plan, rule.severity, at)
  episode.mute = mute
  if (mute === undefined) {
    tell(state, slot, instance, episode, 'opened', at, cause)
    return
  }
  episode.muteEnd = muteEndOf(mute, at)
  state.timers.plan(row, episode.muteEnd + shift)
  tellMuted(state, slot, instance, episode, 'severity', at, cause, mute, previousSeverity)
}

/** The mute of an opening has ended: it is told now, unless another one holds it back. */
export function endMute(state: EngineState, row: number, slot: Slot): void {
  const instance = state.rows.instance(row) + slot.instance
  const episode = state.episodes.get(instance)
  if (episode === undefined) return
  const at = episode.muteEnd
  const mute = muteOf(slot.plan, episode.severity, at)
  episode.mute = mute
  episode.muteEnd = mute === undefined ? Infinity : muteEndOf(mute, at)
  if (mute !== undefined) return
  const rule = slot.plan.rules[episode.rule]
  const cause =
    rule === undefined
      ? { ...episode.said, reason: 'edited' as const, sampleTime: sampleTimeOf(state, row) }
      : causeOf(state, row, slot, rule, false)
  tell(state, slot, instance, episode, 'opened', at, cause)
}

/** Nothing is violated any more. What nobody can know ends nothing. */
function end(state: EngineState, row: number, slot: Slot, episode: Episode, time: number): void {
  const rule = slot.plan.rules[episode.rule]
  if (rule !== undefined) {
    close(state, row, slot, time, causeOf(state, row, slot, rule, true))
    return
  }
  const first = state.rows.rule(row) + slot.rule
  if (slot.plan.rules.some((_, index) => state.holds.truth(first + index) === 2)) return
  close(state, row, slot, time, { ...episode.said, reason: 'edited', sampleTime: sampleTimeOf(state, row) })
}

/** Ends the fault of an instance, if one is open. */
function close(state: EngineState, row: number, slot: Slot, time: number, cause: Cause): void {
  const { rows, instances, episodes, shift } = state
  const instance = rows.instance(row) + slot.instance
  const episode = episodes.get(instance)
  if (episode === undefined) return
  episodes.delete(instance)
  instances.unset(instance, instanceBits.hasFault)
  const at = time - shift
  if (episode.mute === undefined) tell(state, slot, instance, episode, 'cleared', at, cause)
  else tellMuted(state, slot, instance, episode, 'cleared', at, cause, episode.mute)
}

/** Ends the fault of an instance for a reason that is no rule's. */
export function closeFor(
  state: EngineState,
  row: number,
  slot: Slot,
  time: number,
  reason: 'removed' | 'gone' | 'edited',
): void {
  const episode = state.episodes.get(state.rows.instance(row) + slot.instance)
  if (episode === undefined) return
  close(state, row, slot, time, { ...episode.said, reason, sampleTime: sampleTimeOf(state, row) })
}

function saidOf({ rule, condition, threshold }: Cause): Episode['said'] {
  if (condition === undefined) return threshold === undefined ? { rule } : { rule, threshold }
  return threshold === undefined ? { rule, condition } : { rule, condition, threshold }
}

const muteOf = ({ mutes }: Plan, severity: number, at: number): MutePlan | undefined =>
  mutes.find(
    ({ severities, occurrences }) =>
      (severities === undefined || severities.some((one) => one === severity)) && occurrences.isIn(at),
  )

const muteEndOf = ({ occurrences }: MutePlan, at: number): number => occurrences.at(at)?.end ?? Infinity

function tell(
  state: EngineState,
  slot: Slot,
  instance: number,
  episode: Episode,
  type: FaultChange['type'],
  at: number,
  cause: Cause,
  previousSeverity?: FaultChange['previousSeverity'],
): void {
  const { before } = episode
  const event = { type } as Untold<FaultChange>
  addFacts(event, state, slot, instance, episode, at, cause)
  if (previousSeverity !== undefined) event.previousSeverity = previousSeverity
  state.events.push(withText(event, before))
}

function tellMuted(
  state: EngineState,
  slot: Slot,
  instance: number,
  episode: Episode,
  change: FaultMuted['change'],
  at: number,
  cause: Cause,
  { during }: MutePlan,
  previousSeverity?: FaultChange['previousSeverity'],
): void {
  const { before } = episode
  const event = { type: 'muted', change } as Untold<FaultMuted>
  addFacts(event, state, slot, instance, episode, at, cause)
  if (previousSeverity !== undefined) event.previousSeverity = previousSeverity
  event.mute = { during }
  state.events.push(withText(event, before))
}

/** An event in the making: it is made of one fact after the other, since objects that are spread take longer than all else. */
type Untold<E extends FaultChange | FaultMuted> = Writable<Omit<E, 'text'>>
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

function addFacts(
  event: Untold<FaultChange> | Untold<FaultMuted>,
  state: EngineState,
  { plan }: Slot,
  instance: number,
  episode: Episode,
  at: number,
  cause: Cause,
): void {
  const { instances, sample, counts } = state
  const { fault } = episode
  const time = Math.max(at, instances.eventTime.get(instance))
  instances.eventTime.set(instance, time)
  episode.said = saidOf(cause)
  episode.before = sayBefore(cause, time)
  event.id = `${fault}|${episode.events}`
  event.fault = fault
  event.ruleSet = plan.id
  event.series = episode.series
  event.severity = episode.severity
  event.openedAt = episode.openedAt
  event.time = time
  event.cause = cause
  episode.events += 1
  counts.events += 1
  const waitMs = plan.rules[episode.rule]?.waitMs
  const { info } = plan.ruleSet
  if (waitMs !== undefined) event.waitMs = waitMs
  if (info !== undefined) event.info = info
  if (sample !== undefined) event.sample = sample
}
