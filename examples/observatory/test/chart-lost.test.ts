import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as ranges from '../page/charts/fault-range.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as pictures from '../page/charts/plot/picture.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as ribbon from '../page/charts/plot/thresholds.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as sentences from '../page/charts/sentence.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as store from '../page/charts/samples.js'

interface Stretch {
  readonly from: number
  readonly to: number
}
interface Picture {
  readonly notTold: readonly Stretch[]
  readonly holes: readonly Stretch[]
  readonly unknownSince?: number
}
type Samples = Map<string, object>
const { pictureOf } = pictures as { pictureOf: (spec: object, view: object) => Picture }
const { faultRange } = ranges as {
  faultRange: (openedAt: number, now: number, knownUntil?: number) => number
}
const { paintRibbon } = ribbon as { paintRibbon: (paint: object, bars: readonly object[]) => void }
const { chartSentence } = sentences as {
  chartSentence: (spec: object, picture: Picture, about: object) => string
}
const { addRow, seriesOf, setHistory } = store as {
  seriesOf: (samples: Samples, key: string) => object
  addRow: (samples: Samples, key: string, time: number, value: number) => void
  setHistory: (series: object, told: object, asked: object) => void
}

const second = 1000
const line = (key: string) => ({ key, label: key, metric: 'load', drawn: 'number' })
const spec = {
  title: 'load',
  lines: [line('a'), line('b')],
  keys: ['a', 'b'],
  thresholds: [],
  drawn: 'number',
  unit: { kind: 'plain', scale: [{ symbol: '', size: 1 }] },
}

/** The picture of a hundred seconds, of which the last that is known is the ninetieth, or all. */
function pictureWith(
  fill: (samples: Samples) => void,
  knownUntil: number | undefined = 90 * second,
): Picture {
  const samples: Samples = new Map()
  fill(samples)
  const pauses = [{ from: 10 * second, to: 20 * second }]
  return pictureOf(spec, {
    from: 0,
    to: 100 * second,
    now: 100 * second,
    knownUntil,
    samples,
    faults: [],
    pauses,
  })
}
const stream = (samples: Samples, key: string): void => {
  for (let time = 80; time <= 90; time++) addRow(samples, key, time * second, 1)
}
const answered = (samples: Samples, key: string): void =>
  setHistory(
    seriesOf(samples, key),
    { key, drawn: 'number', stepMs: second },
    { from: 0, to: 90 * second, now: 90 * second },
  )

describe('a chart of a lost observatory', () => {
  it('is not known as a whole where its past had not been answered, in which nothing else is told', () => {
    const { notTold, holes, unknownSince } = pictureWith(() => undefined)
    expect(notTold).toEqual([{ from: 0, to: 90 * second }])
    expect([holes, unknownSince]).toEqual([[], 90 * second])
  })

  it('is not known before the first sample of the stream where its past had not been answered', () => {
    expect(pictureWith((samples) => stream(samples, 'a')).notTold).toEqual([{ from: 0, to: 80 * second }])
  })

  it('is known where the past of one of its series was answered', () => {
    expect(pictureWith((samples) => answered(samples, 'a')).notTold).toEqual([])
  })

  it('is blank while its past is asked for', () => {
    const samples: Samples = new Map()
    const view = { from: 0, to: 100 * second, now: 100 * second, samples, faults: [] }
    expect(pictureOf(spec, view)).toMatchObject({ notTold: [], holes: [], unknownSince: undefined })
  })

  it('says that no value is known, and not that none came', () => {
    const about = { latest: () => undefined, zone: 'utc', isZoomed: false, faults: [], isKnown: false }
    const said = chartSentence(
      spec,
      pictureWith(() => undefined),
      about,
    )
    expect(said).toContain('a not known, b not known, known until')
    expect(said).not.toContain('no data')
  })
})

describe('the ribbon of an open fault', () => {
  it.each([90, 99.5, 100])('has a question mark behind it where it ends at %s of 100 px', (end) => {
    const texts: [string, number][] = []
    const ctx = {
      fillRect: () => undefined,
      fillText: (text: string, x: number) => texts.push([text, x]),
    }
    const paint = {
      ctx,
      colours: { edge: () => '' },
      left: 0,
      width: 100,
      top: 0,
      height: 80,
      x: (time: number) => time,
    }
    paintRibbon(paint, [{ severity: 1, from: 50, to: end, isOpen: true }])
    expect(texts).toEqual([['?', end + 2]])
    paintRibbon(paint, [{ severity: 1, from: 50, to: end, isOpen: false }])
    expect(texts).toHaveLength(1)
  })
})

describe('the chart of a fault', () => {
  const minute = 60 * second
  it.each([
    ['that has just opened shows an hour', 1, undefined, 60],
    ['shows more as soon as what was before its opening would be out of sight', 49, undefined, 360],
    ['shows what was known when the observatory was lost, also long after it', 300, 47, 60],
  ])('%s', (_, openMinutes, knownMinutes, shown) => {
    const known = knownMinutes === undefined ? undefined : knownMinutes * minute
    expect(faultRange(0, openMinutes * minute, known)).toBe(shown * minute)
  })
})
