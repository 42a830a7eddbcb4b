import { readCommand } from '../model/command.ts'
import type { Command, CommandInput, CommandRefusal } from '../model/command.ts'
import { createNotificationIds } from '../model/digest.ts'
import type { NotifyChange } from '../model/change.ts'
import type { Policy } from '../model/policy.ts'
import { readSignal } from '../model/read-signal.ts'
import type { DetectorSignal, MalformedSignal, NormalSignal } from '../model/signal.ts'
import { acknowledged } from '../mutes/acknowledgement.ts'
import { createFlapping } from '../mutes/flapping.ts'
import { createWindows, inMaintenance } from '../mutes/maintenance.ts'
import { onAnswer } from './answer.ts'
import { onResult, onTimeout, startAttempts } from './delivery.ts'
import type { SendResult } from './delivery.ts'
import { createHearing } from './episodes/hearing.ts'
import { onMuted, onNormal, onSignal } from './lifecycle.ts'
import { emptyOutcome, tell } from './machine.ts'
import type { EngineLimits, Machine, Outcome } from './machine.ts'
import { onNotifierTimer } from './own/notifier-health.ts'
import { onBoundary, onCommand } from './obey.ts'
import { createOutbox } from './outbox/outbox.ts'
import { createOwnAlerts, onOwn, onOwnTimer, refuseOwn } from './own/own-alerts.ts'
import type { OwnInput } from './own/own-alerts.ts'
import { isWaiting, reconcile } from './reconcile.ts'
import { changePolicy, restore, setBack } from './resume.ts'
import { compilePolicy, flappingOf } from './route.ts'
import { reconsider } from './settle.ts'
import { askIfStale } from './stale.ts'
import { alertOf, emptyState } from './state.ts'
import type { NotifyState } from './state.ts'
import { createTimerQueue } from './outbox/timer-queue.ts'
import type { Timer } from './outbox/timer-queue.ts'

/**
 * What the engine is told: what a detector says, what people ask for, how an attempt ended, what a detector answers, another policy.
 * Signals and commands are checked: one that comes from outside and is malformed changes nothing, and is answered by `refused` or
 * `command-refused`. A policy must have been checked by `parsePolicy`.
 */
export type NotifyInput =
  | {
      /** A detector says something. */
      readonly type: 'signal'
      /** What it says. */
      readonly signal: DetectorSignal
    }
  | {
      /** Somebody asks for something. */
      readonly type: 'command'
      /** What for. */
      readonly command: CommandInput
    }
  | {
      /** An attempt ended. */
      readonly type: 'result'
      /** How. */
      readonly result: SendResult
    }
  | {
      /** A detector that was asked answers. */
      readonly type: 'answer'
      /** Id of the alert. */
      readonly alert: string
      /** What it says. */
      readonly is: 'open' | 'over' | 'unknown'
    }
  | {
      /** Another policy holds from now on; every open state is kept. */
      readonly type: 'policy'
      /** A checked one. */
      readonly policy: Policy
    }

/** What was checked. What is `'refused'` waits for its turn, so that answers come in order; a `'tick'` says nothing but the time. */
export type Input =
  | Exclude<NotifyInput, { readonly type: 'command' }>
  | { readonly type: 'command'; readonly command: Command }
  | { readonly type: 'refused'; readonly refusal: MalformedSignal | CommandRefusal }
  | {
      readonly type: 'tick'
      /** It has become as late as this by a timer, ms since the Unix epoch, also where the clock was set back meanwhile. */
      readonly due?: number
    }
  | OwnInput

/** Checks an input, and copies what comes from outside. */
export function takeInput(input: NotifyInput): Input {
  if (input.type === 'signal') {
    const signal = readSignal(input.signal)
    if (signal.type === 'refused') return { type: 'refused', refusal: signal }
    const refusal = refuseOwn(signal)
    return refusal === undefined ? { type: 'signal', signal } : { type: 'refused', refusal }
  }
  if (input.type === 'command') {
    const command = readCommand(input.command)
    return command.type === 'command-refused'
      ? { type: 'refused', refusal: command }
      : { type: 'command', command }
  }
  return input
}

/** What the engine is made of. Everything in it is deterministic. */
export interface EngineParts {
  /** A checked policy. */
  readonly policy: Policy
  /** Notifiers by name, with how many attempts each may make at a time. */
  readonly notifiers: ReadonlyMap<string, { readonly concurrency: number }>
  readonly limits: EngineLimits
  /** From 0 to below 1. */
  readonly random: () => number
}

/**
 * The alert lifecycle and the outbox: no clock, no timers, no I/O. Its durable state is the sum of the changes that it gave;
 * what waits for a moment is data. Equal inputs give equal outcomes.
 *
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch. When it is earlier than the last one, the clock was set back: all
 * that runs goes on for as long as it had left. What people set by the clock, as windows of maintenance, keeps to the clock.
 */
export interface NotifyEngine {
  /**
   * Takes up where the run that made these changes ended; once, before all else. At the very first start too, with `[]`: the
   * maintenance of the policy begins here.
   */
  restore(changes: readonly NotifyChange[], now: number): Outcome
  /** Decides what follows of an input that comes at `now`, after what was due before it. */
  step(input: NotifyInput, now: number): Outcome
  /** Decides what is due. */
  advance(now: number): Outcome
  /** When `advance` must be called at the latest, if nothing comes, ms since the Unix epoch. `Infinity` while nothing is due. */
  nextDue(): number
  /** Whether nothing is planned and nobody waits to be told. */
  idle(): boolean
}

