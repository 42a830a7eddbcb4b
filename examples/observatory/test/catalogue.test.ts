import { ruleSet } from '@tocsin/fault'
import { memoryFileSystem } from '@tocsin/journal/testing'
import { series } from '@tocsin/protocols'
import type { Series } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import { describe, expect, it, vi } from 'vitest'

import { createCatalogue } from '../server/answers/catalogue.ts'
import { SeriesIndex } from '../server/answers/series-index.ts'
import { SeriesPoints } from '../server/live/series-points.ts'
import { Thresholds } from '../server/answers/thresholds.ts'
import type { Catalogue } from '../server/wire.ts'

const now = 1_700_000_000_000
const own = (metric: string, more: Record<string, string> = {}): Series =>
  series(metric, { host: 'atlas-1', ...more })
const machine = [
  own('load.1m'),
  own('disk.used_percent', { path: '/' }),
  own('disk.used_percent', { path: '/var' }),
]
const web = (metric: string, host: number): Series =>
  series(metric, { host: `web-${host}`, region: host % 3 === 0 ? 'eu' : 'us' })
const sent = Array.from({ length: 12 }, (_, metric) =>
  Array.from({ length: metric + 1 }, (_, host) => web(`http.${String.fromCodePoint(97 + metric)}`, host)),
).flat()
const rule = ruleSet('slow').select('__name:http.c').above(300, 5).build()

async function catalogueOf(all: readonly Series[], values: Readonly<Record<string, number | string>> = {}) {
  const rollups = await openRollupStore('rollups', { fileSystem: memoryFileSystem() })
  let seq = 0
  const add = async (more: readonly Series[]): Promise<void> => {
    const firstSeq = seq + 1
    seq += more.length
    await rollups.write({
      values: more.map((one) => ({ series: one, time: now, value: 1, kind: 'gauge' })),
      position: { journalId: 'a', firstSeq, lastSeq: seq },
      gaps: [],
    })
  }
  await add(all)
  const points = new Map(
    Object.entries(values).map(([key, value]) => {
      const one = new SeriesPoints({ key, metric: key, tags: {} })
      if (typeof value === 'number') one.add({ series: one.series, time: now, value, kind: 'gauge' })
      else one.add({ series: one.series, time: now, value, kind: 'text' })
      return [key, one]
    }),
  )
  const index = new SeriesIndex(rollups)
  const ask = createCatalogue({
    index,
    recent: { find: (key) => points.get(key), ready: async () => undefined },
    thresholds: new Thresholds([rule], index),
    hostname: 'atlas-1',
    now: () => now,
  })
  const catalogue = (query: Record<string, string> = {}): Promise<Catalogue> =>
    ask(new URLSearchParams(query))
  return { catalogue, add, rollups }
}

const metricsOf = (cards: Catalogue['sent']['cards']): readonly string[] => cards.map(({ metric }) => metric)

