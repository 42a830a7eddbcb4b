import { Flaw } from '@tocsin/core/shape'
import { describe, expect, it } from 'vitest'

import { readOpenFault } from '../../src/model/restored-fault-shape.ts'

const cause = {
  reason: 'above',
  rule: 1,
  condition: { above: 80 },
  value: 90,
  threshold: 80,
  sampleTime: 5000,
}
const event = {
  type: 'opened',
  id: 'cpu|cpu|5000|0',
  fault: 'cpu|cpu|5000',
  ruleSet: 'cpu',
  series: { key: 'cpu', metric: 'cpu', tags: {} },
  severity: 2,
  openedAt: 5000,
  time: 5000,
  cause,
  text: 'cpu: 90 is above 80',
  waitMs: 60_000,
  info: { team: 'db' },
}
const messageOf = (value: unknown): string | undefined => {
  const read = readOpenFault(value, 'open[0]')
  return read instanceof Flaw ? read.message : undefined
}

describe('an open fault of a store', () => {
  it('is read with what a restart needs of it', () => {
    expect(readOpenFault(event, 'open')).toMatchObject({
      fault: 'cpu|cpu|5000',
      waitMs: 60_000,
      info: { team: 'db' },
      cause: { reason: 'above', rule: 1, condition: { above: 80 }, threshold: 80, sampleTime: 5000 },
    })
  })

  it('of an earlier version has the condition that was called criterion', () => {
    const { condition: criterion, ...facts } = cause
    expect(readOpenFault({ ...event, cause: { ...facts, criterion } }, 'open')).toMatchObject({
      cause: { condition: { above: 80 } },
    })
    expect(readOpenFault({ ...event, cause: { ...facts, criterion } }, 'open')).not.toHaveProperty(
      'cause.criterion',
    )
  })

  it('may have no rule behind it', () => {
    const own = { ...event, ruleSet: 'tocsin.refused', cause: { reason: 'refused', rule: 0, sampleTime: 0 } }
    expect(readOpenFault(own, 'open')).toMatchObject({ cause: { reason: 'refused' } })
  })

  it.each<[unknown, string]>([
    [
      { ...event, type: 'cleared' },
      'open[0].type must be one of "opened", "severity", "reason", got "cleared"',
    ],
    [{ ...event, id: 'cpu' }, 'open[0].id must end with | and the number of the event'],
    [{ ...event, severity: 6 }, 'open[0].severity must be a severity from 1, the worst, to 5, got 6'],
    [
      { ...event, cause: { ...cause, sampleTime: NaN } },
      'open[0].cause.sampleTime must be a finite number, got NaN',
    ],
    [
      { ...event, cause: { ...cause, condition: { above: 'x' } } },
      'open[0].cause.condition.above must be a finite number, got "x"',
    ],
    [{ ...event, series: 'cpu' }, 'open[0].series must be an object with key, metric and tags, got "cpu"'],
    [
      null,
      'open[0] must be an object with id, fault, ruleSet, series, severity, openedAt, time and cause, and perhaps type, waitMs, info, got null',
    ],
  ])('is refused where it is none, with the place (%#)', (value, sentence) => {
    expect(messageOf(value)).toBe(sentence)
  })
})
