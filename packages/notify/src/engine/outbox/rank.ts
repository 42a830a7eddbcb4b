import type { PlannedNotification } from '../../model/notification.ts'
import type { Severity } from '../../model/signal.ts'

/**
 * What goes first of what one notifier has to tell, the smaller the sooner: 0 to 4 are first pages and changes to a worse severity, by
 * that severity; then milder changes, ends, what nobody knows, reminders.
 */
export type Rank = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** How many ranks there are. */
export const ranks = 9

/** Rank of what a severity of 1 is told first by. */
export const firstRank: Rank & 0 = 0

const pages: Readonly<Record<Severity, Rank>> = { 1: firstRank, 2: 1, 3: 2, 4: 3, 5: 4 }

/** The rank of a notification; `isOver` says that its alerts are cleared by now, which makes an end of every beginning. */
export function rankOf(
  { kind, severity, previousSeverity }: Pick<PlannedNotification, 'kind' | 'severity' | 'previousSeverity'>,
  isOver: boolean,
): Rank {
  if (isOver || kind === 'recovery') return 6
  if (kind === 'alert') return pages[severity]
  if (kind === 'transition')
    return previousSeverity === undefined || severity < previousSeverity ? pages[severity] : 5
  return kind === 'unknown' ? 7 : 8
}
