import type { AlertPlace } from '../model/alert.ts'
import type { NotificationKind, PlannedNotification } from '../model/notification.ts'

/** A moment that does not come: the place is not to be told for the first time. */
export const never = 8.64e15

/** A place that knows nothing. With all fields that it may ever have: a copy that gets a new one takes fifty times as long. */
export const newPlace = (place: string, due: number): AlertPlace => ({
  place,
  due,
  severity: undefined,
  told: 'no',
  planned: undefined,
  sequence: 0,
  givenUp: undefined,
  resumeAt: undefined,
  remind: undefined,
  toldUnknown: undefined,
  held: undefined,
  closed: undefined,
})

/** Whether the place may know of the alert. */
export const mayKnow = ({ told }: AlertPlace): boolean => told !== 'no'

/** What a place knows after it was told. */
export function afterDelivery(to: AlertPlace, { kind, severity }: PlannedNotification): AlertPlace {
  const known: AlertPlace = {
    ...to,
    planned: undefined,
    givenUp: undefined,
    resumeAt: undefined,
    remind: undefined,
    toldUnknown: kind === 'unknown' ? true : undefined,
  }
  switch (kind) {
    case 'alert':
    case 'transition':
      return { ...known, told: 'yes', severity }
    case 'unknown':
    case 'reminder':
      return known
    case 'recovery':
      // Should it begin again, it is told as for the first time.
      return { ...known, told: 'no', severity: undefined }
  }
}

/** What a place knows after attempts of which none was answered, where one of them may have arrived. */
export function afterDoubt(to: AlertPlace, kind: NotificationKind): AlertPlace {
  switch (kind) {
    case 'alert':
    case 'transition':
      return { ...to, told: 'unsure' }
    case 'unknown':
      return { ...to, toldUnknown: true }
    case 'reminder':
      return to
    case 'recovery':
      // It may take the alert for over: should it go on, it is told as for the first time.
      return { ...to, told: 'unsure', severity: undefined }
  }
}