describe('the catalogue', () => {
  it('tells this machine apart, and of what was sent nine metrics at a time, by name', async () => {
    const { catalogue } = await catalogueOf([...sent, ...machine, series('load.1m', { host: 'other' })])
    const first = await catalogue()
    expect([first.series, first.matching]).toEqual([82, 82])
    expect(first.machine).toMatchObject({ series: 3, matching: 3 })
    expect(first.machine.cards.map(({ metric, count }) => [metric, count])).toEqual([
      ['disk.used_percent', 2],
      ['load.1m', 1],
    ])
    expect(first.sent).toMatchObject({
      series: 79,
      matching: 79,
      metrics: 13,
      matchingMetrics: 13,
      offset: 0,
    })
    expect(metricsOf(first.sent.cards)).toEqual(Array.from('abcdefghi', (letter) => `http.${letter}`))
    const second = await catalogue({ offset: '9' })
    expect(metricsOf(second.sent.cards)).toEqual(['http.j', 'http.k', 'http.l', 'load.1m'])
  })

  it('tells what a query matches, with the counts of all', async () => {
    const { catalogue } = await catalogueOf([...sent, ...machine])
    const {
      machine: own,
      sent: others,
      series,
      matching,
      tags,
    } = await catalogue({
      select: 'and(__name:http.*,region:eu)',
    })
    expect([own.series, own.matching, own.cards]).toEqual([3, 0, []])
    expect([series, matching, others.series, others.matching]).toEqual([81, 30, 78, 30])
    // Not the region, which all of them have.
    expect(tags).toEqual([
      { category: 'host', value: 'web-0', count: 12 },
      { category: 'host', value: 'web-3', count: 9 },
      { category: 'host', value: 'web-6', count: 6 },
      { category: 'host', value: 'web-9', count: 3 },
    ])
  })

  it('gives counts alone, one metric alone, and more series of it', async () => {
    const { catalogue } = await catalogueOf([...sent, ...machine])
    const counts = await catalogue({ limit: '0' })
    expect([counts.sent.cards, counts.machine.cards, counts.matching]).toEqual([[], [], 81])
    const one = await catalogue({ metric: 'http.l', most: '120' })
    expect(one.sent.cards.map(({ metric, shown }) => [metric, shown.length])).toEqual([['http.l', 12]])
    expect(one.machine.cards).toEqual([])
    const own = await catalogue({ metric: 'load.1m' })
    expect([metricsOf(own.machine.cards), own.sent.cards]).toEqual([['load.1m'], []])
  })

  it('shows the largest now, and those whose value is not known behind all others', async () => {
    const ten = Array.from({ length: 12 }, (_, host) => web('http.l', host))
    const values = Object.fromEntries(ten.slice(0, 10).map(({ key }, index) => [key, index - 5]))
    const { catalogue } = await catalogueOf(ten, { ...values, [ten[3]!.key]: NaN })
    const [card] = (await catalogue({ most: '11' })).sent.cards
    expect(card?.count).toBe(12)
    expect(card?.shown.map(({ value }) => value)).toEqual([4, 3, 2, 1, 0, -1, -3, -4, -5, 'NaN', undefined])
    expect(card?.shown[0]).toEqual({ series: ten[9], value: 4, time: now })
  })

  it('tells the thresholds of a card', async () => {
    const { catalogue } = await catalogueOf(sent)
    const { cards } = (await catalogue()).sent
    expect(cards.filter(({ thresholds }) => thresholds.length > 0)).toMatchObject([
      { metric: 'http.c', thresholds: [{ severity: 5, is: 'above', threshold: 300, ruleSet: 'slow' }] },
    ])
  })

  it('knows a series as soon as it is stored, and groups nothing anew before', async () => {
    const { catalogue, add, rollups } = await catalogueOf(sent)
    const listed = vi.spyOn(rollups, 'series')
    await catalogue({ select: '__name:http.*' })
    const asked = listed.mock.calls.length
    await catalogue({ select: '__name:http.*', offset: '9' })
    expect(listed).toHaveBeenCalledTimes(asked)
    await add([series('http.z')])
    expect((await catalogue({ select: '__name:http.*', offset: '12' })).sent).toMatchObject({
      matchingMetrics: 13,
      cards: [{ metric: 'http.z' }],
    })
  })

  it('says where a query goes wrong, in words without codes', async () => {
    const { catalogue } = await catalogueOf(sent)
    await expect(catalogue({ select: 'and(__name:http.*,region:eu-*' })).rejects.toMatchObject({
      status: 400,
      refusal: { error: 'expected , or ) here', reason: 'bad-query', offset: 29 },
    })
  })

  it.each([
    { offset: '-1' },
    { offset: '1.5' },
    { offset: 'x' },
    { offset: '9999999999' },
    { limit: '51' },
    { limit: '' },
    { most: '0' },
    { most: '121' },
  ])('refuses %j', async (query) => {
    const { catalogue } = await catalogueOf(sent.slice(0, 1))
    await expect(catalogue(query as unknown as Record<string, string>)).rejects.toMatchObject({ status: 400 })
  })

  it('takes names that are names of parts of objects for what they are', async () => {
    const odd = ['constructor', '__proto__', 'hasOwnProperty'].map((name) => series(name, { toString: name }))
    const { catalogue } = await catalogueOf(odd)
    const { sent: others } = await catalogue()
    expect(metricsOf(others.cards)).toEqual(['__proto__', 'constructor', 'hasOwnProperty'])
  })

  it('answers a query whose regular expression would never end, were each way through it tried', async () => {
    const { catalogue } = await catalogueOf([series('a'.repeat(60)), ...machine])
    expect((await catalogue({ select: '__name:/^(a+)+$x/' })).matching).toBe(0)
    expect((await catalogue({ select: '__name:/^(a+)+$/' })).matching).toBe(1)
  })

  it('refuses a query that takes too long', async () => {
    const { rollups } = await catalogueOf(machine)
    const index = new SeriesIndex({
      stats: rollups.stats,
      series: (select) => {
        while (select !== undefined) performance.now()
        return []
      },
    })
    expect(() => index.ask('__name:a')).toThrow(
      expect.objectContaining({
        status: 400,
        refusal: expect.objectContaining({ reason: 'slow-query' }) as unknown,
      }),
    )
  })
})
