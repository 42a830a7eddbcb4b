import type { Alert } from '../../src/model/alert.ts'
import type { Notification, PlannedNotification } from '../../src/model/notification.ts'
import type { FaultSignal } from '../../src/model/signal.ts'
import { describeSignal, renderNotification } from '../../src/render/render-notification.ts'
import { opened } from './signals.ts'

/** An alert whose latest signal is this one. */
export function alertOf(signal: FaultSignal, given: Partial<Alert> = {}): Alert {
  return {
    id: `${signal.ruleSet}|${signal.series.key}|0123456789abcdef`,
    ruleSet: signal.ruleSet,
    series: signal.series.key,
    severity: signal.severity,
    openedAt: signal.openedAt,
    text: describeSignal(signal),
    signal,
    episode: '0123456789abcdef0123456789abcdef',
    openings: 1,
    heardAt: signal.time,
    seen: [],
    maintenance: [],
    places: [],
    ...(signal.type === 'cleared' && { clearedAt: signal.time }),
    ...given,
  }
}

export function plannedOf(
  alerts: readonly Alert[],
  given: Partial<PlannedNotification> = {},
): PlannedNotification {
  return {
    id: '0123456789abcdef0123456789abcdef',
    kind: 'alert',
    place: 'a',
    notifier: 'a',
    alerts: alerts.map(({ id }) => id),
    sequence: 1,
    severity: alerts[0]?.severity ?? 1,
    time: 0,
    ...given,
  }
}

/** A notification as the engine makes it. */
export function notification(given: Partial<Notification> = {}, text?: string): Notification {
  const alert = alertOf(opened(0, { tags: { host: 'web-1' }, ...(text !== undefined && { text }) }))
  return { ...renderNotification(plannedOf([alert]), [alert], 1), ...given }
}
