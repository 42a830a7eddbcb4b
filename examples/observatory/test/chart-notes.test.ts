import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as sent from '../page/charts/sent.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as pictures from '../page/charts/plot/picture.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as store from '../page/charts/samples.js'
import type { MetricCard, SeriesHistory } from '../server/wire.ts'

interface Picture {
  readonly holes: readonly { readonly from: number; readonly to: number }[]
}
interface Spec {
  readonly footer?: { readonly said: string; readonly button: string }
  note(valueAt: () => undefined, picture: Picture): string
}
const { sentCard } = sent as {
  sentCard: (card: MetricCard, about: { host: string; isAll?: boolean }) => Spec
}
const { pictureOf } = pictures as { pictureOf: (spec: Spec, view: object) => Picture }
const { seriesOf, setHistory } = store as {
  seriesOf: (samples: Map<string, object>, key: string) => object
  setHistory: (series: object, told: SeriesHistory, asked: { from: number; to: number; now: number }) => void
}

const minute = 60_000
const [from, to] = [0, 60 * minute]
const card = (...keys: string[]): MetricCard => ({
  metric: 'jobs',
  drawn: 'number',
  count: keys.length,
  shown: keys.map((key) => ({ series: { key, metric: 'jobs', tags: { shop: key } } })),
  thresholds: [],
})

/** The card of series of which the history told samples at these minutes; of one that is `undefined` nobody asked. */
function drawn(told: Readonly<Record<string, readonly number[] | undefined>>): {
  picture: Picture
  note: string
} {
  const samples = new Map<string, object>()
  for (const [key, minutes] of Object.entries(told)) {
    if (minutes === undefined) continue
    const times = minutes.map((at, index) => (at - (minutes[index - 1] ?? 0)) * minute)
    const history = { key, drawn: 'number' as const, samples: { times, values: minutes } }
    setHistory(seriesOf(samples, key), history, { from, to, now: to })
  }
  const spec = sentCard(card(...Object.keys(told)), { host: 'atlas-1' })
  const picture = pictureOf(spec, { from, to, now: to, samples, faults: [] })
  return { picture, note: spec.note(() => undefined, picture).replaceAll('\u00A0', ' ') }
}

describe('how often samples come', () => {
  it('is told from three gaps on', () => {
    expect(drawn({ a: [10, 17] }).note).toBe('1 series')
    expect(drawn({ a: [10, 17, 24] }).note).toBe('1 series')
    expect(drawn({ a: [10, 17, 24, 31] }).note).toBe('1 series · a sample every 7 min')
  })
})

describe('a chart in which nothing came', () => {
  it('is one hole where that was asked, and blank where it was not', () => {
    expect(drawn({ a: [] }).picture.holes).toEqual([{ from, to }])
    expect(drawn({ a: [], b: [] }).picture.holes).toEqual([{ from, to }])
    expect(drawn({ a: undefined }).picture.holes).toEqual([])
    expect(drawn({ a: [], b: undefined }).picture.holes).toEqual([])
  })

  it('has no hole where another of its series has samples', () => {
    expect(drawn({ a: [], b: [10] }).picture.holes).toEqual([])
  })
})

describe('what stands below a chart of many series', () => {
  it.each([
    [5, 5, false, undefined],
    [8, 8, false, '8 of 8 drawn, largest first · name all 8'],
    [8, 8, true, '8 of 8 drawn · name 3'],
    [96, 9, false, '9 of 96 drawn, largest first · all 96'],
    [96, 96, true, '96 of 96 drawn · 9 largest'],
    [500, 9, false, '9 of 500 drawn, largest first · 120 largest'],
    [500, 120, true, '120 of 500 drawn, largest first · 9 largest'],
  ] as const)('of %i of which %i are drawn', (count, shown, isAll, said) => {
    const keys = Array.from({ length: shown }, (_, at) => `host-${at}`)
    const { footer } = sentCard({ ...card(...keys), count }, { host: 'atlas-1', isAll })
    expect(footer && `${footer.said} · ${footer.button}`).toBe(said)
  })
})
