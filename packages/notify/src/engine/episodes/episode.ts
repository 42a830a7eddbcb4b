import type { Alert } from '../../model/alert.ts'
import { digest, episodeId } from '../../model/digest.ts'
import type { EndedEpisode } from '../../model/change.ts'
import type { FaultSignal } from '../../model/signal.ts'
import { describeSignal } from '../../render/render-notification.ts'
import { signalMark } from './hearing.ts'
import type { Machine } from '../machine.ts'

const none: readonly never[] = []

/** Earlier names of an episode that are remembered. */
const maxNames = 16

/** Identity of the episode that a signal is about. */
export const episodeOf = ({ ruleSet, series, fault, openedAt }: FaultSignal): string =>
  episodeId(ruleSet, series.key, fault, openedAt)

/**
 * Whether the signal belongs to an episode that has ended: it comes a second time, or late. Of one that a person ended a worse severity
 * is heard all the same, unless it was heard before.
 */
export function endedBefore(
  machine: Machine,
  signal: FaultSignal,
  episode: string,
): 'over' | 'worse' | undefined {
  const ended = machine.state.ended.get(episode)
  if (ended === undefined) return undefined
  if (ended.byHand === undefined || signal.severity >= ended.byHand) return 'over'
  return signal.type === 'cleared' || ended.seen?.includes(signalMark(signal)) === true ? 'over' : 'worse'
}

/** What events say of an alert. */
export type Subject = Pick<Alert, 'id' | 'ruleSet' | 'series' | 'severity'>

/** The alert that an episode would be, were it one of its own. */
export const subjectOf = ({ ruleSet, series, severity }: FaultSignal, episode: string): Subject => ({
  id: `${ruleSet}|${series.key}|${episode}`,
  ruleSet,
  series: series.key,
  severity,
})

/**
 * An alert of which nobody is told yet. `again`, an episode that was ended by hand and goes on: nothing of it has an id of its first life,
 * and what was heard then is known.
 */
export function newAlert(signal: FaultSignal, episode: string, now: number, again?: EndedEpisode): Alert {
  const { ruleSet, series, severity, openedAt } = signal
  const end = again === undefined ? episode : digest(`${episode} again at ${now}`)
  // With all fields that it may ever have: a copy that gets a new one takes fifty times as long.
  return {
    id: `${ruleSet}|${series.key}|${end}`,
    ruleSet,
    series: series.key,
    severity,
    openedAt,
    clearedAt: undefined,
    text: describeSignal(signal),
    signal,
    episode,
    formerly: undefined,
    openings: 1,
    heardAt: now,
    unknownSince: undefined,
    settlesAt: undefined,
    seen: again?.seen ?? none,
    acknowledgement: undefined,
    maintenance: none,
    places: none,
  }
}

/** What a signal says for people. */
export const wordsOf = (signal: FaultSignal): Pick<Alert, 'signal' | 'text'> => ({
  signal,
  text: describeSignal(signal),
})

/** The episode goes on under another name. */
export function renamed(alert: Alert, episode: string): Pick<Alert, 'episode' | 'formerly'> {
  const { episode: before, formerly = [] } = alert
  if (episode === before) return { episode, formerly: alert.formerly }
  return { episode, formerly: [...formerly.filter((name) => name !== episode), before].slice(-maxNames) }
}
