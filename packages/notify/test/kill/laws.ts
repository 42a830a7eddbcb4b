import type { NotifyEvent, Severity } from '../../src/index.ts'
import type { Truth } from './detector.ts'
import { inMaintenance, placesBySeverity, ruleSet } from './plan.ts'
import type { Attempt } from './receivers.ts'

/** What was read and what was said, in the order in which this side learnt of it. */
export type Entry =
  | { readonly attempt: Attempt }
  | { readonly event: NotifyEvent }
  /** A life was killed. */
  | { readonly killed: number }

const isEnding = ({ type }: NotifyEvent): boolean =>
  type === 'delivered' || type === 'dead' || type === 'superseded'

/** Who has read it may know, whatever he answered. */
const mayKnow = ({ fate }: Attempt): boolean => fate !== 'refused'
const knows = ({ fate }: Attempt): boolean => fate === 'taken' || fate === 'lost' || fate === 'hung'

/** The laws of telling that were broken, by what receivers read and what the operator said; it is not asked how it decides. */
export function brokenLaws(entries: readonly Entry[]): string[] {
  const broken: string[] = []
  const stories = new Map<string, Attempt[]>()
  const meanings = new Map<string, string>()
  const ended = new Map<string, string>()
  const planned = new Set<string>()
  const takenIn = new Set<string>()
  const severities = new Map<string, Severity[]>()
  /** Of what was planned and not ended when a life was killed, nobody can know whether it was sent; nor of what is not known to be planned. */
  const doubtful = new Set<string>()
  const open = new Map<string, NotifyEvent & { type: 'planned' }>()
  const sequences = new Map<string, number>()
  const held = new Set<string>()
  const created: (NotifyEvent & { type: 'created' })[] = []

  for (const entry of entries) {
    if ('killed' in entry) {
      for (const { alert, place, kind } of open.values())
        if (kind === 'alert') doubtful.add(`${alert} for ${place}`)
      continue
    }
    if ('event' in entry) {
      const { event } = entry
      if (event.type === 'planned') {
        if (planned.has(event.notification)) broken.push(`${event.notification} was planned twice`)
        planned.add(event.notification)
        open.set(event.notification, event)
        const key = `${event.alert} for ${event.place}`
        sequences.set(key, (sequences.get(key) ?? 0) + 1)
      } else if (isEnding(event) && 'notification' in event) {
        const before = ended.get(event.notification)
        if (before !== undefined)
          broken.push(`${event.notification} was ${event.type} after it was ${before}`)
        ended.set(event.notification, event.type)
        open.delete(event.notification)
      } else if (event.type === 'acknowledged') {
        held.add(event.alert)
      } else if (event.type === 'created' && event.ruleSet === ruleSet) {
        if (created.some(({ alert }) => alert === event.alert))
          broken.push(`${event.alert} was created twice`)
        created.push(event)
      }
      if ('severity' in event && 'alert' in event)
        severities.set(event.alert, [...(severities.get(event.alert) ?? []), event.severity])
      continue
    }
    const { attempt } = entry
    const { told, place, life, fate } = attempt
    const [{ id: alert }] = told.alerts
    const end = ended.get(told.id)
    if (end !== undefined) broken.push(`${told.id} was sent again after it was ${end}`)
    const meaning = `${alert} ${place} ${told.kind} ${told.sequence}`
    if ((meanings.get(told.id) ?? meaning) !== meaning)
      broken.push(`${told.id} meant ${meanings.get(told.id)}, and then ${meaning}`)
    meanings.set(told.id, meaning)
    if (fate === 'taken') {
      const once = `${told.id} in life ${life}`
      if (takenIn.has(once)) broken.push(`${once} was taken twice`)
      takenIn.add(once)
    }
    const key = `${alert} for ${place}`
    stories.set(key, [...(stories.get(key) ?? []), attempt])
  }

  for (const [key, attempts] of stories) {
    const last = Math.max(...attempts.map(({ told }) => told.sequence))
    const isDoubtful = doubtful.has(key) || (sequences.get(key) ?? 0) < last
    const isDelivered = (id: string): boolean => ended.get(id) === 'delivered'
    broken.push(...brokenStory(key, attempts, isDoubtful, isDelivered))
  }

  // What was accepted is told to everybody who is to be told.
  for (const { alert, severity, series } of created) {
    // One that somebody knows of need not be told of what became milder before it was told at all.
    if (inMaintenance.has(series) || held.has(alert)) continue
    // One that became milder before he was told is not for him.
    const worst = Math.max(severity, ...(severities.get(alert) ?? [])) as Severity
    for (const place of placesBySeverity(worst)) {
      const heard = stories.get(`${alert} for ${place}`)?.some((each) => knows(each))
      if (heard !== true) broken.push(`${place} was never told of ${alert}`)
    }
  }
  return broken
}

/** `isDoubtful`: a kill left open whether it was told at all; `isDelivered`: whether it was said of a notification that it was. */
function brokenStory(
  key: string,
  attempts: readonly Attempt[],
  isDoubtful: boolean,
  isDelivered: (id: string) => boolean,
): string[] {
  const broken: string[] = []
  let sequence = 0
  let mayHaveBegun = isDoubtful
  let lastEnd: string | undefined
  for (const attempt of attempts) {
    const { told, fate } = attempt
    if (told.sequence < sequence) broken.push(`${key}: ${told.sequence} came after ${sequence}`)
    sequence = told.sequence
    const mayBeKnown = mayKnow(attempt)
    if (told.kind === 'alert') {
      mayHaveBegun ||= mayBeKnown
      if (mayBeKnown) lastEnd = undefined
    } else if (!mayHaveBegun) {
      broken.push(`${key}: ${told.kind} ${told.id} of what nobody was told`)
    } else if (told.kind === 'recovery' && fate === 'taken') {
      if (lastEnd !== undefined && lastEnd !== told.id && isDelivered(lastEnd))
        broken.push(`${key}: a second end ${told.id} of what ended with ${lastEnd}`)
      lastEnd = told.id
    }
  }
  return broken
}

/** Where somebody takes for true what is not, once nothing is under way any more. */
export function misinformed(
  attempts: readonly Attempt[],
  truth: ReadonlyMap<string, Pick<Truth, 'isOpen' | 'severity'>>,
): string[] {
  const believed = new Map<string, Severity | undefined>()
  for (const attempt of attempts) {
    const { place, told } = attempt
    const [{ series, ruleSet: of }] = told.alerts
    if (of !== ruleSet || !knows(attempt)) continue
    believed.set(`${series} for ${place}`, told.kind === 'recovery' ? undefined : told.severity)
  }
  const wrong: string[] = []
  for (const [series, { isOpen, severity }] of truth) {
    for (const place of placesBySeverity(1)) {
      const belief = believed.get(`${series} for ${place}`)
      const mayKnowNothing = !isOpen || !placesBySeverity(severity).includes(place)
      if (isOpen && belief === severity) continue
      if (belief === undefined && mayKnowNothing) continue
      wrong.push(`${place} takes ${series} for ${belief ?? 'fine'}, and it is ${isOpen ? severity : 'fine'}`)
    }
  }
  return wrong
}
