import { describe, expect, it } from 'vitest'

import { type FaultInput, series } from '../../src/engine.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { at, recorded, watch } from '../engine/recorder.ts'
import { churn, onePercentStops } from './scenarios.ts'

const hosts = ['1', '2', '3', '4']
const of = (host: string): Partial<FaultInput> => ({ series: series('m', { host }), source: 'berlin' })
const usual = watch([
  { when: { above: 90 }, severity: 1 },
  { when: { absentFor: '3m' }, severity: 2 },
])

describe('a collector that is cut off for ten minutes', () => {
  const cutOff = (backlog: boolean) => {
    const recorder = recorded([usual])
    const { sample, advance } = recorder
    for (let second = 0; second < 600; second += 10) for (const host of hosts) sample(at(second, 1, of(host)))
    for (let second = 600; second < 1200; second += 10) advance(second)
    // What it kept comes at once, with values in it that would have paged.
    for (let second = 600; backlog && second < 1200; second += 10) {
      for (const host of hosts) sample(at(second, second < 900 ? 99 : 1, of(host)), 1200)
    }
    for (let second = 1200; second < 1800; second += 10) {
      for (const host of hosts) sample(at(second, 1, of(host)))
    }
    return recorder
  }

  it('is one fault while it is silent, and pages nobody for what it brings along', () => {
    const { told, events, problems } = cutOff(true)
    expect(told).toEqual(['770 opened s2 silent', '1200 reason s2 late', '1200 cleared s2 recovered'])
    expect(new Set(events.map((event) => event.ruleSet))).toEqual(new Set(['tocsin.source']))
    expect(problems.some(({ reason }) => reason === 'stale')).toBe(true)
  })

  it('is told the same where nothing was kept, but that it is late for a moment', () => {
    expect(cutOff(false).told).toEqual(['770 opened s2 silent', '1200 cleared s2 recovered'])
  })

  it('would page by the same values, were they fresh', () => {
    const { sample, told } = recorded([usual])
    for (let second = 600; second < 900; second += 10) sample(at(second, 99, of('1')))
    expect(told).toEqual(['600 opened s1 above'])
  })
})

describe('one in a hundred series that stops', () => {
  it('is known within a second of when it can be known, and none of the others is told', () => {
    const { told, stopped } = onePercentStops(2000)
    expect(told).toHaveLength(stopped)
    for (const { event, at } of told) {
      expect(event).toMatchObject({ type: 'opened', time: 90_000, cause: { reason: 'absent' } })
      // A fresh sample may be on its way for `staleAfterMs`.
      expect(at - event.time).toBeLessThanOrEqual(11_000)
    }
  })
})

describe('a machine that is suspended for an hour', () => {
  it('wakes without a storm, and hides nothing that is still silent then', () => {
    const { sample, advance, told, engine, take } = recorded([usual], { sources: false })
    for (let second = 0; second <= 60; second += 10) for (const host of hosts) sample(at(second, 1, of(host)))
    take(engine.resume(3_660_000))
    advance(3660)
    for (let second = 3670; second <= 4000; second += 10) {
      for (const host of hosts.slice(1)) sample(at(second, 1, of(host)))
      advance(second)
    }
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/opened s2 absent$/)
  })
})

describe('a rule that is edited at night', () => {
  it('keeps what is open open, and lets what was waiting go on waiting', () => {
    const slow = (limit: number) =>
      watch([
        { when: { above: 90 }, severity: 1, for: '10m' },
        { when: { above: limit }, severity: 3 },
      ])
    const { sample, told, engine, take } = recorded([slow(50)])
    for (let second = 0; second <= 300; second += 60) sample(at(second, 95))
    take(engine.setRuleSets(parseRuleSets([slow(60)]), 330_000))
    while (engine.nextDue() <= 330_000) take(engine.advance(330_000))
    for (let second = 360; second <= 660; second += 60) sample(at(second, 95))
    expect(told).toEqual(['0 opened s3 above', '600 severity s1 above'])
  })
})

describe('pods with a new name each', () => {
  it('are forgotten a day after they spoke last, and their faults end as gone', () => {
    const { most, left, opened, gone } = churn(8, 200)
    expect(most).toBeLessThanOrEqual(401)
    expect(left).toBe(0)
    expect([opened, gone]).toEqual([160, 160])
  })
})
