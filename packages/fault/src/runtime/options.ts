import { type Check, optional, port, type ProblemListener, resolveOptions } from '@tocsin/core'
import {
  Flaw,
  integer,
  number,
  object,
  oneOf,
  optional as maybe,
  read,
  refine,
  seriesShape,
  type Shape,
  text,
} from '@tocsin/core/shape'
import { asyncScheduler } from 'rxjs'
import type { SchedulerLike } from 'rxjs'

import { defaultFaultEngineOptions, type FaultEngineOptions, limitChecks } from './engine/limits.ts'
import { eventsOf } from './engine/restore.ts'
import { FaultError } from './errors.ts'
import type { OpenFault, OpenFaultStore, RestoredFault } from './fault-event.ts'
import type { FaultProblem } from './fault-problem.ts'
import { criterionShape, scalarShape, severityShape } from './rule-set-shape.ts'

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

/** The alerts of `@tocsin/notify` about itself: no detector need know of them. */
const ownAlerts = 'tocsin.notify'

/** The faults that `open` tells of now, if it was given; and how many alerts of a store are no faults of ours. */
export function readOpen(open: EvaluateOptions['open']): {
  readonly faults: readonly RestoredFault[] | undefined
  readonly strangers: number
} {
  if (open === undefined) return { faults: undefined, strangers: 0 }
  const given: readonly unknown[] =
    'openAlerts' in open
      ? open
          .openAlerts()
          .map(({ signal }) => signal)
          .filter(({ ruleSet }) => ruleSet !== ownAlerts)
      : open
  const faults = given.flatMap((item) => {
    const fault = read(restoredFault, item, 'open')
    return fault instanceof Flaw ? [] : [fault]
  })
  return { faults, strangers: given.length - faults.length }
}

const openFaults: Check = (value) => {
  if (!Array.isArray(value)) {
    return (
      port('openAlerts')(value) && 'an array of the last events of open faults, or a store with openAlerts'
    )
  }
  const places = new Set<string>()
  for (const [index, item] of value.entries()) {
    const fault = read(restoredFault, item, `[${index}]`)
    if (fault instanceof Flaw) {
      return `an array of the last events of open faults, but [${index}] is no event of type opened or severity: ${fault.message}`
    }
    const place = `${fault.ruleSet}|${fault.series.key}`
    if (places.has(place))
      return `one event per rule set and series, but [${index}] is the second for ${place}`
    places.add(place)
  }
  return undefined
}

const name = text(0, 65_536)

const cause: Shape<RestoredFault['cause']> = object(
  {
    rule: integer(0),
    criterion: criterionShape,
    threshold: maybe(scalarShape),
    sampleTime: number(),
  },
  { open: true },
)

type Restorable = RestoredFault & { readonly type?: 'opened' | 'severity' }

/** They come out of a store, so that it pays to look before something reads half an event. */
const restoredFault: Shape<Restorable> = refine(
  object<Restorable>(
    {
      type: maybe(oneOf(['opened', 'severity'])),
      id: name,
      fault: name,
      ruleSet: name,
      series: seriesShape,
      severity: severityShape,
      openedAt: number(),
      time: number(),
      cause,
    },
    { open: true },
  ),
  ({ id }) =>
    Number.isSafeInteger(eventsOf({ id }))
      ? undefined
      : new Flaw('.id', 'must end with | and the number of the event'),
)
