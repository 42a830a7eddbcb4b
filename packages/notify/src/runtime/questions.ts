import { oneOf, object, read, text, Flaw } from '@tocsin/core/shape'
import type { Shape } from '@tocsin/core/shape'
import type { ReportProblem } from '@tocsin/core'
import { from, Subscription, takeUntil, timer } from 'rxjs'
import type { SchedulerLike } from 'rxjs'

import type { Alert } from '../model/alert.ts'
import { messageOf } from '../errors.ts'
import type { NotifyEvent } from '../model/event.ts'
import type { StillOpen, StillOpenAnswer } from '../options.ts'
import type { NotifyProblem } from '../problem.ts'

/** How long an answer is waited for, ms. */
const patienceMs = 30_000

const answerShape: Shape<StillOpenAnswer> = object(
  { alert: text(1, 16_384), is: oneOf(['open', 'over', 'unknown']) },
  { open: true },
)

/** An event where nobody can be asked: it says so, where it is about a question. */
export const unasked = (event: NotifyEvent): NotifyEvent =>
  event.type === 'asked' || event.type === 'unknown' ? { ...event, unasked: true } : event

/** What {@link Questions} are made of. */
export interface QuestionsParts {
  readonly stillOpen: StillOpen | undefined
  readonly scheduler: SchedulerLike
  readonly report: ReportProblem<NotifyProblem>
  readonly answer: (answer: StillOpenAnswer) => void
}

/**
 * The questions that detectors have not answered yet. Each alert is answered once; one of which nothing is said before the answers end, or
 * for 30 seconds, is unknown.
 */
export class Questions {
  readonly #parts: QuestionsParts
  readonly #running = new Subscription()

  constructor(parts: QuestionsParts) {
    this.#parts = parts
  }

  /** Asks, and passes the answers on as they come. */
  ask(alerts: readonly Alert[]): void {
    const { stillOpen, scheduler, report, answer } = this.#parts
    const open = new Set(alerts.map(({ id }) => id))
    const giveUp = (): void => {
      for (const alert of open) answer({ alert, is: 'unknown' })
    }
    if (stillOpen === undefined) {
      giveUp()
      return
    }
    const fail = (error: unknown): void => {
      report('still-open-failed', () => ({
        message: `the detector did not say of all alerts whether they are still open: ${messageOf(error)}`,
      }))
      giveUp()
    }
    const take = (value: unknown): void => {
      const given = read(answerShape, value, 'answer')
      if (given instanceof Flaw) report('still-open-failed', () => ({ message: given.message }))
      else if (open.delete(given.alert)) answer({ alert: given.alert, is: given.is })
    }
    try {
      const asked = from(stillOpen(alerts))
        .pipe(takeUntil(timer(patienceMs, scheduler)))
        .subscribe({ next: take, error: fail, complete: giveUp })
      this.#running.add(asked)
    } catch (error) {
      fail(error)
    }
  }

  /** Asks nobody any more. */
  stop(): void {
    this.#running.unsubscribe()
  }
}
