import type { Clock, ReportProblem } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'

import { messageOf } from '../errors.ts'
import type { Heartbeat } from '../options.ts'
import type { NotifyProblem } from '../problem.ts'
import { Alarm } from './alarm.ts'

/** The default of {@link Heartbeat.everyMs}. */
const defaultHeartbeatMs = 60_000

/** How late the engine may be, ms. */
const maxLateMs = 5000

/** What a {@link Pulse} is made of. */
export interface PulseParts {
  readonly heartbeat: Heartbeat
  readonly scheduler: SchedulerLike
  readonly clock: Clock
  readonly report: ReportProblem<NotifyProblem>
  /** When the engine wants to be woken, ms since the Unix epoch. */
  readonly nextDue: () => number
  /** Sends something through the engine and the store; `works` is called when it has come through all of it. */
  readonly probe: (works: () => void) => void
}

/**
 * Beats while alerting works: each beat goes through the engine and the store first, and no timer of the engine may be overdue. The first
 * comes after one interval, so that a program that dies again and again does not look alive.
 */
export class Pulse {
  readonly #parts: PulseParts
  readonly #everyMs: number
  readonly #alarm: Alarm
  #sending: AbortController | undefined

  constructor(parts: PulseParts) {
    this.#parts = parts
    this.#everyMs = parts.heartbeat.everyMs ?? defaultHeartbeatMs
    this.#alarm = new Alarm(parts.scheduler, parts.clock, () => this.#beat())
  }

  /** Begins. */
  start(): void {
    this.#alarm.after(this.#everyMs)
  }

  /** Ends. */
  stop(): void {
    this.#alarm.clear()
    this.#sending?.abort()
    this.#sending = undefined
  }

  #beat(): void {
    this.#alarm.after(this.#everyMs)
    if (this.#sending !== undefined) {
      this.#sending.abort()
      this.#sending = undefined
      this.#fail(`no answer within ${this.#everyMs} ms`)
    }
    // Its alarm should have rung before; here it is not woken, or the next beat would hide that.
    if (this.#parts.nextDue() < this.#parts.clock.now() - maxLateMs) return
    this.#parts.probe(() => void this.#send())
  }

  async #send(): Promise<void> {
    if (this.#sending !== undefined) return
    const controller = (this.#sending = new AbortController())
    try {
      await this.#parts.heartbeat.send(controller.signal)
    } catch (error) {
      if (!controller.signal.aborted) this.#fail(messageOf(error))
    } finally {
      if (this.#sending === controller) this.#sending = undefined
    }
  }

  #fail(why: string): void {
    this.#parts.report('heartbeat-failed', () => ({
      message: `the heartbeat was not taken, and is tried again with the next: ${why}`,
    }))
  }
}
