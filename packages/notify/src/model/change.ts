import type { Alert, AlertPlace } from './alert.ts'
import type { OfType } from './event.ts'
import type { PlannedNotification } from './notification.ts'
import type { Maintenance } from './policy.ts'
import type { Severity } from './signal.ts'

/** An episode of a fault that is over; its signals, should they come again, raise nothing. */
export interface EndedEpisode {
  /** Digest of rule set, series, fault and its beginning, see `episodeId`. */
  readonly id: string
  /** Stands for rule set and series, see `sourceMark`: so many ends of one within a time are flapping. */
  readonly of: number
  /** When it ended, by the engine's clock, ms since the Unix epoch. */
  readonly at: number
  /** A person ended it at this severity, while its detector may still see it: a worse one opens it again. */
  readonly byHand?: Severity | undefined
  /** Where a person ended it, the marks of its signals: what was said before opens nothing when it comes again. */
  readonly seen?: readonly string[] | undefined
}

/** One change of what must survive a restart. Each replaces what it names, so applying one twice is harmless. Plain JSON. */
export type NotifyChange =
  /** Forget all before; what follows adds up to everything. */
  | OfType<'reset'>
  | (OfType<'alert'> & {
      /** As it is from now on. */
      readonly alert: Alert
    })
  | (OfType<'place'> & {
      /** Id of the alert; there may be none by now. */
      readonly alert: string
      /** One of its places, as it is from now on; the rest of the alert stays as it was. */
      readonly place: AlertPlace
    })
  | (OfType<'ended'> & {
      /** To be remembered. */
      readonly episode: EndedEpisode
    })
  | (OfType<'notification'> & {
      /** To be delivered. */
      readonly notification: PlannedNotification
    })
  | (OfType<'maintenance'> & {
      /** As it is from now on. */
      readonly maintenance: Maintenance
    })
  | (OfType<'alert-gone' | 'settled' | 'maintenance-gone'> & {
      /** Id of the alert, notification or window that is done with. */
      readonly id: string
    })
