import type { Alert } from '../model/alert.ts'
import { digest } from '../model/digest.ts'
import type { FaultSignal } from '../model/signal.ts'

/** Signals of one alert that are known by their marks. */
export const maxMarks = 64
const maxIdLength = 64

/** What was heard of one alert since it was recorded last; what was recorded is in the alert. */
interface Heard {
  /** When its detector was heard of last, ms since the Unix epoch. */
  at: number
  /** Since when its detector was asked and did not answer, ms since the Unix epoch. */
  askedAt: number | undefined
  /** When it was asked in vain last. */
  inVainAt: number
  /** Marks of signals that changed nothing, the latest last. */
  readonly marks: string[]
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
  /** When it was heard of last, ms since the Unix epoch. */
  heardAt(alert: Alert): number
  /** Whether a signal has come before. */
  isSeen(alert: Alert, signal: FaultSignal): boolean
  /** Marks of all that came by now, to be recorded. */
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
      known = { at: alert.heardAt, askedAt: undefined, inVainAt: -Infinity, marks: [] }
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
      const mark = markOf(signal)
      const { marks } = known
      if (marks.at(-1) === mark || alert.seen.at(-1) === mark) return
      marks.push(mark)
      if (marks.length > 2 * maxMarks) marks.splice(0, marks.length - maxMarks)
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
    heardAt: (alert) => heard.get(alert.id)?.at ?? alert.heardAt,
    isSeen: (alert, signal) => {
      const mark = markOf(signal)
      return alert.seen.includes(mark) || heard.get(alert.id)?.marks.includes(mark) === true
    },
    marksOf: (alert, signal) => {
      const marks = [...alert.seen, ...(heard.get(alert.id)?.marks ?? []), markOf(signal)]
      return marks.slice(-maxMarks)
    },
    recorded: (id) => {
      const known = heard.get(id)
      if (known !== undefined) known.marks.length = 0
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

/** What makes a signal the same as another. More than its id, so that a detector whose signals have one id for ever is heard all the same. */
export const markOf = ({ id, type, severity, time }: FaultSignal): string =>
  // With its beginning a long id is longer than any that is short.
  `${time}${type[0]}${severity}${id.length <= maxIdLength ? id : digest(id) + id.slice(0, maxIdLength)}`
