import type { Clock } from './ports/clock.ts'
import { diagnosticsChannel } from './ports/diagnostics-channel.ts'

/** Something was wrong and was survived. */
export interface Problem<Reason extends string = string> {
  /** Tells it from what else is emitted. */
  readonly type: 'problem'
  /** Which part noticed it, such as `'statsd'`. */
  readonly from: string
  /** Which kind of problem. */
  readonly reason: Reason
  /** What is wrong and what is allowed, as a sentence. */
  readonly message: string
  /** When it was noticed, ms since the Unix epoch, by the clock of that part. */
  readonly time: number
  /** How many it stands for: with it, those of its reason that came since the last one and were not shown. */
  readonly count: number
  /** Key of the series that is concerned. */
  readonly series?: string
}

/** Who hears of problems; an rxjs `Subject` is one. */
export interface ProblemListener<P extends Problem> {
  /** Takes one problem. */
  next(problem: P): void
  /** `false` while nobody listens, as of a `Subject`. */
  readonly observed?: boolean
}

/** What is known of a problem where it is found. */
export type ProblemFacts<P extends Problem> = Omit<P, 'type' | 'from' | 'reason' | 'time' | 'count'> & {
  /** How many it stands for by itself. */
  readonly count?: number
}

/** Tells of a problem; `describe` is called only where it is shown. */
export type ReportProblem<P extends Problem> = (reason: P['reason'], describe: () => ProblemFacts<P>) => void

/** How problems are passed on. */
export interface ProblemReporterOptions<P extends Problem> {
  readonly from: string
  readonly clock: Clock
  readonly listener: ProblemListener<P> | undefined
  /** Most that are shown for each reason in a second. @defaultValue 10 */
  readonly perSecond?: number
}

interface Shown {
  since: number
  shown: number
  held: number
}

/**
 * Passes problems on, so many for each reason and second, and says how many it held back. Where nobody listens, the first of
 * each reason is a warning of the process: what was not done is never passed over in silence. Who subscribes to the channel
 * `tocsin:problem` hears of those of all parts, and counts as one who listens. Holds one small record per reason.
 */
export function createProblemReporter<P extends Problem>({
  from,
  clock,
  listener,
  perSecond = 10,
}: ProblemReporterOptions<P>): ReportProblem<P> {
  const reasons = new Map<string, Shown>()
  const warned = new Set<string>()
  const channel = diagnosticsChannel('tocsin:problem')
  return (reason, describe) => {
    const time = clock.now()
    let state = reasons.get(reason)
    if (state === undefined) reasons.set(reason, (state = { since: time, shown: 0, held: 0 }))
    // A clock that was set back begins a second too, or nothing would be shown until it catches up.
    if (time - state.since >= 1000 || time < state.since) {
      state.since = time
      state.shown = 0
    }
    const isHeard = listener !== undefined && listener.observed !== false
    const unheard = !isHeard && !channel.hasSubscribers
    if (unheard ? warned.has(reason) : state.shown >= perSecond) {
      state.held += 1
      return
    }
    const { count = 1, ...facts } = describe()
    const problem = {
      ...facts,
      type: 'problem',
      from,
      reason,
      time,
      count: count + state.held,
    } as unknown as P
    if (unheard) {
      warned.add(reason)
      warn(problem)
      return
    }
    state.shown += 1
    state.held = 0
    if (channel.hasSubscribers) channel.publish(problem)
    if (isHeard) listener.next(problem)
  }
}

function warn({ from, reason, message }: Problem): void {
  const text = `${message} (told once; listen to "problems" to hear of all)`
  const { process } = globalThis as {
    process?: { emitWarning?(text: string, kind: { type: string; code: string }): void }
  }
  if (process?.emitWarning === undefined) console.warn(`[${from}/${reason}] ${text}`)
  else process.emitWarning(text, { type: 'TocsinWarning', code: `${from}/${reason}` })
}
