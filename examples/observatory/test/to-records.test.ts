import { ruleSet } from '@tocsin/fault'
import type { FaultEvent, RuleSet } from '@tocsin/fault'
import { createFaultEngine } from '@tocsin/fault/engine'
import { above, absentFor, atLeast, average, below, max, not, some } from '@tocsin/fault/rules'
import { series } from '@tocsin/protocols'
import { describe, expect, it } from 'vitest'

import { recordOfAlert, recordOfFault } from '../server/log/to-records.ts'

type Value = number | undefined

/** What the rules tell of values that come each minute from two series of one source; `undefined` is a silence. */
function told(rules: RuleSet, values: readonly Value[]): readonly FaultEvent[] {
  const engine = createFaultEngine([rules])
  return values.flatMap((value, index) => {
    const now = index * 60_000
    const samples = ['a', 'b'].map((host) => ({
      ...{ series: series('jobs', { host }), time: now, kind: 'gauge' as const, source: 'fra' },
      value: value ?? 0,
    }))
    return value === undefined
      ? engine.advance(now).events
      : samples.flatMap((sample) => engine.sample(sample, now).events)
  })
}

const rules = ruleSet('r').select('__name:jobs')
/** Judgements of the first series that has any, as they are kept. */
const judged = (built: RuleSet, ...values: readonly Value[]) => {
  const events = told(built, values)
  return events
    .filter((event) => event.series.key === events[0]?.series.key)
    .map((event) => {
      const record = recordOfFault(event)
      return record?.type === 'found' ? record.judgement : undefined
    })
}

describe('what the log keeps of a finding', () => {
  it('is the comparison, where that says it', () => {
    expect(judged(rules.above(9, 1).build(), 10, 5)).toMatchObject([
      { is: 'above', threshold: 9, value: 10 },
      { is: 'above', threshold: 9, value: 5 },
    ])
    expect(judged(rules.rule(1, average('5m').above(9)).build(), 10)).toMatchObject([
      { is: 'above', value: 10, averageMs: 0 },
    ])
  })

  it.each<[string, RuleSet, readonly Value[], readonly string[]]>([
    [
      'a limit that counts itself',
      rules.rule(1, atLeast(9)).build(),
      [9, 8],
      ['9 is at least 9', '8 is not at least 9'],
    ],
    [
      'the greatest of a window',
      rules.rule(1, max('5m').above(9)).build(),
      [10],
      ['10 over 1 sample is above 9'],
    ],
    ['what is not so', rules.rule(1, not(above(9))).build(), [5, 10], ['5 is not above 9', '10 is above 9']],
    ['one of several', rules.rule(1, some(1, atLeast(9), atLeast(20))).build(), [9], ['9 is at least 9']],
    [
      'another end',
      rules.rule(1, above(9), { clear: below(3) }).build(),
      [10, 2],
      ['10 is above 9', '2 is below 3'],
    ],
    [
      'a silent source',
      rules.rule(3, absentFor('1m')).build(),
      [1, 1, undefined, undefined, undefined, 1],
      ['nothing from fra for 1m 30s, 2 series held', 'fra sends again, 2 series were held'],
    ],
  ])('is the sentence of the rules, of %s', (_, built, values, sentences) => {
    const judgements = judged(built, ...values)
    expect(judgements).toHaveLength(sentences.length)
    for (const [index, sentence] of sentences.entries()) {
      const { is, said, value } = judgements[index] ?? {}
      if (is === 'said') expect(said).toContain(sentence)
      // What one comparison says as well.
      else expect(sentence).toMatch(new RegExp(`^${value} is `))
    }
    expect(judgements.at(-1)?.is).toBe('said')
  })

  it('is the sentence of an alert whose cause was shortened', () => {
    const [event] = told(rules.above(9, 1).build(), [10])
    if (event?.type !== 'opened') throw new Error('it is no opening')
    const signal = { ...event, cause: { reason: 'above', shortened: true } }
    const alert = { signal, text: event.text } as unknown as Parameters<typeof recordOfAlert>[0]
    expect(recordOfAlert(alert).judgement).toEqual({ is: 'said', said: event.text, sampleTime: 0 })
  })
})
