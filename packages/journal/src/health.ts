import type { Clock } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { ReplaySubject } from 'rxjs'

import { JournalError, mendDisk, messageOf } from './errors.ts'
import type { FullReason, JournalHealth } from './status-types.ts'

/** Keeps the state of a journal. */
export interface HealthLog {
  readonly present: JournalHealth
  /** The present state, then each change. */
  readonly changes: Observable<JournalHealth>
  full(reason: FullReason): void
  /** There is room again. */
  roomy(): void
  written(): void
  /** What an append or a sync rejects with. */
  failed(error: unknown): void
  closed(): void
}

type NextState<State> = State extends JournalHealth ? Omit<State, 'type' | 'since'> : never

/** `fenced`: called once, when that is noticed. */
export function createHealthLog(clock: Clock, fenced: (message: string) => void): HealthLog {
  let present: JournalHealth = { type: 'health', state: 'open', since: clock.now() }
  const subject = new ReplaySubject<JournalHealth>(1)
  subject.next(present)

  const go = (next: NextState<JournalHealth>): void => {
    if (present.state === 'closed') return
    if (present.state === 'fenced' && next.state !== 'closed') return
    // Each failure has words of its own; the state is that of the first.
    const sameReason = next.state !== 'full' || (present.state === 'full' && next.reason === present.reason)
    if (next.state === present.state && sameReason) return
    present = { ...next, type: 'health', since: clock.now() }
    subject.next(present)
  }
  return {
    get present() {
      return present
    },
    changes: subject.asObservable(),
    full: (reason) => go({ state: 'full', reason }),
    roomy: () => {
      if (present.state === 'full') go({ state: 'open' })
    },
    written: () => {
      if (present.state !== 'open') go({ state: 'open' })
    },
    failed: (error) => {
      const code = error instanceof JournalError ? error.code : 'JOURNAL_IO'
      if (code === 'JOURNAL_FENCED') {
        const first = present.state !== 'fenced' && present.state !== 'closed'
        go({ state: 'fenced' })
        if (first) fenced(messageOf(error))
      } else if (code === 'JOURNAL_IO') {
        const cause = error instanceof JournalError && error.cause !== undefined ? error.cause : error
        go({ state: 'failed', reason: mendDisk(cause) })
      }
    },
    closed: () => {
      go({ state: 'closed' })
      subject.complete()
    },
  }
}
