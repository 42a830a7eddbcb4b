import { describe, expect, it } from 'vitest'

import type { Judgement, Level } from '../server/wire.ts'
// @ts-expect-error -- the page is plain JavaScript without types
import * as partWords from '../page/words/parts.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/words/sentences.js'

const { textOf } = partWords as { textOf: (parts: unknown[]) => string }

interface How {
  latest?: number | string
  until?: number
  isPast?: boolean
  isFault?: boolean
}
const { judgementParts, levelText, growthText } = page as {
  judgementParts: (metric: string, judgement: Judgement, how?: How) => unknown[]
  levelText: (metric: string, level: Level, averageMs?: number) => string
  growthText: (metric: string, points: (readonly [number, number])[]) => string | undefined
}

const say = (metric: string, judgement: Omit<Judgement, 'sampleTime'>, how?: How) =>
  textOf(judgementParts(metric, { sampleTime: 0, ...judgement }, how)).replaceAll('\u00A0', ' ')

const minute = 60_000

describe('a judgement', () => {
  it.each<[string, Omit<Judgement, 'sampleTime'>, How, string]>([
    ['memory.used_percent', { is: 'above', threshold: 97, value: 97.81 }, {}, '97.8 % is above 97 %'],
    [
      'memory.used_percent',
      { is: 'above', threshold: 97, value: 97.7 },
      { isPast: true },
      '97.7 % was above 97 %',
    ],
    ['queue.length', { is: 'above', threshold: 100, value: 118 }, {}, '118 is above 100'],
    ['checkout.latency_ms', { is: 'above', threshold: 300, value: 312 }, {}, '312 ms is above 300 ms'],
    ['cache.hits_percent', { is: 'below', threshold: 50, value: 12 }, {}, '12 % is below 50 %'],
    [
      'cpu.used_percent',
      { is: 'above', threshold: 80, value: 84.1, averageMs: minute },
      { isPast: true },
      'average 84.1 % over 1 min was above 80 %',
    ],
    [
      'cpu.used_percent',
      { is: 'above', threshold: 80, value: 79.2, averageMs: 35_000 },
      { isFault: false },
      'average 79.2 % over 35 s is not above 80 %',
    ],
    [
      'cpu.used_percent',
      { is: 'above', threshold: 80, value: 84.1, averageMs: 0 },
      {},
      '84.1 % is above 80 %',
    ],
    ['heartbeat', { is: 'absent', threshold: 30_000 }, { until: 130_000 }, 'no sample for 2 min 10 s'],
    [
      'heartbeat',
      { is: 'absent', threshold: 30_000 },
      { until: 130_000, isPast: true },
      'no sample had come for 2 min 10 s',
    ],
    ['heartbeat', { is: 'absent', threshold: 30_000 }, { until: 0, isFault: false }, 'samples come again'],
    ['demo.queue', { is: 'above', threshold: 100, value: 20 }, { isFault: false }, '20 is not above 100'],
    ['a.port', { is: 'equals', threshold: 8125, value: 8125 }, {}, '8125 is 8125'],
    ['a.state', { is: 'equals', threshold: 'down', value: 'down' }, {}, '“down” is “down”'],
    ['a.state', { is: 'notEquals', threshold: 'up', value: 'down' }, {}, '“down” is not “up”'],
    ['a.state', { is: 'notEquals', threshold: 'up', value: 'up' }, { isFault: false }, '“up” is “up”'],
    ['a.state', { is: 'matches', threshold: '^d', value: 'down' }, {}, '“down” matches /^d/'],
    ['a.state', { is: 'matches', threshold: '^d', value: 'down' }, { isPast: true }, '“down” matched /^d/'],
    ['a.state', { is: 'notMatches', threshold: '^u', value: 'down' }, {}, '“down” does not match /^u/'],
    ['a.state', { is: 'contains', threshold: 'err', value: 'an err' }, {}, '“an err” contains “err”'],
    [
      'a.state',
      { is: 'notContains', threshold: 'ok', value: 'no' },
      { isPast: true },
      '“no” did not contain “ok”',
    ],
    ['deploy.version', { is: 'changed', value: 'v2' }, {}, '“v2” is new'],
    ['deploy.version', { is: 'changed', value: 'v2' }, { isFault: false }, '“v2” is still the same'],
    ['a_percent', { is: 'above', threshold: 90, value: 'NaN' }, {}, 'NaN is above 90 %'],
    ['a_percent', { is: 'above', threshold: 90 }, {}, 'a value that is not known is above 90 %'],
  ])('of %s, %o, %o says: %s', (metric, judgement, how, text) => {
    expect(say(metric, judgement, how)).toBe(text)
  })

  it('tells the newest value, and no lie where that one violates nothing', () => {
    const judgement = { is: 'above', threshold: 97, value: 97.2 } as const
    expect(say('a_percent', judgement, { latest: 98.4 })).toBe('98.4 % is above 97 %')
    expect(say('a_percent', judgement, { latest: 96.2 })).toBe('96.2 % now, was above 97 %')
    expect(say('a_percent', judgement, { latest: 96.2, isPast: true })).toBe('96.2 %, was above 97 %')
    expect(say('a_percent', { ...judgement, averageMs: minute }, { latest: 12 })).toBe(
      'average 97.2 % over 1 min is above 97 %',
    )
  })

  it('says "just" where value and threshold are written alike', () => {
    expect(say('a_percent', { is: 'above', threshold: 97, value: 97.04 })).toBe('97.0 % is just above 97 %')
    expect(say('a_percent', { is: 'below', threshold: 97, value: 96.96 }, { isPast: true })).toBe(
      '97.0 % was just below 97 %',
    )
  })

  it('that only its rules can say is said by them', () => {
    const judgement = { is: 'said', said: '3 of 5 members are above 9' } as const
    for (const how of [{}, { isPast: true }, { latest: 4 }])
      expect(say('a', judgement, how)).toBe(judgement.said)
  })

  it('cuts a long text', () => {
    expect(say('a', { is: 'equals', threshold: 'x', value: 'y'.repeat(500) })).toBe(
      `“${'y'.repeat(80)}…” is “x”`,
    )
  })
})

