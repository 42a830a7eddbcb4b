import type { Alert } from '../../model/alert.ts'
import { hash } from '../../model/digest.ts'
import type { FaultSignal } from '../../model/signal.ts'

/** Signals of one alert that are known by their marks: those that changed it, and of the others the latest. */
const maxMarks = 64
const maxRepeats = 8

/** What was heard of one alert since it was recorded last; what was recorded is in the alert. */
interface Heard {
  /** When its detector was heard of last, ms since the Unix epoch. */
  at: number
  /** Since when its detector was asked and did not answer, ms since the Unix epoch. */
  askedAt: number | undefined
  /** When it was asked in vain last. */
  inVainAt: number
  /** Those of signals that changed nothing, the latest last. */
  readonly repeats: number[]
}

/**
 * What was heard of each alert in this life, and need not be durable: a repeated signal is worth no write. It goes into the alert with its
 * next change.
 */
export interface Hearing {
  /** This life begins: before it nobody listened. */
  begin(now: number): void
  /** A signal that changes nothing. */
  repeated(alert: Alert, signal: FaultSignal, now: number): void
  /** The detector says something of it. */
  heard(alert: Alert, now: number): void
  /** The detector was asked, or `undefined` gave no answer. */
  asked(alert: Alert, at: number | undefined, now: number): void
  /** Since when it is asked. */
  askedAt(id: string): number | undefined
  /** When it was heard of last, or asked in vain, ms since the Unix epoch. Nobody listened before this life. */
  quietSince(alert: Alert): number
  /** Whether a signal has come before. */
  isSeen(alert: Alert, signal: FaultSignal): boolean
  /** Marks of all that came by now, to be recorded: of this one, and of the latest before it. */
  marksOf(alert: Alert, signal: FaultSignal): readonly string[]
  /** The alert is recorded with its marks. */
  recorded(id: string): void
  /** The alert is gone. */
  forget(id: string): void
  /** The clock was set back by so much, ms. */
  setBack(byMs: number): void
}

/** Nothing was heard yet. */
export function createHearing(): Hearing {
  const heard = new Map<string, Heard>()
  let start = -Infinity
  const of = (alert: Alert): Heard => {
    let known = heard.get(alert.id)
    if (known === undefined) {
      known = { at: alert.heardAt, askedAt: undefined, inVainAt: -Infinity, repeats: [] }
      heard.set(alert.id, known)
    }
    return known
  }

  return {
    begin: (now) => {
      start = now
    },
    repeated: (alert, signal, now) => {
      const known = of(alert)
      known.at = now
      known.askedAt = undefined
      const number = numberOf(signal)
      const { repeats } = known
      if (repeats.at(-1) === number) return
      if (repeats.length === maxRepeats) repeats.shift()
      repeats.push(number)
    },
    heard: (alert, now) => {
      const known = of(alert)
      known.at = now
      known.askedAt = undefined
    },
    asked: (alert, at, now) => {
      const known = of(alert)
      known.askedAt = at
      if (at === undefined) known.inVainAt = now
    },
    askedAt: (id) => heard.get(id)?.askedAt,
    quietSince: (alert) => {
      const known = heard.get(alert.id)
      return Math.max(start, known?.at ?? alert.heardAt, known?.inVainAt ?? -Infinity)
    },
    isSeen: (alert, signal) => {
      const number = numberOf(signal)
      if (number === numberOf(alert.signal)) return true
      const isRepeat = heard.get(alert.id)?.repeats.includes(number) === true
      return isRepeat || (alert.seen.length > 0 && alert.seen.includes(markOf(number)))
    },
    marksOf: (alert, signal) => {
      const latest = [numberOf(alert.signal), ...(heard.get(alert.id)?.repeats ?? []), numberOf(signal)]
      return [...new Set([...alert.seen, ...latest.map(markOf)])].slice(-maxMarks)
    },
    recorded: (id) => {
      const known = heard.get(id)
      if (known !== undefined) known.repeats.length = 0
    },
    forget: (id) => {
      heard.delete(id)
    },
    setBack: (byMs) => {
      start -= byMs
      for (const known of heard.values()) {
        known.at -= byMs
        known.inVainAt -= byMs
        if (known.askedAt !== undefined) known.askedAt -= byMs
      }
    },
  }
}

/**
 * What makes a signal the same as another: more than its id, so that a detector whose signals have one id for ever is heard all the same.
 * Short, since each alert has many: who could make two of them share one could as well say nothing.
 */
const numberOf = ({ id, type, severity, time }: FaultSignal): number => hash(id, hash(type, time) + severity)

const markOf = (number: number): string => number.toString(36)

/** The mark of a signal, by which it is known where it comes again. */
export const signalMark = (signal: FaultSignal): string => markOf(numberOf(signal))
