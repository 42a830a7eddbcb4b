import { series, type Series } from '@tocsin/core'
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

import { withText } from '../sentences/sentence.ts'
import type { Cause, FaultChange, FaultEvent, FaultMuted } from '../model/fault-event.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { Severity } from '../model/rule-set.ts'
import type { TimeWindow } from '../model/time-window.ts'

/** What {@link anyFaultHistory} makes. */
export interface AnyFaultHistoryOptions {
  /** Which series the faults are of, each judged by a rule set that is called as its metric. @defaultValue `queue` of two shops, and `disk` */
  readonly series?: readonly Series[] | undefined
  /** Earliest time of an event, ms since the Unix epoch. @defaultValue midnight of 2026-01-05, UTC */
  readonly start?: number | undefined
  /** Whether openings may be held back, as `muted`. @defaultValue true */
  readonly mutes?: boolean | undefined
  /** Whether a series may be found well at first, as `normal`. @defaultValue true */
  readonly normal?: boolean | undefined
  /** Most faults of each series. @defaultValue 4 */
  readonly maxFaults?: number | undefined
}

const someSeries: readonly Series[] = [
  series('queue', { shop: 'berlin' }),
  series('queue', { shop: 'paris' }),
  series('disk'),
]

const silenceMs = 120_000

/** One thing that happens to a fault: which rule decides from then on. */
interface Step {
  readonly afterMs: number
  readonly severity: Severity
  readonly isSilent: boolean
}

interface Life {
  /** Since the end of the one before. */
  readonly pauseMs: number
  readonly steps: readonly [Step, ...Step[]]
  /** How many of the steps are held back; with all of them, so is the end, if it ends before the mute does. */
  readonly mutedSteps: number
  readonly outlastsMute: boolean
  readonly endsAfterMs: number
  readonly end: 'recovered' | 'removed' | 'gone' | 'edited'
}

const steps: Arbitrary<Step> = fc.record({
  afterMs: fc.constantFrom(1, 0, 999, 10_000, 60_000, 3_600_000),
  severity: fc.constantFrom(3, 1, 2, 4, 5),
  isSilent: fc.boolean(),
})

