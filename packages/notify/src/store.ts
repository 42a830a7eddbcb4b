/**
 * Alerts and planned notifications kept in a folder. Needs Node or what gives its `fs`; the rest of the package runs anywhere.
 *
 * @module
 */
export { salvageNotifyStore, verifyNotifyStore } from './stores/check-notify-store.ts'
export { defaultNotifyStoreOptions, openNotifyStore } from './stores/open-notify-store.ts'

export type { Defined, FileSystem, Logger, OpenFile, OpenMode } from '@tocsin/core'
export type { Alert } from './model/alert.ts'
export type { NotifyChange } from './model/change.ts'
export type { MaybePromise } from './maybe-promise.ts'
export type { CheckNotifyStoreOptions, NotifyStoreReport } from './stores/check-notify-store.ts'
export type { NotifyStore } from './stores/notify-store.ts'
export type { FileNotifyStore, NotifyStoreOptions } from './stores/open-notify-store.ts'
export type { StoreDamage, StoreRecovery } from './stores/read-store.ts'
