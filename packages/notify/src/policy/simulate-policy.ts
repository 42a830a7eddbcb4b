import { buildSeries, resolveOptions, series } from '@tocsin/core'
import type { Check, Tags } from '@tocsin/core'
import { Flaw, list, mapOf, number, object, optional, read, text } from '@tocsin/core/shape'
import type { Shape } from '@tocsin/core/shape'

import { createEngine } from '../engine/engine.ts'
import type { Input } from '../engine/engine.ts'
import { defaultNotifyLimits, parsePolicy } from '../engine-options.ts'
import { badOption } from '../errors.ts'
import { describeEvent } from '../explain/describe-event.ts'
import type { SuppressReason } from '../model/alert.ts'
import type { NotificationKind } from '../model/notification.ts'
import type { PolicyInput } from '../model/policy.ts'
import { ruleSetShape, severityShape } from '../model/signal.ts'
import type { FaultSignal, Severity } from '../model/signal.ts'

/** A severity that an alert changes to. */
export interface SimulatedChange {
  /** When, ms after its beginning. */
  readonly afterMs: number
  /** How bad it is from then on. */
  readonly severity: Severity
}

/** An alert that might be. */
export interface SimulatedAlert {
  /** Name of the metric. */
  readonly metric: string
  /** Tags of the series. @defaultValue none */
  readonly tags?: Tags | undefined
  /** The rule set that would find the fault. @defaultValue `'simulated'` */
  readonly ruleSet?: string | undefined
  /** How bad it is. */
  readonly severity: Severity
  /** Severities that it changes to. @defaultValue none */
  readonly changes?: readonly SimulatedChange[] | undefined
  /** How long it lasts, ms. @defaultValue longer than is looked at */
  readonly lastsMs?: number | undefined
  /** When somebody acknowledges it, ms after its beginning. @defaultValue never */
  readonly acknowledgedAfterMs?: number | undefined
}

/** What is simulated. */
export interface SimulateOptions {
  /** When the fault begins, ms since the Unix epoch, or a date of ISO 8601 with `Z` or an offset. */
  readonly at: number | string
  /** What happens. */
  readonly alert: SimulatedAlert
  /** How long is looked at, ms. @defaultValue 86400000 */
  readonly forMs?: number | undefined
}

/** One moment of the time line. Plain JSON. */
export interface SimulatedMoment {
  /** When, ms since the Unix epoch. */
  readonly time: number
  /** Whether a place is told then, is told later if the alert lasts, or is not told. */
  readonly type: 'told' | 'waiting' | 'suppressed'
  /** Who; absent where no route reaches anybody. */
  readonly place?: string
  /** What is told. */
  readonly kind?: NotificationKind
  /** Why somebody is not told. */
  readonly reason?: SuppressReason
  /** The severity then. */
  readonly severity: Severity
  /** The same for people: what is told, or why it is not. */
  readonly text: string
}

const dayMs = 86_400_000
const maxForMs = 366 * dayMs
/** What a Date can show, ms. */
const maxTime = 8.64e15
const maxChanges = 1000

const stretch = number(0, maxTime, 'a number of ms from 0')
const word = text(0, 8192)

const alertShape: Shape<SimulatedAlert> = object({
  metric: word,
  tags: optional(mapOf(word, word, 1024)),
  ruleSet: optional(ruleSetShape),
  severity: severityShape,
  changes: optional(
    list(object<SimulatedChange>({ afterMs: stretch, severity: severityShape }), 0, maxChanges),
  ),
  lastsMs: optional(stretch),
  acknowledgedAfterMs: optional(stretch),
})

const timeOf = (at: unknown): number => {
  const time = typeof at === 'string' && /(?:Z|[+-]\d\d:\d\d)$/.test(at) ? Date.parse(at) : at
  return typeof time === 'number' && Math.abs(time) <= maxTime ? time : NaN
}

const atCheck: Check = (value) =>
  Number.isNaN(timeOf(value))
    ? 'a time in ms, or a date with Z or an offset, such as 2026-12-24T03:00:00+01:00'
    : undefined
const alertCheck: Check = (value) => {
  const alert = read(alertShape, value, 'alert')
  if (alert instanceof Flaw) throw badOption(`option "${alert.path}" ${alert.words}`)
  return buildSeries(alert.metric, alert.tags ?? {}).ok
    ? undefined
    : 'an alert whose metric and tags make the name of a series'
}
const forMsCheck: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= maxForMs ? undefined : `from 1 to ${maxForMs} ms`

