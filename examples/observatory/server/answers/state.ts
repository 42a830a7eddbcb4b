import type { FaultLog } from '../log/fault-log.ts'
import { Refused } from '../refused.ts'
import type { Thresholds } from './thresholds.ts'
import type { FaultHistory, State, Status } from '../wire.ts'

const day = 86_400_000
const longestMs = 31 * day
const mostInState = 200
const mostInHistory = 1000

/** What the state is told from. */
export interface StateParts {
  readonly about: Pick<State, 'host' | 'startedAt' | 'token' | 'periodMs' | 'cores'>
  readonly log: FaultLog
  readonly thresholds: Pick<Thresholds, 'rules'>
  readonly lines: () => State['lines']
  readonly status: () => Status
  /** The last change that was told. */
  readonly position: () => string
  readonly now: () => number
}

/** Everything that the page begins with. */
export function readState({ about, log, thresholds, lines, status, position, now }: StateParts): State {
  const time = now()
  const lastEnded = log.lastEnded()
  const faults = new Map([...log.faults(time - day, time), ...log.open()].map((fault) => [fault.id, fault]))
  return {
    now: time,
    position: position(),
    ...about,
    rules: thresholds.rules(),
    faults: [...faults.values()],
    ...(lastEnded !== undefined && { lastEnded }),
    log: log.log(time - day, time, mostInState),
    maintenance: log.maintenance(),
    pauses: log.pauses(),
    lines: lines(),
    status: status(),
  }
}

/** What was wrong in a stretch of time, and what was told then. */
export function readFaults(
  { log, now }: Pick<StateParts, 'log' | 'now'>,
  query: URLSearchParams,
): FaultHistory {
  const timeOf = (name: string): number => {
    const text = query.get(name) ?? ''
    return /^\d{1,16}$/.test(text) ? Number(text) : NaN
  }
  const [from, to] = [timeOf('from'), timeOf('to')]
  if (!(from < to && to - from <= longestMs)) {
    throw new Refused(400, 'from and to are whole ms since 1970, from before to, at most 31 days apart.')
  }
  return {
    now: now(),
    faults: log.faults(from, to),
    log: log.log(from, to, mostInHistory),
    pauses: log.pauses().filter((pause) => pause.to >= from && pause.from <= to),
  }
}
