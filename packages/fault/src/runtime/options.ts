import { type BatchPosition, optional, port, type ProblemListener, resolveOptions } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'
import type { SchedulerLike } from 'rxjs'

import { defaultFaultEngineOptions, type FaultEngineOptions, limitChecks } from '../engine/limits.ts'
import { FaultError } from '../errors.ts'
import type { OpenFault, OpenFaultStore } from '../model/fault-event.ts'
import type { FaultProblem } from '../model/fault-problem.ts'
import { openFaults } from './open-faults.ts'

/** Who keeps what {@link evaluate} knows over a restart, as bytes. */
export interface FaultStateStore {
  /**
   * How long a change of state is kept in memory only, ms.
   * @defaultValue 60000
   */
  readonly everyMs?: number | undefined
  /** What was saved last, read at subscribe; `undefined` where nothing was. What it throws is the error of the stream. */
  load(): Uint8Array | undefined
  /**
   * Keeps what is known now, in the place of what was: at most once in `everyMs`, never while it is under way, and at the end. What it
   * throws or rejects with is problem `bad-state`, and the next save comes in `everyMs`.
   */
  save(bytes: Uint8Array, position?: BatchPosition): void | Promise<void>
}

/** Options of {@link evaluate} and {@link replay}. */
export interface JudgeOptions extends FaultEngineOptions {
  /**
   * The faults that were open before a restart: the last event of each, or the alert store that has them, which is read at
   * subscribe. They are cleared or go on as if nothing had happened. Faults that cleared before are forgotten, so that a
   * sample from then, if it is delivered again, may open one anew under its old name.
   * @defaultValue nobody knows: each rule set and series that is found well at first is told as `normal`, once; `[]` says
   * that none was open
   */
  readonly open?: readonly OpenFault[] | OpenFaultStore | undefined
  /**
   * Gets what was wrong with samples; a `Subject` fits.
   * @defaultValue none: the first of each reason is a warning of the process
   */
  readonly problems?: ProblemListener<FaultProblem> | undefined
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends JudgeOptions {
  /**
   * Tells the time, and wakes when something is due.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Keeps all that is known over a restart: windows, waits, what is silent, and the position of the last batch. Silences and holds do not
   * count the time in between. Of `open`, only what this does not know is taken over; without `open`, and where nothing was
   * saved, no fault was open. Bytes that are damaged are problem `bad-state`, and all begins anew with `open`.
   * @defaultValue none: nothing but `open` is known
   */
  readonly state?: FaultStateStore | undefined
}

/** Options of {@link replay}. */
export interface ReplayOptions extends JudgeOptions {
  /**
   * The replay ends at this moment, ms since the Unix epoch: samples received later are not judged, and what is due by then is told
   * although no sample comes.
   * @defaultValue none: it ends with the last sample
   */
  readonly until?: number | undefined
}

type Optional = 'open' | 'problems' | 'state' | 'until'
type Defaults<Options> = {
  readonly [Name in keyof Omit<Options, Optional>]-?: NonNullable<Omit<Options, Optional>[Name]>
}

/** The defaults of {@link evaluate}. */
export const defaultEvaluateOptions: Defaults<EvaluateOptions> = Object.freeze({
  ...defaultFaultEngineOptions,
  scheduler: asyncScheduler,
})

const badOption = (message: string): FaultError => new FaultError('FAULT_BAD_OPTION', message)

const judgeChecks = { ...limitChecks, open: optional(openFaults), problems: optional(port('next')) }

/** Options of {@link evaluate} that are complete and checked. */
type ResolvedEvaluateOptions = Defaults<EvaluateOptions> &
  Pick<EvaluateOptions, 'open' | 'problems' | 'state'>

/** Checks the options of {@link evaluate}. */
export function resolveEvaluateOptions(options?: EvaluateOptions): ResolvedEvaluateOptions {
  return resolveOptions<ResolvedEvaluateOptions>(
    defaultEvaluateOptions,
    options,
    { ...judgeChecks, scheduler: port('now', 'schedule'), state: optional(stateStore) },
    badOption,
  )
}

/** Options of {@link replay} that are complete and checked. */
type ResolvedReplayOptions = Defaults<JudgeOptions> & Pick<ReplayOptions, 'open' | 'problems' | 'until'>

/** Checks the options of {@link replay}. */
export function resolveReplayOptions(options?: ReplayOptions): ResolvedReplayOptions {
  return resolveOptions<ResolvedReplayOptions>(
    defaultFaultEngineOptions,
    options,
    { ...judgeChecks, until: optional(moment) },
    badOption,
  )
}

const moment = (value: unknown): string | undefined =>
  Number.isFinite(value) ? undefined : 'a finite number, ms since the Unix epoch'

function stateStore(value: unknown): string | undefined {
  const flaw = port('load', 'save')(value)
  if (flaw !== undefined) return flaw
  const { everyMs } = value as { readonly everyMs?: unknown }
  if (everyMs === undefined || (Number.isSafeInteger(everyMs) && Number(everyMs) >= 1)) return undefined
  return 'an object with load and save, and as everyMs a whole number from 1'
}
