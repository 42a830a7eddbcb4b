import type { Alert, SuppressReason } from '../model/alert.ts'

/**
 * A reason not to tell a place of an open alert now, or nothing. Pure, and of the present only: it is asked again whenever something may
 * have changed. Ends are never asked about: whoever was told of a beginning is told of its end.
 */
export type Mute = (alert: Alert, place: string, now: number) => SuppressReason | undefined
