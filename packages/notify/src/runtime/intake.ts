import type { ReportProblem } from '@tocsin/core'

import { refusal } from '../model/command.ts'
import type { Command, CommandRefusal } from '../model/command.ts'
import type { Input } from '../engine/engine.ts'
import type { MalformedSignal } from '../model/signal.ts'
import type { NotifyProblem } from '../problem.ts'

/** How much more room the most important has. */
const importantRoom = 4

/**
 * The door: how many inputs may wait at a time. First pages of severity 1 and ends find room where others do not, and what finds none is
 * counted. Until the store is loaded it also keeps what came.
 */
export class Intake {
  readonly #maxPending: number
  readonly #report: ReportProblem<NotifyProblem>
  readonly #waiting: Input[] = []
  /** Of those that wait, `normal` signals: it is not known yet which of them end an alert. */
  #early = 0
  #dropped = 0
  #toldAt = -Infinity

  constructor(maxPending: number, report: ReportProblem<NotifyProblem>) {
    this.#maxPending = maxPending
    this.#report = report
  }

  /** Whether an input may come in while so many others are not durable. A signal that may not is dropped and counted. */
  admits(input: Input, pending: number): boolean {
    // Counted apart: all series of a program may be normal at its start, and would leave no room for a fault.
    const before = isNormal(input) ? this.#early : pending + this.#waiting.length - this.#early
    if (before < this.#maxPending * (isImportant(input) ? importantRoom : 1)) return true
    if (input.type === 'signal') this.#drop(input.signal)
    return false
  }

  /** Keeps an input until the store is loaded. */
  keep(input: Input): void {
    if (isNormal(input)) this.#early += 1
    this.#waiting.push(input)
  }

  /** What was kept, in its order. */
  takeKept(): readonly Input[] {
    this.#early = 0
    return this.#waiting.splice(0)
  }

  /** How many signals were dropped that were not told yet; they are told once a second, 0 in between. */
  takeDropped(now: number): number {
    if (this.#dropped === 0 || Math.abs(now - this.#toldAt) < 1000) return 0
    const dropped = this.#dropped
    this.#dropped = 0
    this.#toldAt = now
    return dropped
  }

  #drop({ id, series }: { readonly id: string; readonly series: { readonly key: string } }): void {
    this.#dropped += 1
    this.#report('overflow', () => ({
      message: `the signal ${id} was dropped: too many inputs wait for the store`,
      series: series.key,
    }))
  }
}

/** What is answered at once where there is no room for it; a signal is not. */
export function turnedAway(input: Input): CommandRefusal | MalformedSignal | undefined {
  if (input.type === 'refused') return input.refusal
  return input.type === 'command' ? overflow(input.command) : undefined
}

const overflow = (command: Command): CommandRefusal =>
  refusal(command, 'overflow', 'too many inputs wait for the store; ask again later')

const isNormal = (input: Input): boolean => input.type === 'signal' && input.signal.type === 'normal'

function isImportant(input: Input): boolean {
  if (input.type !== 'signal') return false
  const { signal } = input
  return signal.type === 'normal' || signal.type === 'cleared' || signal.severity === 1
}
