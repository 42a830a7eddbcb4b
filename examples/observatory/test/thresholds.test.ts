import { average } from '@tocsin/fault/rules'
import { ruleSet } from '@tocsin/fault'
import type { Condition, RuleSet } from '@tocsin/fault'
import { series } from '@tocsin/protocols'
import type { Series } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import { memoryFileSystem } from '@tocsin/journal/testing'
import { describe, expect, it } from 'vitest'

import { closestToLimits } from '../server/live/closest.ts'
import { SeriesIndex } from '../server/answers/series-index.ts'
import { SeriesPoints } from '../server/live/series-points.ts'
import { Thresholds } from '../server/answers/thresholds.ts'

const now = 1_700_000_000_000

/** A store that has seen these. */
async function indexOf(
  all: readonly Series[],
): Promise<{ index: SeriesIndex; readonly add: (one: Series) => Promise<void> }> {
  const rollups = await openRollupStore('rollups', { fileSystem: memoryFileSystem() })
  let seq = 0
  const add = async (one: Series): Promise<void> => {
    seq += 1
    await rollups.write({
      values: [{ series: one, time: now, value: 1, kind: 'gauge' }],
      position: { journalId: 'a', firstSeq: seq, lastSeq: seq },
      gaps: [],
    })
  }
  for (const one of all) await add(one)
  return { index: new SeriesIndex(rollups), add }
}

const disk = (path: string): Series => series('disk.used_percent', { path })
const load = series('load')
const disks = ruleSet('disk-full').select('__name:disk.used_percent').above(98, 1).above(90, 3).build()
const root = ruleSet('root-empty').select('and(__name:disk.used_percent,path:root)').below(5, 4).build()
const both = ruleSet('both').select('__name:load').above(9, 3).below(1, 1).build()
const busy = ruleSet('busy')
  .select('__name:load')
  .rule(2, average('1m', { minFill: '10s' }).above(8))
  .build()

describe('the thresholds of the rules', () => {
  it('are told with the rules, the worst level first, and with how many series each watches', async () => {
    const { index, add } = await indexOf([disk('root'), load])
    const thresholds = new Thresholds([disks, busy], index)
    expect(thresholds.rules()).toEqual([
      {
        id: 'disk-full',
        select: '__name:disk.used_percent',
        levels: [
          { severity: 1, is: 'above', threshold: 98 },
          { severity: 3, is: 'above', threshold: 90 },
        ],
        watching: 1,
      },
      {
        id: 'busy',
        select: '__name:load',
        levels: [{ severity: 2, is: 'above', threshold: 8 }],
        averageMs: 60_000,
        watching: 1,
      },
    ])
    expect(new Thresholds([both], index).rules()[0]?.levels.map(({ severity }) => severity)).toEqual([1, 3])
    await add(disk('var'))
    expect(thresholds.rules().map(({ watching }) => watching)).toEqual([2, 1])
    expect([...thresholds.watched().keys()]).toHaveLength(3)
  })

  it.each<[Condition, object]>([
    [{ above: 1 }, { is: 'above', threshold: 1 }],
    [{ below: 1 }, { is: 'below', threshold: 1 }],
    [
      { above: 80, until: 75 },
      { is: 'above', threshold: 80, until: 75 },
    ],
    [{ equals: 'down' }, { is: 'equals', threshold: 'down' }],
    [{ notEquals: 0 }, { is: 'notEquals', threshold: 0 }],
    [{ matches: 'a+' }, { is: 'matches', threshold: 'a+' }],
    [{ notMatches: 'a+' }, { is: 'notMatches', threshold: 'a+' }],
    [{ contains: 'a' }, { is: 'contains', threshold: 'a' }],
    [{ notContains: 'a' }, { is: 'notContains', threshold: 'a' }],
    [{ changed: true }, { is: 'changed' }],
    [{ absentFor: '15s' }, { is: 'absent', threshold: 15_000 }],
  ])('are told of %j', async (when, expected) => {
    const { index } = await indexOf([load])
    const rule: RuleSet = { id: 'one', select: '__name:load', rules: [{ when, severity: 2 }] }
    const thresholds = new Thresholds([rule], index)
    expect(thresholds.rules()[0]?.levels).toEqual([{ severity: 2, ...expected }])
    const hasLine = 'above' in when || 'below' in when
    expect(thresholds.linesOf([load])).toHaveLength(hasLine ? 1 : 0)
  })

  it('have a line for all of a card, or for those of its series that the rule watches', async () => {
    const shown = [disk('root'), disk('var')]
    const { index } = await indexOf([...shown, load])
    const thresholds = new Thresholds([disks, root], index)
    const lines = thresholds.linesOf(shown)
    expect(lines.map(({ threshold, keys }) => [threshold, keys])).toEqual([
      [98, undefined],
      [90, undefined],
      [5, [disk('root').key]],
    ])
    expect(thresholds.linesOf([load])).toEqual([])
  })
})

