import fc from 'fast-check'

import type { EngineLimits } from '../../src/engine/machine.ts'
import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { DetectorSignal, FaultSignal, MutedSignal, Severity } from '../../src/model/signal.ts'
import { Rig } from './engine.ts'
import type { Answer, Ending } from './engine.ts'
import { muted, normal, signal } from './signals.ts'

/** What happens at one moment of a history. */
export type Happening =
  | { readonly kind: 'fault'; readonly metric: string; readonly severity: Severity }
  | { readonly kind: 'fine'; readonly metric: string }
  | { readonly kind: 'reason'; readonly metric: string }
  | {
      readonly kind: 'muted'
      readonly metric: string
      readonly severity: Severity
      readonly change: MutedSignal['change']
    }
  | { readonly kind: 'acknowledge'; readonly metric: string; readonly for: number }
  | { readonly kind: 'unacknowledge'; readonly metric: string }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'again' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'clock'; readonly by: number }

export interface History {
  /** Seconds by severity. */
  readonly waits: Readonly<Record<Severity, number>>
  /** The mildest severity of which anybody is told for the first time. */
  readonly upTo: Severity
  readonly windows: readonly { from: number; length: number; metric: string; worst: Severity }[]
  /** So many ends within 60 s are told only once they have lasted for 20 s. */
  readonly flapping: number | false
  readonly moments: readonly { readonly after: number; readonly what: Happening }[]
}

const metric = fc.constantFrom('x', 'y')
const severity = fc.integer({ min: 1, max: 5 }) as fc.Arbitrary<Severity>
const common = [
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('fault' as const), metric, severity }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fine' as const), metric }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reason' as const), metric }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('muted' as const),
      metric,
      severity,
      change: fc.constantFrom('opened' as const, 'severity' as const, 'cleared' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('acknowledge' as const),
      metric,
      for: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unacknowledge' as const), metric }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
]
const step = {
  weight: 2,
  arbitrary: fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: -200, max: 200 }) }),
}

const wait = fc.oneof(fc.constant(0), fc.nat(20))
const waits = fc.record({ 1: wait, 2: wait, 3: wait, 4: wait, 5: wait })
const windows = fc.array(
  fc.record({ from: fc.nat(150), length: fc.integer({ min: 1, max: 60 }), metric, worst: severity }),
  { maxLength: 3 },
)

const after = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 15 }))

const historyOf = (...happenings: readonly fc.WeightedArbitrary<Happening>[]): fc.Arbitrary<History> =>
  fc.record({
    waits,
    upTo: fc.constantFrom<Severity>(5, 2, 3),
    windows,
    flapping: fc.constantFrom(false as const, 1, 2),
    // Moments are a second apart at least, so that each is seen by itself.
    moments: fc.array(fc.record({ after, what: fc.oneof(...happenings) }), {
      maxLength: 30,
    }),
  })

/** Histories by one clock that only goes forth. */
export const histories: fc.Arbitrary<History> = historyOf(...common)
/** Histories in which the clock is set, forth and back. */
export const historiesOfClocks: fc.Arbitrary<History> = historyOf(...common, step)

const failures: readonly DeliveryFailure[] = [
  { failure: 'transient', message: 'down' },
  { failure: 'transient', message: 'refused the connection', arrived: 'no' },
  { failure: 'permanent', message: 'no' },
  { failure: 'rate-limited', message: 'slow', retryAfterMs: 7000 },
]

const endings = fc.constantFrom<Ending>('ok', 'lost', 'repeated', ...failures)
/** What a provider answers, one attempt after the other; in the end it takes everything. */
export const scripts: fc.Arbitrary<readonly Answer[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: endings },
    {
      weight: 3,
      arbitrary: fc.record({
        afterMs: fc.integer({ min: 1, max: 40 }).map((each) => each * 500),
        answer: endings,
      }),
    },
    { weight: 1, arbitrary: fc.constant<Answer>('hangs') },
  ),
  { maxLength: 60 },
)

export const second = 1000
const longAfter = 1_000_000

const severitiesUpTo = (last: Severity): Severity[] =>
  ([1, 2, 3, 4, 5] as const).filter((each) => each <= last)

const policyOf = ({ waits, upTo, windows, flapping }: History, notifiers: readonly string[]): Policy => ({
  groups: { ops: { notifiers } },
  routes: [
    {
      group: 'ops',
      severities: severitiesUpTo(upTo),
      wait: Object.fromEntries(Object.entries(waits).map(([name, wait]) => [name, `${wait}s` as const])),
    },
  ],
  flapping: flapping === false ? false : { ends: flapping, within: '60s', settle: '20s' },
  maintenance: windows.map(({ from, length, metric: of, worst }, index) => ({
    id: `m${index}`,
    select: `__name:${of}`,
    severities: ([1, 2, 3, 4, 5] as const).filter((each) => each >= worst),
    from: from * second,
    to: (from + length) * second,
  })),
})

