import { type Check, optional, port, type ProblemListener, resolveOptions } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'
import type { SchedulerLike } from 'rxjs'

import { defaultFaultEngineOptions, type FaultEngineOptions, limitChecks } from './engine/limits.ts'
import { eventsOf } from './engine/restore.ts'
import { FaultError } from './errors.ts'
import type { OpenFault, OpenFaultStore, RestoredFault } from './fault-event.ts'
import type { FaultProblem } from './fault-problem.ts'

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends FaultEngineOptions {
  /**
   * Tells the time, and wakes when a silence is due.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
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

/** The defaults of {@link evaluate}. */
export const defaultEvaluateOptions: {
  readonly [Name in keyof Omit<EvaluateOptions, 'open' | 'problems'>]-?: NonNullable<EvaluateOptions[Name]>
} = Object.freeze({
  ...defaultFaultEngineOptions,
  scheduler: asyncScheduler,
})

type ResolvedOptions = typeof defaultEvaluateOptions & Pick<EvaluateOptions, 'open' | 'problems'>

/** Checks the options of {@link evaluate}. */
export function resolveEvaluateOptions(options?: EvaluateOptions): ResolvedOptions {
  return resolveOptions<ResolvedOptions>(
    defaultEvaluateOptions,
    options,
    {
      ...limitChecks,
      scheduler: port('now', 'schedule'),
      open: optional(openFaults),
      problems: optional(port('next')),
    },
    (message) => new FaultError('FAULT_BAD_OPTION', message),
  )
}

/** The faults that `open` tells of now, if it was given; and how many alerts of a store are no faults of ours. */
export function readOpen(open: EvaluateOptions['open']): {
  readonly faults: readonly RestoredFault[] | undefined
  readonly strangers: number
} {
  if (open === undefined) return { faults: undefined, strangers: 0 }
  const given: readonly unknown[] =
    'openAlerts' in open ? open.openAlerts().map(({ signal }) => signal) : open
  const faults = given.filter(isRestored)
  return { faults, strangers: given.length - faults.length }
}

const openFaults: Check = (value) => {
  if (!Array.isArray(value)) {
    return (
      port('openAlerts')(value) && 'an array of the last events of open faults, or a store with openAlerts'
    )
  }
  const places = new Set<string>()
  for (const [index, fault] of value.entries()) {
    if (!isRestored(fault)) {
      return `an array of the last events of open faults, but [${index}] is no event of type opened or severity`
    }
    const place = `${fault.ruleSet}|${fault.series.key}`
    if (places.has(place))
      return `one event per rule set and series, but [${index}] is the second for ${place}`
    places.add(place)
  }
  return undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** They come out of a store, so that it pays to look before something reads half an event. */
function isRestored(value: unknown): value is RestoredFault {
  return (
    isObject(value) &&
    value['type'] !== 'cleared' &&
    ['id', 'fault', 'ruleSet'].every((name) => typeof value[name] === 'string') &&
    Number.isSafeInteger(eventsOf({ id: String(value['id']) })) &&
    [1, 2, 3, 4, 5].includes(value['severity'] as number) &&
    Number.isFinite(value['openedAt']) &&
    Number.isFinite(value['time']) &&
    isObject(value['series']) &&
    typeof value['series']['key'] === 'string' &&
    typeof value['series']['metric'] === 'string' &&
    isObject(value['series']['tags']) &&
    isObject(value['cause']) &&
    isObject(value['cause']['criterion']) &&
    Number.isSafeInteger(value['cause']['rule']) &&
    Number.isFinite(value['cause']['sampleTime'])
  )
}