function anyLife(mutes: boolean): Arbitrary<Life> {
  return fc.record({
    pauseMs: fc.constantFrom(1000, 1, 60_000, 700_000, 86_400_000),
    steps: fc
      .tuple(steps, fc.array(steps, { maxLength: 4 }))
      .map(([first, more]) => [first, ...more] as const),
    mutedSteps: mutes
      ? fc.oneof(
          { withCrossShrink: true },
          { weight: 2, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
        )
      : fc.constant(0),
    outlastsMute: fc.boolean(),
    endsAfterMs: fc.constantFrom(1000, 0, 1, 60_000, 7_200_000),
    end: fc.oneof(
      { withCrossShrink: true },
      { weight: 4, arbitrary: fc.constant('recovered' as const) },
      { weight: 1, arbitrary: fc.constantFrom('removed' as const, 'gone' as const, 'edited' as const) },
    ),
  })
}

/**
 * What `evaluate` could tell of some series: `normal`, `opened`, `severity`, `reason`, `muted` and `cleared` in legal order, each with
 * its cause and a true sentence, in order of time. The last fault of a series may be open still. Shrinks to one fault that opens and ends.
 *
 * @example
 * ```ts
 * import { anyFaultHistory } from '@tocsin/fault/testing/arbitraries'
 * import fc from 'fast-check'
 *
 * fc.assert(
 *   fc.property(anyFaultHistory({ mutes: false }), (events) => {
 *     const open = new Set<string>()
 *     for (const event of events) {
 *       if (event.type === 'opened') open.add(event.fault)
 *       if (event.type === 'cleared' && !open.delete(event.fault)) throw new Error(event.text)
 *     }
 *   }),
 * )
 * ```
 */
export function anyFaultHistory(options: AnyFaultHistoryOptions = {}): Arbitrary<readonly FaultEvent[]> {
  const { series: all = someSeries, start = Date.UTC(2026, 0, 5), mutes = true, normal = true } = options
  const { maxFaults = 4 } = options
  const one = fc.record({
    isNormal: normal ? fc.boolean() : fc.constant(false),
    offsetMs: fc.constantFrom(0, 1, 30_000),
    lives: fc.array(anyLife(mutes), { maxLength: maxFaults }),
    staysOpen: fc.boolean(),
  })
  return fc
    .subarray([...all], { minLength: Math.min(1, all.length) })
    .chain((some) => fc.tuple(fc.constant(some), fc.tuple(...some.map(() => one))))
    .map(([some, histories]) =>
      some
        .flatMap((of, index) => {
          const { isNormal = false, offsetMs = 0, lives = [], staysOpen = false } = histories[index] ?? {}
          return tellSeries(of, start + offsetMs, isNormal, lives, staysOpen)
        })
        .toSorted((left, right) => left.time - right.time),
    )
}

function tellSeries(
  of: Series,
  start: number,
  isNormal: boolean,
  lives: readonly Life[],
  staysOpen: boolean,
): FaultEvent[] {
  const events: FaultEvent[] = isNormal ? [tellNormal(of, start)] : []
  let time = start
  for (const [index, life] of lives.entries()) {
    const told = tellLife(of, time + life.pauseMs, life, staysOpen && index === lives.length - 1)
    events.push(...told)
    time = told.at(-1)?.time ?? time
  }
  return events
}

function tellNormal(of: Series, time: number): FaultEvent {
  return withText({
    type: 'normal' as const,
    id: `${of.metric}|${of.key}|${time}|normal`,
    ruleSet: of.metric,
    series: of,
    time,
    cause: { reason: 'normal' as const, value: 1, sampleTime: time },
    sample: { series: of, time, value: 1 },
  })
}

/** The events of one fault. */
function tellLife(of: Series, openedAt: number, life: Life, staysOpen: boolean): FaultEvent[] {
  const events: FaultEvent[] = []
  const fault = `${of.metric}|${of.key}|${openedAt}`
  const { steps, end, endsAfterMs, outlastsMute } = life
  const held = Math.min(life.mutedSteps, steps.length)
  const times = steps.map((_, index) =>
    steps.slice(1, index + 1).reduce((time, { afterMs }) => time + afterMs, openedAt),
  )
  const lastStep = times.at(-1) ?? openedAt
  const ending = lastStep + endsAfterMs
  // The mute ends with the first step that it does not hold back, or a moment after the last one.
  const muteEnd = times[held] ?? lastStep + 1
  const during: TimeWindow = {
    start: new Date(openedAt - 1000).toISOString(),
    end: new Date(Math.max(muteEnd, openedAt + 1)).toISOString(),
  }
  const facts = (severity: Severity, time: number, cause: Cause) => ({
    ...{
      id: `${fault}|${events.length}`,
      fault,
      ruleSet: of.metric,
      series: of,
      severity,
      openedAt,
      time,
      cause,
    },
    ...(cause.reason === 'absent' || cause.reason === 'gone' ? {} : { sample: sampleOf(of, time, cause) }),
  })
  const tell = (
    type: FaultChange['type'],
    severity: Severity,
    time: number,
    cause: Cause,
    previousSeverity?: Severity,
  ): void => {
    const previous = previousSeverity === undefined ? {} : { previousSeverity }
    events.push(withText({ type, ...facts(severity, time, cause), ...previous }))
  }
  const hold = (
    change: FaultMuted['change'],
    severity: Severity,
    time: number,
    cause: Cause,
    previousSeverity?: Severity,
  ): void => {
    const previous = previousSeverity === undefined ? {} : { previousSeverity }
    const mute = { mute: { during } }
    events.push(
      withText({ type: 'muted' as const, change, ...facts(severity, time, cause), ...previous, ...mute }),
    )
  }

  let before: Step | undefined
  for (const [index, step] of steps.entries()) {
    const time = times[index] ?? openedAt
    const cause = causeOf(step, time)
    const { severity } = step
    if (before === undefined) (held > 0 ? hold : tell)('opened', severity, time, cause)
    else if (index === held) tell('opened', severity, time, cause)
    else if (severity !== before.severity)
      (index < held ? hold : tell)('severity', severity, time, cause, before.severity)
    else if (index > held && step.isSilent !== before.isSilent) tell('reason', severity, time, cause)
    before = step
  }
  const [last = steps[0]] = steps.slice(-1)
  const isHeld = held === steps.length
  const isTold = !isHeld || (outlastsMute && ending >= muteEnd)
  if (isHeld && isTold) tell('opened', last.severity, muteEnd, causeOf(last, muteEnd, lastStep))
  if (!staysOpen) {
    const time = isHeld && !isTold ? Math.min(ending, muteEnd - 1) : ending
    const cause = endOf(last, end, time, lastStep)
    if (isTold) tell('cleared', last.severity, time, cause)
    else hold('cleared', last.severity, time, cause)
  }
  return events
}

/** Why a rule decides from `since` on: of each severity there is one with a limit, and one of silence. */
function causeOf({ severity, isSilent }: Step, time: number, since = time): Cause {
  const facts = { rule: (severity - 1) * 2 + (isSilent ? 1 : 0), isTrue: true, since }
  if (isSilent) {
    const condition = { absentFor: '2m' } as const
    return { ...facts, reason: 'absent', condition, threshold: silenceMs, sampleTime: since - silenceMs }
  }
  const limit = 100 - 10 * severity
  const condition = { above: limit }
  return { ...facts, reason: 'above', condition, value: limit + 5, threshold: limit, sampleTime: time }
}

/** Why it ended. */
function endOf(step: Step, reason: Life['end'], time: number, since: number): Cause {
  const { rule, condition, threshold, value, sampleTime } = causeOf(step, since)
  const said = {
    rule,
    ...(condition !== undefined && { condition }),
    ...(threshold !== undefined && { threshold }),
  }
  if (reason !== 'recovered') return { reason, ...said, sampleTime }
  return { reason, ...said, ...(value !== undefined && { value: 1 }), isTrue: false, sampleTime: time }
}

const sampleOf = (of: Series, time: number, { value = 1 }: Cause): FaultInput => ({ series: of, time, value })
