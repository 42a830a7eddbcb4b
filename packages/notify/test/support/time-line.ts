import { parseDuration } from '@tocsin/core'
import type { Duration } from '@tocsin/core'

import type { Policy } from '../../src/model/policy.ts'
import type { Severity } from '../../src/model/signal.ts'
import { everybody, Rig } from './engine.ts'
import type { Answer } from './engine.ts'
import { signal } from './signals.ts'

/** What a provider answers in a part of a time line. */
interface Provider {
  readonly notifier?: string
  /** Only what is told of this series. */
  readonly of?: string
  readonly from?: Duration
  readonly to?: Duration
  readonly answer: 'ok' | 'hangs' | 'transient' | 'unreachable' | 'refused' | 'rate-limited'
}

/** One moment of a time line: what is named in it happens. */
interface Moment {
  /** By the clock; the same as before where it is left out. */
  readonly at?: Duration | undefined
  readonly open?: string
  readonly change?: string
  readonly clear?: string
  readonly severity?: Severity
  readonly text?: string
  /** Which fault of the series; one that lasts has one name. */
  readonly fault?: string
  readonly acknowledge?: string
  readonly unacknowledge?: string
  readonly clearByHand?: string
  readonly until?: Duration
  /** The detector says so of an alert that it was asked about. */
  readonly says?: 'open' | 'over' | 'unknown'
  readonly of?: string
  /** The clock is set to this moment, and nothing else happens. */
  readonly clock?: Duration
  readonly restart?: true
  readonly policy?: Policy
  readonly notifiers?: readonly string[]
  /** All signals so far come once more. */
  readonly again?: true
  /** This moment and all before it happen so often, one every so much. */
  readonly times?: number
  readonly every?: Duration
}

/** What happens, and who is told of it. */
export interface TimeLine {
  readonly what: string
  readonly policy?: Policy
  readonly notifiers?: readonly string[]
  readonly limits?: Readonly<Record<string, number>>
  readonly provider?: readonly Provider[]
  readonly timeline: readonly Moment[]
  readonly told: readonly string[]
  /** Events that must be among those that are told. */
  readonly decided?: readonly string[]
  readonly never?: readonly string[]
  /** What the subject of the last one says among others. */
  readonly said?: string
  /** How many changes were to be stored. */
  readonly changes?: number
  /** How many alerts were created. */
  readonly timesCreated?: number
}

const ms = (duration: Duration): number => parseDuration(duration) ?? NaN

const failures: Readonly<Record<Exclude<Provider['answer'], 'ok' | 'hangs'>, Answer>> = {
  transient: { failure: 'transient', message: 'down' },
  unreachable: { failure: 'transient', message: 'refused the connection', arrived: 'no' },
  refused: { failure: 'permanent', message: '401' },
  'rate-limited': { failure: 'rate-limited', message: '429' },
}

/** Runs a time line. */
export function run({
  policy = everybody,
  notifiers = ['a'],
  limits,
  provider = [],
  timeline,
}: TimeLine): Rig {
  const rig = new Rig(policy, notifiers, limits)
  rig.answer = ({ notifier, alerts }) => {
    const now = provider.find(
      (each) =>
        (each.notifier ?? notifier) === notifier &&
        (each.of ?? alerts[0].series) === alerts[0].series &&
        rig.now >= ms(each.from ?? '0s') &&
        rig.now < ms(each.to ?? '36500d'),
    )
    const answer = now?.answer ?? 'ok'
    return answer === 'ok' || answer === 'hangs' ? answer : failures[answer]
  }
  const signals: ReturnType<typeof signal>[] = []
  const faults = new Map<string, { readonly fault: string; readonly openedAt: number }>()
  const said = (type: 'opened' | 'severity' | 'cleared', metric: string, moment: Moment): void => {
    if (type === 'opened' && (moment.fault !== undefined || !faults.has(metric)))
      faults.set(metric, { fault: moment.fault ?? `${metric}@${rig.now}`, openedAt: rig.now })
    const known = faults.get(metric) ?? { fault: moment.fault ?? metric, openedAt: rig.now }
    if (type === 'cleared') faults.delete(metric)
    const { severity, text } = moment
    const given = { metric, ...known, ...(severity && { severity }), ...(text !== undefined && { text }) }
    const next = { ...signal(type, rig.now, given), id: `${signals.length}` }
    signals.push(next)
    rig.late(next)
  }
  const alertOf = (series: string): string => rig.open.find((alert) => alert.series === series)?.id ?? 'none'

  const happen = (moment: Moment): void => {
    if (moment.at !== undefined) rig.to(ms(moment.at))
    if (moment.clock !== undefined) rig.jump(ms(moment.clock))
    if (moment.restart) rig.restart(moment.policy, moment.notifiers)
    else if (moment.policy !== undefined) rig.step({ type: 'policy', policy: moment.policy })
    if (moment.open !== undefined) said('opened', moment.open, moment)
    if (moment.change !== undefined) said('severity', moment.change, moment)
    if (moment.clear !== undefined) said('cleared', moment.clear, moment)
    if (moment.acknowledge !== undefined) {
      const until = moment.until === undefined ? {} : { until: ms(moment.until) }
      rig.command({ type: 'acknowledge', alert: alertOf(moment.acknowledge), by: 'ann', ...until })
    }
    if (moment.unacknowledge !== undefined)
      rig.command({ type: 'unacknowledge', alert: alertOf(moment.unacknowledge), by: 'ann' })
    if (moment.clearByHand !== undefined)
      rig.command({ type: 'clear', alert: alertOf(moment.clearByHand), by: 'ann' })
    if (moment.says !== undefined)
      rig.step({ type: 'answer', alert: alertOf(moment.of ?? ''), is: moment.says })
    if (moment.again) for (const each of [...signals]) rig.late(each)
  }

  timeline.forEach((moment, index) => {
    if (moment.times === undefined) {
      happen(moment)
      return
    }
    const start = rig.now
    for (let round = 1; round <= moment.times; round++) {
      rig.to(start + round * ms(moment.every ?? '1s'))
      for (const before of timeline.slice(0, index)) happen({ ...before, at: undefined })
    }
  })
  return rig
}

/** Who was told, as `12.5s alert 2 x a`. */
export const toldOf = (rig: Rig): string[] =>
  rig.attempts
    .filter(({ accepted, alert }) => accepted && alert.ruleSet !== 'tocsin.notify')
    .map(
      ({ at, kind, severity, alert, place }) =>
        `${at / 1000}s ${kind} ${severity} ${alert.series} ${place}` +
        (alert.clearedAt !== undefined && kind !== 'recovery' ? ' over' : ''),
    )
