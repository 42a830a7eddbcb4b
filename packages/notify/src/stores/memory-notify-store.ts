import { applyChange, emptyStoredState, openAlerts, stateChanges } from '../engine/state.ts'
import { NotifyError } from '../errors.ts'
import type { NotifyStore } from './notify-store.ts'

/** A store in memory: survives a new subscription, not a restart. Answers at once, so that virtual time needs no promises. */
export function memoryNotifyStore(): NotifyStore {
  const state = emptyStoredState()
  let isLoaded = false
  return {
    load: () => {
      if (isLoaded) throw storeInUse()
      isLoaded = true
      return stateChanges(state)
    },
    append: (changes) => {
      for (const change of changes) applyChange(state, change)
    },
    release: () => {
      isLoaded = false
    },
    openAlerts: () => openAlerts(state),
  }
}

/** Two runs over one store would tell everything twice. */
export const storeInUse = (): NotifyError =>
  new NotifyError(
    'NOTIFY_STORE_IN_USE',
    'the store serves another subscription; give each notify() that runs its own store, or share() its events',
  )
