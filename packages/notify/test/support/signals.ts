import type { FaultSignal, MutedSignal, NormalSignal, Severity } from '../../src/model/signal.ts'

/** A signal of a series named `metric`; everything else has a plain value. */
export function signal(
  type: FaultSignal['type'],
  time: number,
  rest: Partial<Omit<FaultSignal, 'series'>> & { metric?: string; tags?: Record<string, string> } = {},
): FaultSignal {
  const { metric = 'cpu', tags = {}, ...given } = rest
  const key = [metric, ...Object.entries(tags).map(([name, value]) => `${name}:${value}`)].join('|')
  const openedAt = given.openedAt ?? (type === 'opened' ? time : 0)
  return {
    type,
    id: `${metric}-${type}-${time}`,
    fault: `${metric}@${openedAt}`,
    ruleSet: 'rules',
    series: { key, metric, tags },
    severity: 2,
    cause: { reason: 'above' },
    ...given,
    openedAt,
    time,
  }
}

export const opened = (time: number, rest?: Parameters<typeof signal>[2]): FaultSignal =>
  signal('opened', time, rest)
export const changed = (time: number, severity: Severity, rest?: Parameters<typeof signal>[2]): FaultSignal =>
  signal('severity', time, { severity, ...rest })
export const cleared = (time: number, rest?: Parameters<typeof signal>[2]): FaultSignal =>
  signal('cleared', time, rest)

/** What a detector holds back. */
export function muted(
  change: MutedSignal['change'],
  time: number,
  rest?: Parameters<typeof signal>[2],
): MutedSignal {
  return { ...signal(change, time, rest), type: 'muted', change, id: `${time} muted ${change}` }
}

/** What a detector says that was started anew and finds nothing wrong. */
export function normal(time: number, rest?: Parameters<typeof signal>[2]): NormalSignal {
  const { id, ruleSet, series } = signal('cleared', time, rest)
  return { type: 'normal', id: `${id}-normal`, ruleSet, series, time, cause: { reason: 'normal' } }
}