/** The engine with what only `notify` needs; it takes what was checked before. */
export interface Engine extends Omit<NotifyEngine, 'step'> {
  /** What the changes so far add up to. */
  readonly state: NotifyState
  /** As {@link NotifyEngine.step}; a tick is as `advance`. */
  step(input: Input, now: number): Outcome
  /** Whether this signal ends an alert; of those that end none it need not be told. To be asked after `restore`. */
  isAwaited(signal: NormalSignal): boolean
}

/** Steps back that are no more than the unrest of a clock, ms: nothing is delayed by more. */
const unrestMs = 100

/** An engine to which nothing has happened yet. */
export function createEngine(parts: EngineParts): Engine {
  const machine = createMachine(parts)
  let clock = -Infinity
  const decide = (work: () => void): Outcome => {
    const outcome = (machine.outcome = emptyOutcome())
    work()
    startAttempts(machine, clock)
    return outcome
  }
  const advance = (until: number): void => {
    for (let timer = machine.timers.take(until); timer !== undefined; timer = machine.timers.take(until)) {
      clock = Math.max(clock, timer.due)
      onTimer(machine, timer, clock)
      followRaised(machine, clock)
    }
  }

  const step = (input: Input, now: number): Outcome =>
    decide(() => {
      if (input.type === 'tick' && input.due !== undefined && input.due > now) {
        advance(input.due)
        clock = Math.max(clock, input.due)
      }
      if (now < clock - unrestMs) {
        setBack(machine, clock - now, now)
        clock = now
      }
      // Event time decides: of a signal that was late, only what was due before it happened comes first.
      // Of an attempt that answered, the answer counts, although its time may be up.
      if (input.type === 'signal') advance(Math.min(now, input.signal.time))
      else if (input.type !== 'result') advance(now)
      clock = Math.max(clock, now)
      follow(machine, input, clock)
      followRaised(machine, clock)
      advance(now)
    })

  return {
    get state() {
      return machine.state
    },
    restore: (changes, now) => {
      clock = now
      return decide(() => {
        restore(machine, changes, now)
        followRaised(machine, now)
      })
    },
    step,
    advance: (now) => step({ type: 'tick' }, now),
    isAwaited: ({ ruleSet, series }) => {
      const known = alertOf(machine.state, { ruleSet: machine.policy.ruleSetOf(ruleSet), series })
      return known !== undefined && machine.unconfirmed.has(known.id)
    },
    nextDue: () => machine.timers.next() ?? Infinity,
    idle: () => {
      if (machine.outbox.size > 0) return false
      for (const alert of machine.state.alerts.values()) if (isWaiting(machine, alert, clock)) return false
      return true
    },
  }
}

function createMachine({ policy, notifiers, limits, random }: EngineParts): Machine {
  const timers = createTimerQueue()
  return {
    limits,
    state: emptyState(),
    policy: compilePolicy(policy, notifiers.keys()),
    windows: createWindows(),
    flapping: createFlapping(flappingOf(policy)),
    mutes: [acknowledged, inMaintenance],
    notifiers,
    timers,
    outbox: createOutbox({ notifiers, timers, limits, random }),
    own: createOwnAlerts(),
    hearing: createHearing(),
    unconfirmed: new Set(),
    reaches: new Map(),
    idOf: createNotificationIds(),
    random,
    outcome: emptyOutcome(),
  }
}

function follow(machine: Machine, input: Input, now: number): void {
  switch (input.type) {
    case 'signal':
      if (input.signal.type === 'normal') onNormal(machine, input.signal, now)
      else if (input.signal.type === 'muted') onMuted(machine, input.signal, now)
      else onSignal(machine, input.signal, now)
      return
    case 'command':
      onCommand(machine, input.command, now)
      return
    case 'result':
      onResult(machine, input.result, now)
      if (input.result.failure !== undefined) reconsider(machine, input.result.id, now)
      return
    case 'answer':
      onAnswer(machine, input.alert, input.is, now)
      return
    case 'policy':
      changePolicy(machine, input.policy, now)
      return
    case 'refused':
      tell(machine, { time: now, ...input.refusal })
      return
    case 'own':
      onOwn(machine, input, now)
      return
    case 'tick':
      return
  }
}

/** Alerts about alerting itself are followed as any other, after what they are about. */
function followRaised(machine: Machine, now: number): void {
  const { raised } = machine.own
  while (raised.length > 0) for (const signal of raised.splice(0)) onSignal(machine, signal, now)
}

function onTimer(machine: Machine, { kind, id }: Timer, now: number): void {
  switch (kind) {
    case 'alert': {
      const alert = machine.state.alerts.get(id)
      if (alert !== undefined) reconcile(machine, askIfStale(machine, alert, now), now)
      return
    }
    case 'window':
      onBoundary(machine, id, now)
      return
    case 'retry':
      machine.outbox.wake(id)
      return
    case 'lane':
      // The pause is over; what is ready starts at the end of the step.
      return
    case 'send':
      onTimeout(machine, id, now)
      reconsider(machine, id, now)
      return
    case 'own':
      onOwnTimer(machine, id, now)
      return
    case 'notifier':
      onNotifierTimer(machine, id, now)
      return
  }
}
