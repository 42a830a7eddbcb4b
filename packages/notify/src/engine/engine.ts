import type { Alert } from '../model/alert.ts'
import { readCommand } from '../model/command.ts'
import type { Command, CommandInput, CommandRefusal } from '../model/command.ts'
import { bury, onResult, onTimeout } from './delivery.ts'
import type { SendResult } from './delivery.ts'
import { onNormal, onSignal } from './lifecycle.ts'
import { emptyOutcome, record, tell } from './machine.ts'
import type { EngineLimits, Machine, Outcome } from './machine.ts'
import { createWindows } from '../mutes/maintenance.ts'
import { forgetMaintenance, onBoundary, onCommand } from './obey.ts'
import { createOutbox } from './outbox.ts'
import type { OwnInput } from './own-alerts.ts'
import type { Policy } from '../model/policy.ts'
import { isWaiting, reconcile, withTargets } from './reconcile.ts'
import { compileRoutes } from './route.ts'
import { alertKey, readSignal } from '../model/signal.ts'
import type { DetectorSignal, MalformedSignal, NormalSignal } from '../model/signal.ts'
import { applyChange, emptyState, stateChanges } from './state.ts'
import type { NotifyChange, NotifyState } from './state.ts'
import { createTimerQueue } from './timer-queue.ts'
import type { Timer } from './timer-queue.ts'

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
  | { readonly type: 'tick' }
  | OwnInput

/** Checks an input, and copies what comes from outside. */
export function takeInput(input: NotifyInput): Input {
  if (input.type === 'signal') {
    const signal = readSignal(input.signal)
    return signal.type === 'refused' ? { type: 'refused', refusal: signal } : { type: 'signal', signal }
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
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch, and must not go back. One that is earlier than the last
 * counts as the last; when it is earlier by more than a minute, the clock was set back, and it goes on from there as after a
 * restart.
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

/** How far the time may go back, ms, before timers that were set in the time that went away would hold things up. */
const maxStepBackMs = 60_000

/** An engine to which nothing has happened yet. */
export function createEngine(parts: EngineParts): Engine {
  let machine = createMachine(parts)
  let clock = 0
  const decide = (work: () => void): Outcome => {
    const outcome = (machine.outcome = emptyOutcome())
    work()
    for (const { notification } of machine.outbox.start(clock)) outcome.sends.push(notification)
    return outcome
  }
  const advance = (until: number): void => {
    for (let timer = machine.timers.take(until); timer !== undefined; timer = machine.timers.take(until)) {
      clock = Math.max(clock, timer.due)
      onTimer(machine, timer, clock)
    }
  }
  const setBack = (now: number): void => {
    const { state, outbox, outcome } = machine
    for (const target of parts.targets) {
      const id = outbox.sending(target)?.notification.id
      if (id !== undefined) outcome.aborts.push(id)
    }
    machine = { ...createMachine(parts), unconfirmed: machine.unconfirmed, outcome }
    clock = now
    restore(machine, parts.policy, stateChanges(state), now)
  }

  const step = (input: Input, now: number): Outcome =>
    decide(() => {
      if (now < clock - maxStepBackMs) setBack(now)
      // Event time decides: of a signal that was late, only what was due before it happened comes first.
      // Of an attempt that answered, the answer counts, although its time may be up.
      if (input.type === 'signal') advance(Math.min(now, input.signal.time))
      else if (input.type !== 'result') advance(now)
      clock = Math.max(clock, now)
      follow(machine, input, clock)
      advance(now)
    })

  return {
    get state() {
      return machine.state
    },
    restore: (changes, now) => {
      clock = Math.max(clock, now)
      return decide(() => {
        restore(machine, parts.policy, changes, clock)
        for (const key of machine.state.open.keys()) machine.unconfirmed.add(key)
      })
    },
    step,
    advance: (now) => step({ type: 'tick' }, now),
    isAwaited: ({ ruleSet, series }) => machine.unconfirmed.has(alertKey(ruleSet, series.key)),
    nextDue: () => machine.timers.next() ?? Infinity,
    idle: () =>
      machine.outbox.size === 0 &&
      ![...machine.state.alerts.values()].some((alert) => isWaiting(machine, alert, clock)),
  }
}

function createMachine({ policy, targets, limits, random }: EngineParts): Machine {
  const timers = createTimerQueue()
  return {
    limits,
    state: emptyState(),
    routes: compileRoutes(policy),
    windows: createWindows(timers),
    targets,
    timers,
    outbox: createOutbox(targets, timers, limits.sendTimeoutMs),
    unconfirmed: new Set(),
    matches: new Map(),
    random,
    outcome: emptyOutcome(),
  }
}

function restore(machine: Machine, policy: Policy, changes: readonly NotifyChange[], now: number): void {
  const { state, windows, outbox, targets } = machine
  for (const change of changes) applyChange(state, change)
  for (const window of policy.maintenance ?? []) {
    // A window of the policy takes the place of one that a command gave its id before.
    if (state.maintenance.has(window.id)) record(machine, { type: 'maintenance-gone', id: window.id })
    windows.set(window, now)
  }
  for (const window of [...state.maintenance.values()]) {
    if (window.to <= now) forgetMaintenance(machine, window.id, { reason: 'time' }, now)
    else windows.set(window, now)
  }
  // The end of an episode may have been planned after the beginning of the next one.
  for (const notification of [...state.notifications.values()].sort((a, b) => a.openedAt - b.openedAt)) {
    if (targets.has(notification.target)) outbox.add(notification, true)
    else bury(machine, notification, now)
  }
  for (const alert of [...state.alerts.values()]) reconcile(machine, withNewRoutes(machine, alert, now), now)
}

/** The policy may have changed. Counted as the waits were, so that those that run stay as they are. */
function withNewRoutes(machine: Machine, alert: Alert, now: number): Alert {
  const { type, openedAt, time } = alert.signal
  if (alert.clearedAt !== undefined) return alert
  return withTargets(machine, alert, type === 'opened' ? openedAt : time, now)
}

function follow(machine: Machine, input: Input, now: number): void {
  switch (input.type) {
    case 'signal':
      if (input.signal.type === 'normal') onNormal(machine, input.signal, now)
      else onSignal(machine, input.signal, now)
      return
    case 'command':
      onCommand(machine, input.command, now)
      return
    case 'result':
      onResult(machine, input.result, now)
      return
    case 'refused':
      tell(machine, { time: now, ...input.refusal })
      return
    case 'tick':
      return
  }
}

function onTimer(machine: Machine, { kind, id }: Timer, now: number): void {
  switch (kind) {
    case 'alert': {
      const alert = machine.state.alerts.get(id)
      if (alert !== undefined) reconcile(machine, alert, now)
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
      return
  }
}
