import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { anyHistory, type HistoryShape } from './any-history.ts'
import { anyGroupTerm, anyRules, anyTerm, type RuleShape } from './any-rules.ts'
import { judge } from './judge.ts'

const one: HistoryShape = { names: ['m'] }

function check(rules: RuleShape, history: HistoryShape): void {
  let events = 0
  fc.assert(
    fc.property(anyRules(rules), anyHistory(history), (ruleSet, deliveries) => {
      events += judge([ruleSet], deliveries)
    }),
    runs(150),
  )
  // Where nothing happened nothing was shown.
  expect(events).toBeGreaterThan(50)
}

describe('the engine tells what the definitions say', () => {
  it('of the last value, with holds and hysteresis', () => {
    check({}, one)
  })

  it('of holds that run out at one moment, of which one decision comes', () => {
    check({ absences: true }, one)
  })

  it('of trees over what is no number', () => {
    check({ trees: true }, one)
  })

  it('of texts', () => {
    check({ texts: true, trees: true }, { ...one, texts: true })
  })

  it('of silence', () => {
    check({ absences: true, trees: true }, one)
  })

  it('of each term', () => {
    check({ terms: anyTerm }, one)
  })

  it('of each term with a text inside', () => {
    check({ terms: anyTerm, trees: true, absences: true }, { ...one, texts: true })
  })

  it('of each term with what is no finite number inside, and trees', () => {
    check({ terms: anyTerm, trees: true, absences: true }, one)
  })

  it('of windows of the day that pass without a sample', () => {
    check({ windows: true, trees: true, absences: true }, one)
  })

  it('of what is muted', () => {
    check({ mutes: true, absences: true, trees: true }, one)
  })

  it('of series that are reported no longer', () => {
    check({ absences: true, terms: anyTerm }, { ...one, markers: true })
  })

  it('of series that several sources report no longer', () => {
    check({ absences: true, terms: anyTerm }, { ...one, markers: true, sources: ['a', 'b'] })
  })

  it('of samples that are corrected', () => {
    check({ terms: anyTerm }, { ...one, corrections: true })
  })

  it('of two sources whose clocks differ', () => {
    check({ terms: anyTerm, absences: true, trees: true }, { ...one, sources: ['a', 'b'] })
  })

  it('of all of it together', () => {
    const rules = { terms: anyTerm, absences: true, windows: true, mutes: true, texts: true, trees: true }
    check(rules, { ...one, texts: true, sources: ['a', 'b'] })
  })
})

const grouped: RuleShape = {
  ...{ select: '__name:m*', terms: anyGroupTerm, absences: true, members: true, trees: true },
}

describe('the engine tells of groups what the definitions say', () => {
  it('whose members are pooled', () => {
    const names = ['m a', 'm b', 'mm a', 'mm b']
    check({ ...grouped, group: { by: ['host'] } }, { names })
  })

  it('whose last value is a sum', () => {
    check({ ...grouped, group: { by: ['dc'], combine: 'sum' } }, { names: ['m a', 'm b', 'm c'] })
  })

  it('whose last value is the greatest, where members are reported no longer', () => {
    const names = ['m a', 'm b', 'm c']
    check({ ...grouped, group: { by: ['dc'], combine: 'max' } }, { names, markers: true })
  })

  it('that are expected and perhaps never seen', () => {
    const group = { by: ['host'], combine: 'average', expect: [{ host: 'a' }, { host: 'z' }] } as const
    check({ ...grouped, group, windows: true, mutes: true }, { names: ['m a', 'm b', 'mm a'] })
  })
})
