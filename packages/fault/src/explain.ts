import type { FaultEvent } from './fault-event.ts'
import { sayMs, sayValue, sayVerdict } from './say.ts'

/**
 * An event as one sentence for people, with numbers and units of time.
 *
 * @example
 * ```ts
 * import { explain, type FaultEvent, series } from '@tocsin/fault'
 *
 * const event: FaultEvent = {
 *   type: 'opened',
 *   id: 'cpu|cpu.used|60000|0',
 *   fault: 'cpu|cpu.used|60000',
 *   ruleSet: 'cpu',
 *   series: series('cpu.used'),
 *   severity: 1,
 *   openedAt: 60_000,
 *   time: 60_000,
 *   cause: { reason: 'above', rule: 0, criterion: { above: 95 }, value: 97.5, threshold: 95, sampleTime: 60_000 },
 * }
 * console.log(explain(event)) // => cpu: opened at severity 1 for cpu.used, since 97.5 is above 95
 * ```
 */
export function explain(event: FaultEvent): string {
  return `${event.ruleSet}: ${sayChange(event)}, ${sayCause(event)}`
}

function sayChange({ type, severity, previousSeverity, series, openedAt, time }: FaultEvent): string {
  switch (type) {
    case 'opened':
      return `opened at severity ${severity} for ${series.key}`
    case 'severity':
      return `went from severity ${previousSeverity ?? '?'} to ${severity} for ${series.key}`
    case 'cleared':
      return `cleared after ${sayMs(time - openedAt)} at severity ${severity} for ${series.key}`
  }
}

function sayCause({ cause, time }: FaultEvent): string {
  const { reason, criterion, sampleTime } = cause
  if (reason === 'absent') return `since no sample has come for ${sayMs(time - sampleTime)}`
  if (reason === 'removed') return 'since no rule set watches it any more'
  if (reason === 'recovered' && 'absentFor' in criterion) return 'since samples come again'
  return `since ${sayJudged(cause)} ${sayVerdict(criterion, reason !== 'recovered')}`
}

function sayJudged({ value, window }: FaultEvent['cause']): string {
  const said = value === undefined ? 'the value' : sayValue(value)
  if (window === undefined) return said
  const { count, filledMs } = window
  return `the average ${said} of ${count} ${count === 1 ? 'sample' : 'samples'} over ${sayMs(filledMs)}`
}