/** Points of each series, a second apart, the last one now. */
function recentOf(
  all: Readonly<Record<string, readonly number[]>>,
  age = 0,
  kind: 'gauge' | 'counter' = 'gauge',
) {
  const points = new Map(
    Object.entries(all).map(([key, values]) => {
      const one = new SeriesPoints({ key, metric: key, tags: {} })
      for (const [index, value] of values.entries()) {
        const time = now - age - (values.length - 1 - index) * 1000
        one.add({ series: { key, metric: key, tags: {} }, time, value, kind })
      }
      return [key, one]
    }),
  )
  return { find: (key: string) => points.get(key), reach: 0 }
}

describe('what is closest to a limit', () => {
  const full = Object.fromEntries(['a', 'b', 'c', 'd'].map((path, index) => [disk(path).key, [50 + index]]))

  it('are the three nearest by their part of the nearest threshold, nearest first', async () => {
    const { index } = await indexOf(['a', 'b', 'c', 'd'].map(disk))
    const closest = closestToLimits(new Thresholds([disks], index), recentOf(full), now, 0)
    expect(
      closest?.map(({ series: { tags }, value, level, part }) => [
        tags['path'],
        value,
        level.threshold,
        part,
      ]),
    ).toEqual([
      ['d', 53, 90, 53 / 90],
      ['c', 52, 90, 52 / 90],
      ['b', 51, 90, 51 / 90],
    ])
  })

  it('count by how little is left where the limit is below', async () => {
    const { index } = await indexOf([disk('root')])
    const recent = recentOf({ [disk('root').key]: [20] })
    expect(closestToLimits(new Thresholds([root], index), recent, now, 0)).toMatchObject([{ part: 0.25 }])
  })

  it('are judged by the average where the rule does so', async () => {
    const { index } = await indexOf([load])
    const values = Array.from({ length: 120 }, (_, second) => (second < 60 ? 100 : second % 2 ? 4 : 2))
    const closest = closestToLimits(new Thresholds([busy], index), recentOf({ load: values }), now, 0)
    expect(closest).toMatchObject([{ value: 3, averageMs: 60_000, part: 3 / 8 }])
  })

  it('are not judged before the average is filled as far as the rule wants it, in this run', async () => {
    const { index } = await indexOf([load])
    const thresholds = new Thresholds([busy], index)
    const seconds = (count: number) => recentOf({ load: Array.from({ length: count }, () => 100) })
    expect(closestToLimits(thresholds, seconds(10), now, 0)).toEqual([])
    expect(closestToLimits(thresholds, seconds(11), now, 0)).toMatchObject([{ value: 100 }])
    expect(closestToLimits(thresholds, seconds(11), now, now - 9000)).toEqual([])
  })

  it.each<[string, ReturnType<typeof recentOf>]>([
    ['nothing is known', recentOf({})],
    ['the value is old', recentOf(full, 3_600_000)],
    ['it is a counter, whose total is judged', recentOf({ [disk('a').key]: [1, 50, 90] }, 0, 'counter')],
    ['the value is none', recentOf({ [disk('a').key]: [NaN], [disk('b').key]: [Infinity] })],
    ['the value is below 0', recentOf({ [disk('a').key]: [-5] })],
  ])('is nothing where %s', async (_, recent) => {
    const { index } = await indexOf(['a', 'b', 'c', 'd'].map(disk))
    expect(closestToLimits(new Thresholds([disks], index), recent, now, 0)).toEqual([])
  })

  it('is not known while the past is still being read', async () => {
    const { index } = await indexOf(['a', 'b', 'c', 'd'].map(disk))
    const reading = { ...recentOf(full), reach: Infinity }
    expect(closestToLimits(new Thresholds([disks], index), reading, now, 0)).toBeUndefined()
  })

  it('is nothing where a limit is 0 or below, to which there is no part of the way', async () => {
    const { index } = await indexOf([load])
    const rule = ruleSet('cold').select('__name:load').above(0, 1).build()
    expect(closestToLimits(new Thresholds([rule], index), recentOf({ load: [5] }), now, 0)).toEqual([])
  })
})
