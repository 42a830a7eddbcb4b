import type { Alert } from '@tocsin/notify'

import { alertRecord, isKnown } from './alert-records.ts'
import type { FaultState } from './fault-state.ts'
import type { FaultRecord } from './records.ts'
import { acknowledgedRecord, recordOfAlert } from './to-records.ts'

/**
 * What is to be written down at a start so that the log and the alerts say the same, whichever of the two stores the end of the
 * last run came between. The alerts are right: by them the rules know what was open.
 */
export function reconcileFaults(state: FaultState, alerts: readonly Alert[], now: number): FaultRecord[] {
  const kept = new Set(alerts.map(({ signal }) => signal.fault))
  const vanished = [...state.faults.values()].filter(
    ({ id, endedAt }) => endedAt === undefined && !kept.has(id),
  )
  return [
    ...vanished.map(({ id }): FaultRecord => ({ type: 'vanished', fault: id, time: now })),
    ...alerts.flatMap((alert) => reconcileAlert(state, alert, now)),
  ]
}

function reconcileAlert(state: FaultState, alert: Alert, now: number): FaultRecord[] {
  const { id, signal, severity, acknowledgement } = alert
  const fault = state.faults.get(signal.fault)
  const found = recordOfAlert(alert)
  const isSame =
    fault?.endedAt === undefined &&
    fault?.severity === severity &&
    fault.judgement.sampleTime === found.judgement.sampleTime
  const records: FaultRecord[] = []
  if (!isSame) {
    const rewound = state.entries.has(signal.id)
    records.push(
      rewound ? { type: 'rewound', fault: signal.fault, entry: signal.id, text: alert.text } : found,
    )
  }
  if (!isKnown(state, alert) || fault?.endedAt !== undefined) records.push(alertRecord(alert, now))
  // Another reason is no news: people are told of the entry before it.
  if (signal.type !== 'reason' && state.tellings.get(id)?.news !== signal.id) {
    records.push({ type: 'answered', alert: id, entry: signal.id, isEnd: false, severity })
  }
  const known = fault?.acknowledgement
  if (acknowledgement !== undefined && known?.at !== acknowledgement.at) {
    records.push(acknowledgedRecord(id, acknowledgement))
  } else if (acknowledgement === undefined && known !== undefined) {
    records.push({ type: 'unacknowledged', id: `unacknowledged|${id}|${now}`, alert: id, time: now })
  }
  return records
}
