import { hostname } from 'node:os'

import { openRecordStore } from '../server/log/record-store.ts'
import type { FaultRecord } from '../server/log/records.ts'
import type { Fault } from '../server/wire.ts'
import { endedFaults } from './scenes/faults.ts'
import { minute, timesOf } from './scenes/scene.ts'

/** Faults that ended before the pipeline ran and who was told of them, in the records of the log. */
export async function pastFaults(data: string, now: number): Promise<void> {
  const at = timesOf(now)
  const store = await openRecordStore({ data, now: () => now, problems: { next: console.error } })
  const faults = endedFaults(at, hostname()).toSorted((a, b) => a.openedAt - b.openedAt)
  faults.forEach((fault, index) => recordsOf(fault, `past-${index}`).forEach((one) => store.write(one)))
  store.write({ type: 'pause', from: at('22:15', 5), to: at('07:50', 4) })
  store.write({ type: 'pause', from: at('22:10', 1), to: at('22:32', 1) })
  await store.close()
}

/** The story of one, as the log of an observatory keeps it. */
function recordsOf(fault: Fault, alert: string): readonly FaultRecord[] {
  const { id, ruleSet, series, openedAt, severities, judgement, text } = fault
  const endedAt = fault.endedAt!
  const [window] = fault.maintained
  const about = { type: 'found', fault: id, ruleSet, series, openedAt, text } as const
  // It ended with a value on the right side of the threshold; what it opened with was on the other.
  const wrong = { ...judgement, value: Math.round(Number(judgement.threshold) * 1.06) }
  const opened = severities.flatMap(({ severity, since }, index): FaultRecord[] => {
    const entry = `${id}/${index}`
    const change = index === 0 ? 'opened' : 'severity'
    return [
      { ...about, change, id: entry, judgement: wrong, severity, time: since },
      { type: 'alert', alert, fault: id, windows: window === undefined ? [] : [alert], time: since },
      { type: 'answered', alert, entry, isEnd: false, severity },
      ...(window === undefined
        ? told(alert, `${entry}/mail`, since, { isEnd: false, severity })
        : [
            {
              type: 'telling',
              is: 'held',
              alert,
              target: 'mail',
              time: since,
              reason: 'maintenance',
            } as const,
          ]),
    ]
  })
  const { severity } = severities.at(-1)!
  const cleared: FaultRecord[] = [
    { ...about, change: 'cleared', id: `${id}/end`, judgement, severity, time: endedAt },
    { type: 'answered', alert, entry: `${id}/end`, isEnd: true, severity },
    ...(window === undefined ? told(alert, `${id}/end/mail`, endedAt, { isEnd: true, severity }) : []),
  ]
  if (window === undefined) return [...opened, ...cleared]
  const { from, to = endedAt + minute } = window
  const maintained = { id: alert, select: `__name:${series.metric}`, from, to, planned: false, time: from }
  return [
    { type: 'window', ...maintained },
    { type: 'window-began', id: alert, time: from },
    ...opened,
    ...cleared,
    { type: 'window-ended', id: alert, time: to, reason: 'time' },
  ]
}

function told(
  alert: string,
  notification: string,
  time: number,
  about: Pick<Extract<FaultRecord, { is: 'planned' }>, 'isEnd' | 'severity'>,
): readonly FaultRecord[] {
  const telling = { type: 'telling', alert, target: 'mail', notification, time } as const
  return [
    { ...telling, is: 'planned', ...about },
    { ...telling, is: 'delivered', isEnd: about.isEnd, tookMs: 640, attempts: 1, groups: ['operators'] },
  ]
}