describe('a level of a rule', () => {
  it.each<[string, Level, number | undefined, string]>([
    ['memory.used_percent', { severity: 3, is: 'above', threshold: 90 }, undefined, 'above 90 %'],
    ['cpu.used_percent', { severity: 4, is: 'above', threshold: 80 }, minute, '1 min average above 80 %'],
    ['load.1m', { severity: 1, is: 'absent', threshold: 15_000 }, undefined, 'no sample for 15 s'],
    ['demo.queue', { severity: 2, is: 'above', threshold: 100 }, undefined, 'above 100'],
    ['a.state', { severity: 2, is: 'equals', threshold: 'down' }, undefined, 'equal to “down”'],
    ['a.state', { severity: 2, is: 'notMatches', threshold: '^ok' }, undefined, 'not matching /^ok/'],
    ['a.state', { severity: 2, is: 'contains', threshold: 'err' }, undefined, 'with “err”'],
    ['a.state', { severity: 5, is: 'changed' }, undefined, 'a new value'],
    [
      'memory.used_percent',
      { severity: 3, is: 'above', threshold: 90, until: 85 },
      undefined,
      'above 90 %, until 85 %',
    ],
    [
      'cpu.used_percent',
      { severity: 3, is: 'above', threshold: 90, until: 85, forMs: 2 * minute },
      minute,
      '1 min average above 90 % for 2 min, until 85 %',
    ],
    [
      'load.1m',
      { severity: 1, is: 'absent', threshold: 15_000, forMs: minute },
      undefined,
      'no sample for 15 s for 1 min',
    ],
    ['a.state', { severity: 5, is: 'changed', forMs: 5000 }, undefined, 'a new value for 5 s'],
  ])('of %s is told as it is', (metric, level, averageMs, text) => {
    expect(levelText(metric, level, averageMs).replaceAll('\u00A0', ' ')).toBe(text)
  })
})

describe('growth', () => {
  const line = (perHour: number, minutes: number) =>
    Array.from({ length: minutes }, (_, at) => [at * minute, 90 + (perHour * at) / 60] as const)

  it('is told of half an hour and more', () => {
    const said = (perHour: number, minutes: number) =>
      growthText('disk.used_percent', line(perHour, minutes))?.replaceAll('\u00A0', ' ')
    expect(said(0.66, 60)).toBe('grows 0.66 % an hour')
    expect(said(-2, 60)).toBe('falls 2 % an hour')
    expect(said(0.66, 20)).toBeUndefined()
    expect(said(0.001, 60)).toBeUndefined()
  })

  it('is not told of what goes up and down', () => {
    const noise = line(0.66, 60).map(([time, value], at) => [time, value + 5 * Math.sin(at)] as const)
    expect(growthText('disk.used_percent', noise)).toBeUndefined()
  })
})
