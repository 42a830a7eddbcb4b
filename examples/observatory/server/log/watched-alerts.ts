import type { NotifyChange, NotifyStore } from '@tocsin/notify'
import { Subject } from 'rxjs'
import type { Observable } from 'rxjs'

/** What became durable; `isWhole`: it is all there is, at the start of a run. */
interface AlertChanges {
  readonly isWhole: boolean
  readonly changes: readonly NotifyChange[]
}

/** A store of alerts that tells what it has kept, so that others can follow it. */
export interface WatchedAlerts extends NotifyStore {
  readonly changes$: Observable<AlertChanges>
}

/** The same store, watched. An alert in maintenance is told by its change only: no event says that a window has begun. */
export function watchAlerts(store: NotifyStore): WatchedAlerts {
  const kept = new Subject<AlertChanges>()
  return {
    changes$: kept.asObservable(),
    load: async () => {
      const changes = await store.load()
      kept.next({ isWhole: true, changes })
      return changes
    },
    append: async (changes) => {
      await store.append(changes)
      kept.next({ isWhole: false, changes })
    },
    release: () => store.release(),
    openAlerts: () => store.openAlerts(),
  }
}
