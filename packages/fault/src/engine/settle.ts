import type { Cause, CauseReason, FaultChange, FaultNormal } from '../fault-event.ts'
import { averageOf, filledMsOf } from './average-window.ts'
import type { Scalar } from './criterion.ts'
import type { Episode, Instance } from './instance.ts'
import type { Decider, RulePlan } from './plan.ts'
import { withText } from './sentence.ts'

/** Longest text that an event carries, in UTF-16 units. */
const maxValueLength = 1024

/**
 * Moves an instance to the rule that decides now, if any, and gives the event that this makes, if any. The time of events
 * never goes back, and a fault opens later than the one before it cleared, so that each has its own name.
 */
export function settle(
  instance: Instance,
  rule: RulePlan | undefined,
  time: number,
  judged: Scalar | undefined,
): FaultChange | undefined {
  const { decided, episode } = instance
  if (rule === decided) return undefined
  instance.decided = rule
  if (rule === undefined) {
    if (episode === undefined || decided === undefined) return undefined
    instance.episode = undefined
    return withText(
      eventOf(instance, episode, 'cleared', time, causeOf(instance, decided, 'recovered', judged)),
    )
  }
  const cause = causeOf(instance, rule, rule.reason, judged)
  if (episode === undefined) {
    instance.episode = open(instance, rule, Math.max(time, instance.eventTime + 1))
    return withText(eventOf(instance, instance.episode, 'opened', instance.episode.openedAt, cause))
  }
  const previousSeverity = episode.severity
  if (rule.severity === previousSeverity) return undefined
  episode.severity = rule.severity
  return withText({ ...eventOf(instance, episode, 'severity', time, cause), previousSeverity })
}

/** The first judgement of an instance found nothing wrong. */
export function normalOf(instance: Instance, time: number, judged: Scalar | undefined): FaultNormal {
  const { plan, series } = instance
  const ruleSet = plan.ruleSet.id
  instance.eventTime = time
  return withText({
    type: 'normal',
    id: `${ruleSet}|${series.key}|${time}|normal`,
    ruleSet,
    series,
    time,
    cause: { reason: 'normal', ...judgedFacts(instance, judged) },
  })
}

function open({ plan, series }: Instance, { severity }: Decider, openedAt: number): Episode {
  return { fault: `${plan.ruleSet.id}|${series.key}|${openedAt}`, openedAt, severity, events: 0 }
}

function eventOf(
  instance: Instance,
  episode: Episode,
  type: FaultChange['type'],
  time: number,
  cause: Cause,
): Omit<FaultChange, 'text'> {
  const { fault, severity, openedAt } = episode
  const id = `${fault}|${episode.events}`
  episode.events += 1
  instance.eventTime = Math.max(time, instance.eventTime)
  const ruleSet = instance.plan.ruleSet.id
  return {
    type,
    id,
    fault,
    ruleSet,
    series: instance.series,
    severity,
    openedAt,
    time: instance.eventTime,
    cause,
  }
}

function causeOf(
  instance: Instance,
  { index, when, threshold }: Decider,
  reason: CauseReason,
  judged: Scalar | undefined,
): Cause {
  return {
    reason,
    rule: index,
    criterion: when,
    ...(threshold === undefined ? {} : { threshold }),
    ...judgedFacts(instance, judged),
  }
}

function judgedFacts(
  { window, lastSeen }: Instance,
  judged: Scalar | undefined,
): Pick<Cause, 'value' | 'sampleTime' | 'window'> {
  if (judged === undefined) return { sampleTime: lastSeen }
  return {
    value: typeof judged === 'string' ? judged.slice(0, maxValueLength) : judged,
    sampleTime: lastSeen,
    ...(window === undefined
      ? {}
      : { window: { average: averageOf(window), count: window.count, filledMs: filledMsOf(window) } }),
  }
}
