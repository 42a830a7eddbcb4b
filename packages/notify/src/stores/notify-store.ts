import type { Alert } from '../model/alert.ts'
import type { NotifyChange } from '../model/change.ts'
import type { MaybePromise } from '../maybe-promise.ts'

/**
 * Where alerts, planned notifications and windows of maintenance survive a restart. One running subscription at a time.
 * A store of one's own needs to understand nothing of the changes: it keeps what was appended, and gives it back in order.
 */
export interface NotifyStore {
  /** What could not be read when it was opened: somebody is told that alerts may be missing. @defaultValue nothing */
  readonly recovery?:
    | {
        /** The parts that are lost. */
        readonly damaged: readonly unknown[]
      }
    | undefined
  /**
   * Begins a run: everything that was appended so far, in order, or fewer changes that add up to the same. Throws
   * `NOTIFY_STORE_IN_USE` while another run has not released it. A run whose load failed releases nothing.
   */
  load(): MaybePromise<readonly NotifyChange[]>
  /**
   * Resolves when the changes are durable, all of them or none; after a `reset` among them what was appended before counts no more. Called
   * again only after that. Where it fails with `retryable: true`, the next one may succeed; what failed may count or not.
   */
  append(changes: readonly NotifyChange[]): MaybePromise<void>
  /** Ends a run. An append that is under way still counts. */
  release(): void
  /**
   * The alerts that are open, in the order in which they opened; of a stored one known before the first `load`. Their
   * `signal` tells a fault detector what was open before a restart.
   */
  openAlerts(): readonly Alert[]
}
