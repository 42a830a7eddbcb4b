import type { SchedulerLike } from 'rxjs'
import { catchError, EMPTY, from, interval, merge, Observable, of, switchMap } from 'rxjs'

import { messageOf } from '../../errors.ts'
import type { Credentials, Expiry, LinkTls } from './link-tls.ts'
import { readCredentials } from './link-tls.ts'
import type { ReportLink } from './link-problem.ts'

/** How long something of the certificates here still holds. */
export interface CertificateState extends Expiry {
  /** `'expiring'` from `warnBeforeMs` before its end on. */
  readonly state: 'valid' | 'expiring' | 'expired'
  /** Days until its end, not whole; below 0 behind it. */
  readonly daysLeft: number
}

/** What is used from now on. */
export interface CurrentCredentials {
  readonly credentials: Credentials
  readonly certificates: readonly CertificateState[]
}

/** How long between two looks at the files, and how long before an end it is told, unless told otherwise. */
const defaultReloadEveryMs = 60_000
const defaultWarnBeforeMs = 14 * 86_400_000

/**
 * Reads certificates, and again on a signal and from time to time. What cannot be read later is told, and what was there is kept.
 * Errors only where the first reading fails.
 */
export function currentCredentials(
  tls: LinkTls,
  scheduler: SchedulerLike,
  report: ReportLink,
): Observable<CurrentCredentials> {
  const { reload$ = EMPTY, reloadEveryMs = defaultReloadEveryMs, warnBeforeMs = defaultWarnBeforeMs } = tls
  return new Observable((subscriber) => {
    let current: Credentials | undefined
    const told = new Map<Expiry['what'], CertificateState['state']>()
    const stateOf = (expiry: Expiry): CertificateState => {
      const leftMs = expiry.expiresAt - scheduler.now()
      const state = leftMs <= 0 ? 'expired' : leftMs <= warnBeforeMs ? 'expiring' : 'valid'
      return { ...expiry, state, daysLeft: leftMs / 86_400_000 }
    }
    const tell = ({ what, state, expiresAt }: CertificateState): void => {
      if (told.get(what) === state) return
      told.set(what, state)
      if (state === 'valid') return
      const ends = `the ${what} of this side ${state === 'expired' ? 'was over' : 'is over'} at ${new Date(expiresAt).toISOString()}`
      const message = `${ends}; ${state === 'expired' ? 'links cannot come about until' : 'renew it before, or links cannot come about until'} there is a new one`
      report(state === 'expired' ? 'expired' : 'expires-soon', () => ({ message }))
    }
    const failed = (error: unknown): Observable<never> => {
      if (current === undefined) throw error
      report('reload-failed', () => ({
        message: `certificates could not be read again, those from before are used: ${messageOf(error)}`,
      }))
      return EMPTY
    }
    const signals = reload$.pipe(catchError(failed))
    // `switchMap`: what was read before a signal came may be from before the change.
    return merge(of(0), signals, interval(reloadEveryMs, scheduler))
      .pipe(switchMap(() => from(readCredentials(tls)).pipe(catchError(failed))))
      .subscribe({
        next: (credentials) => {
          current = current !== undefined && isSame(current, credentials) ? current : credentials
          const certificates = current.expiries.map(stateOf)
          for (const certificate of certificates) tell(certificate)
          subscriber.next({ credentials: current, certificates })
        },
        error: (error: unknown) => subscriber.error(error),
      })
  })
}

const isSame = (one: Credentials, other: Credentials): boolean =>
  one.ca === other.ca && one.cert === other.cert && one.key === other.key && one.crl === other.crl
