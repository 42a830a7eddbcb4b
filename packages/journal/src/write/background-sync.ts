import type { SchedulerLike, Subscription } from 'rxjs'

/** How long nothing is committed before the last record is certified, ms. */
const certifyAfterMs = 200

/** How long a disk that failed a sync is left alone at least, ms. */
const syncAgainMs = 1000

/** What is done when nobody waits for it. */
export interface BackgroundSyncInput {
  readonly scheduler: SchedulerLike
  /** Longest wait of a record for its sync, ms. */
  readonly syncIntervalMs: number
  sync(): Promise<void>
  certify(): Promise<void>
}

/** Syncs that wait a while, so that several commits share one. At most two actions are scheduled, and none when all is done. */
export interface BackgroundSync {
  /** A frame was written that is to be synced within the interval. */
  syncSoon(): void
  /** A sync failed: it is tried again, though nothing more may come. */
  syncAgain(): void
  /** A frame is durable: it is certified once nothing has come for a while. */
  certifyLater(): void
  stop(): void
}

export function createBackgroundSync(input: BackgroundSyncInput): BackgroundSync {
  const { scheduler, syncIntervalMs } = input
  let syncing: Subscription | undefined
  let certifying: Subscription | undefined
  let lastCommit = 0
  let stopped = false

  const waitToSync = (ms: number): void => {
    if (stopped) return
    syncing ??= scheduler.schedule(() => {
      syncing = undefined
      void input.sync()
    }, ms)
  }
  const waitToCertify = (ms: number): void => {
    certifying = scheduler.schedule(() => {
      certifying = undefined
      const quietMs = scheduler.now() - lastCommit
      // A clock that was set back must not put it off for ever.
      if (quietMs >= 0 && quietMs < certifyAfterMs) waitToCertify(certifyAfterMs - quietMs)
      else void input.certify()
    }, ms)
  }

  return {
    syncSoon: () => waitToSync(syncIntervalMs),
    syncAgain: () => waitToSync(Math.max(syncIntervalMs, syncAgainMs)),
    certifyLater: () => {
      if (stopped) return
      lastCommit = scheduler.now()
      if (certifying === undefined) waitToCertify(certifyAfterMs)
    },
    stop: () => {
      stopped = true
      syncing?.unsubscribe()
      certifying?.unsubscribe()
    },
  }
}