/**
 * Who would be told when: the engine itself, run over an alert that might be, with notifiers that take everything at once.
 *
 * Errors: the call throws `NOTIFY_BAD_POLICY` and `NOTIFY_BAD_OPTION`.
 *
 * Time: none passes; it is pure.
 *
 * @example
 * ```ts
 * import { simulatePolicy } from '@tocsin/notify'
 *
 * const policy = {
 *   groups: { ops: { notifiers: ['pager'] }, boss: { notifiers: ['mail'] } },
 *   routes: [{ group: 'ops' }, { group: 'boss', severities: [1], wait: '15m' }],
 * }
 * const alert = { metric: 'load', tags: { host: 'web-1' }, severity: 1, lastsMs: 3_600_000 } as const
 * for (const { time, type, place, text } of simulatePolicy(policy, { at: '2026-12-24T03:00:00Z', alert })) {
 *   if (type === 'told') console.log(new Date(time).toISOString().slice(11, 16), place, text) // => 03:00 pager [severity 1] load host=web-1: simulated
 *   // => 03:15 mail [severity 1] load host=web-1: simulated
 *   // => 04:00 pager [recovered] load host=web-1: simulated
 *   // => 04:00 mail [recovered] load host=web-1: simulated
 * }
 * ```
 */
export function simulatePolicy(policy: PolicyInput, options: SimulateOptions): readonly SimulatedMoment[] {
  const checked = parsePolicy(policy)
  const { start, end, inputs } = planOf(options)
  const names = new Set(Object.values(checked.groups).flatMap(({ notifiers }) => notifiers))
  const engine = createEngine({
    policy: checked,
    notifiers: new Map([...names].map((name) => [name, { concurrency: 1 }])),
    limits: defaultNotifyLimits,
    random: () => 0,
  })
  const line: SimulatedMoment[] = []
  const follow = (outcome: ReturnType<typeof engine.advance>, time: number): void => {
    for (const event of outcome.events) {
      if (event.type !== 'waiting' && event.type !== 'suppressed') continue
      const { type, severity, place } = event
      const reason = event.type === 'suppressed' ? { reason: event.reason } : undefined
      line.push({
        time,
        type,
        ...(place !== undefined && { place }),
        ...reason,
        severity,
        text: describeEvent(event),
      })
    }
    for (const { id, place, notifier, kind, severity, subject } of outcome.sends) {
      line.push({ time, type: 'told', place, kind, severity, text: subject })
      follow(engine.step({ type: 'result', result: { id, notifier } }, time), time)
    }
  }
  const wake = (until: number): void => {
    for (let due = engine.nextDue(); due <= until; due = engine.nextDue()) follow(engine.advance(due), due)
  }
  follow(engine.restore([], start), start)
  for (const { time, input } of inputs) {
    wake(time - 1)
    const [alert] = engine.state.alerts.keys()
    follow(engine.step(input(alert ?? ''), time), time)
  }
  wake(end)
  return line
}

interface PlannedInput {
  readonly time: number
  readonly input: (alert: string) => Input
}

/** What the engine is told, in order. */
function planOf(options: SimulateOptions): {
  readonly start: number
  readonly end: number
  readonly inputs: readonly PlannedInput[]
} {
  const { at, alert, forMs } = resolveOptions(
    { forMs: dayMs } as Required<SimulateOptions> & { readonly forMs: number },
    options,
    { at: atCheck, alert: alertCheck, forMs: forMsCheck },
    badOption,
  )
  const start = timeOf(at)
  const {
    metric,
    tags = {},
    ruleSet = 'simulated',
    severity,
    changes = [],
    lastsMs,
    acknowledgedAfterMs,
  } = alert
  const named = series(metric, tags)
  const signal = (type: FaultSignal['type'], time: number, level: Severity): PlannedInput => ({
    time,
    input: () => ({
      type: 'signal',
      signal: {
        type,
        id: `${type} ${time}`,
        fault: 'simulated',
        ruleSet,
        series: named,
        severity: level,
        openedAt: start,
        time,
        cause: { reason: 'simulated' },
      },
    }),
  })
  const inputs = [
    signal('opened', start, severity),
    ...changes.map(({ afterMs, severity: level }) => signal('severity', start + afterMs, level)),
    ...(acknowledgedAfterMs === undefined
      ? []
      : [
          {
            time: start + acknowledgedAfterMs,
            input: (id: string): Input => ({
              type: 'command',
              command: { type: 'acknowledge', alert: id, by: 'simulated' },
            }),
          },
        ]),
    ...(lastsMs === undefined
      ? []
      : [signal('cleared', start + lastsMs, changes.at(-1)?.severity ?? severity)]),
  ]
  const end = start + forMs
  return {
    start,
    end,
    inputs: inputs.filter(({ time }) => time <= end).sort((a, b) => a.time - b.time),
  }
}