export interface RunOptions {
  /** Whether its kills happen. A detector that is `'forgetful'` is killed too, and says then that all is well where its fault is over. */
  readonly restarts?: boolean | 'forgetful'
  readonly without?: readonly Happening['kind'][]
  readonly notifiers?: readonly string[]
  readonly limits?: Partial<EngineLimits>
  readonly answer?: (attempt: number, notifier: string) => Answer
  /** Called after everything that happens. */
  readonly check?: (rig: Rig) => void
}

/** A finished run, and what its detector knows at its end. */
export interface Run {
  readonly rig: Rig
  /** Severities of what was open before the last, quiet time. */
  readonly open: ReadonlyMap<string, Severity>
  /** How many attempts there were before everything was ended. */
  readonly attemptsWhileOpen: number
}

/** Runs a history; then everything is quiet for long, then all ends, and again. */
export function run(given: History, options: RunOptions = {}): Run {
  const { restarts = false, without = [], notifiers = ['a'], answer = () => 'ok', check } = options
  const rig = new Rig(policyOf(given, notifiers), notifiers, options.limits)
  let attempts = 0
  rig.answer = ({ notifier }) => answer(attempts++, notifier)
  const open = new Map<string, { readonly fault: string; readonly openedAt: number; severity: Severity }>()
  /** Series of which something was said in this life. */
  const known = new Set<string>()
  const said: DetectorSignal[] = []
  const say = (next: DetectorSignal): void => {
    known.add(next.series.metric)
    said.push({ ...next, id: `${said.length}` })
    rig.late(said.at(-1) ?? next)
  }
  const fault = (type: FaultSignal['type'], metric: string): FaultSignal => {
    const now = open.get(metric) ?? { fault: 'none', openedAt: rig.now, severity: 1 as const }
    return signal(type, rig.now, { metric, ...now })
  }
  const happen = (what: Happening, index: number): void => {
    const alert =
      'metric' in what ? (rig.open.find(({ series }) => series === what.metric)?.id ?? 'none') : ''
    if (what.kind === 'fault') {
      const before = open.get(what.metric)
      const now = before ?? { fault: `${what.metric} ${index}`, openedAt: rig.now, severity: 1 }
      open.set(what.metric, { ...now, severity: what.severity })
      say(fault(before === undefined ? 'opened' : 'severity', what.metric))
    } else if (what.kind === 'reason' && open.has(what.metric)) {
      say({ ...fault('reason', what.metric), text: `another reason at ${rig.now}` })
    } else if (what.kind === 'muted' && !open.has(what.metric)) {
      const { metric, severity, change } = what
      say(muted(change, rig.now, { metric, severity, fault: `held back ${index}`, openedAt: rig.now }))
    } else if (what.kind === 'fine' && restarts === 'forgetful' && !known.has(what.metric)) {
      open.delete(what.metric)
      say(normal(rig.now, { metric: what.metric }))
    } else if (what.kind === 'fine' && open.has(what.metric)) {
      const end = fault('cleared', what.metric)
      open.delete(what.metric)
      say(end)
    } else if (what.kind === 'acknowledge') {
      rig.command({ type: 'acknowledge', alert, by: 'ann', until: rig.now + what.for * second })
    } else if (what.kind === 'unacknowledge') rig.command({ type: 'unacknowledge', alert, by: 'ann' })
    else if (what.kind === 'repeat') {
      const last = said.at(-1)
      if (last === undefined) return
      known.add(last.series.metric)
      rig.late(last)
    } else if (what.kind === 'again') for (const each of said) rig.late(each)
    else if (what.kind === 'tick') rig.step({ type: 'tick' })
    else if (what.kind === 'clock') rig.jump(Math.max(0, rig.now + what.by * second))
    else if (what.kind === 'restart' && restarts !== false) {
      rig.restart()
      known.clear()
    }
  }
  given.moments.forEach(({ after, what }, index) => {
    rig.to(rig.now + after * second)
    if (!without.includes(what.kind)) happen(what, index)
    check?.(rig)
  })
  rig.to(rig.now + longAfter)
  check?.(rig)
  const severities = new Map([...open].map(([name, { severity }]) => [name, severity]))
  const attemptsWhileOpen = rig.attempts.length
  for (const name of [...open.keys()]) say(fault('cleared', name))
  rig.to(rig.now + 10 * longAfter)
  check?.(rig)
  return { rig, open: severities, attemptsWhileOpen }
}
