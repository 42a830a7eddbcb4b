import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as layoutPart from '../page/charts/lanes/lane-layout.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as untilPart from '../page/controls/until-time.js'
import type { Fault, Severity } from '../server/wire.ts'

interface Lane {
  readonly id: string
  readonly ruleSet: string
  readonly faults: readonly Fault[]
  readonly open?: Fault
}
interface Bar {
  readonly x: number
  readonly width: number
}
interface FaultBar extends Bar {
  readonly fault: Fault
  readonly bars: readonly (Bar & { readonly severity: Severity })[]
  readonly maintained: readonly Bar[]
}
interface Scale {
  x(time: number): number
}

/** The functions of the page, with the types that they would have. */
const { barsOf, faultAt, lanesOf, scaleOf, spanText, stretchesOf, zoomOf } = layoutPart as {
  lanesOf: (
    faults: Iterable<Fault>,
    time: { readonly from: number; readonly until: number },
  ) => readonly Lane[]
  stretchesOf: (
    fault: Fault,
    until: number,
  ) => readonly { from: number; to: number; severity: Severity; isAcknowledged: boolean }[]
  scaleOf: (from: number, to: number, width: number) => Scale
  barsOf: (lane: Lane, scale: Scale, until: number) => readonly FaultBar[]
  faultAt: (bars: readonly FaultBar[], x: number) => Fault | undefined
  zoomOf: (fault: Fault, until: number) => { readonly from: number; readonly to: number }
  spanText: (ms: number) => string
}
const { nextTime } = untilPart as {
  nextTime: (text: string, now: number, zone: 'utc' | 'local') => number | undefined
}

const minute = 60_000
const hour = 60 * minute
const now = Date.parse('2026-11-26T05:12:40Z')
const from = now - 24 * hour

function fault(metric: string, more: Partial<Fault> = {}): Fault {
  const openedAt = more.openedAt ?? now - hour
  const severity = more.severity ?? 3
  return {
    id: `${metric} ${openedAt}`,
    ruleSet: 'rule',
    series: { key: metric, metric, tags: {} },
    severity,
    openedAt,
    severities: [{ severity, since: openedAt }],
    judgement: { is: 'above', threshold: 1, value: 2, sampleTime: openedAt },
    text: metric,
    acknowledged: [],
    maintained: [],
    ...more,
  }
}
const names = (lanes: readonly Lane[]): readonly (string | undefined)[] =>
  lanes.map(({ faults }) => faults[0]?.series.metric)

describe('the lanes', () => {
  it('are one a rule set and series, with all its faults oldest first', () => {
    const lanes = lanesOf(
      [
        fault('a', { openedAt: now - hour, endedAt: now - 50 * minute }),
        fault('a', { openedAt: now - 3 * hour, endedAt: now - 2 * hour }),
        fault('a', { ruleSet: 'other', endedAt: now }),
      ],
      { from, until: now },
    )
    expect(lanes).toHaveLength(2)
    expect(lanes.map(({ faults }) => faults.length).sort()).toEqual([1, 2])
    const both = lanes.find(({ faults }) => faults.length === 2)
    expect(both?.faults.map(({ openedAt }) => openedAt)).toEqual([now - 3 * hour, now - hour])
  })

  it('stand open ones first, acknowledged behind the others, then the worst, then the newest', () => {
    const ended = { endedAt: now - minute }
    const acknowledgement = { by: 'night shift', at: now - minute }
    const lanes = lanesOf(
      [
        fault('older', { severity: 2, openedAt: now - 9 * hour, endedAt: now - 8 * hour }),
        fault('newer', { severity: 2, ...ended }),
        fault('known', { severity: 1, acknowledgement }),
        fault('mild', { severity: 5, ...ended }),
        fault('open', { severity: 4 }),
      ],
      { from, until: now },
    )
    expect(names(lanes)).toEqual(['open', 'known', 'newer', 'older', 'mild'])
  })

  it('count the worst that a fault was, not the last', () => {
    const was = fault('was worse', {
      severity: 5,
      openedAt: now - 2 * hour,
      endedAt: now - hour,
      severities: [
        { severity: 1, since: now - 2 * hour },
        { severity: 5, since: now - 90 * minute },
      ],
    })
    const lanes = lanesOf([fault('mild', { severity: 3, endedAt: now }), was], { from, until: now })
    expect(names(lanes)).toEqual(['was worse', 'mild'])
  })

  it('leave out what ended before them or begins after what is known', () => {
    const lanes = lanesOf(
      [fault('old', { openedAt: from - hour, endedAt: from - 1 }), fault('later', { openedAt: now })],
      { from, until: now - hour },
    )
    expect(lanes).toEqual([])
  })
})

describe('the bar of a fault', () => {
  const memory = fault('memory', {
    severity: 1,
    openedAt: now - 40 * minute,
    severities: [
      { severity: 3, since: now - 40 * minute },
      { severity: 1, since: now - 12 * minute },
    ],
    acknowledged: [{ from: now - 20 * minute, to: now - 15 * minute }],
  })

  it('has one stretch for each severity and each side of an acknowledgement, without a hole', () => {
    const stretches = stretchesOf(memory, now)
    expect(stretches.map(({ severity, isAcknowledged }) => [severity, isAcknowledged])).toEqual([
      [3, false],
      [3, true],
      [3, false],
      [1, false],
    ])
    expect(stretches[0]?.from).toBe(memory.openedAt)
    expect(stretches.at(-1)?.to).toBe(now)
    stretches.slice(1).forEach((stretch, index) => expect(stretch.from).toBe(stretches[index]?.to))
  })

  it('ends at the last that is known while it is open', () => {
    const until = now - 3 * minute
    expect(stretchesOf(memory, until).at(-1)?.to).toBe(until)
    const scale = scaleOf(from, now, 1440)
    const [bar] = barsOf({ id: '', ruleSet: '', faults: [memory], open: memory }, scale, until)
    expect((bar?.x ?? 0) + (bar?.width ?? 0)).toBeCloseTo(scale.x(until), 0)
  })

  it('is there, though narrow, where the fault lasted no time at all', () => {
    const short = fault('short', { openedAt: now - hour, endedAt: now - hour })
    const [bar] = barsOf({ id: '', ruleSet: '', faults: [short] }, scaleOf(from, now, 500), now)
    expect(bar?.bars).toHaveLength(1)
    expect(bar?.width).toBe(3)
  })

  it('never leaves the lane', () => {
    const long = fault('long', { openedAt: from - 99 * hour, endedAt: now - 23 * hour })
    const last = fault('last', { openedAt: now })
    for (const one of [long, last]) {
      const [bar] = barsOf({ id: '', ruleSet: '', faults: [one] }, scaleOf(from, now, 500), now)
      expect(bar?.x).toBeGreaterThanOrEqual(0)
      expect((bar?.x ?? 0) + (bar?.width ?? 0)).toBeLessThanOrEqual(500)
    }
  })

  it('is hit within 24 px though it is 3 px wide, the nearest of two first, and not farther', () => {
    const one = fault('one', { openedAt: now - 12 * hour, endedAt: now - 12 * hour })
    const other = fault('other', { openedAt: now - 11.5 * hour, endedAt: now - 11.5 * hour })
    const bars = barsOf({ id: '', ruleSet: '', faults: [one, other] }, scaleOf(from, now, 480), now)
    expect(bars.map(({ x }) => x)).toEqual([240, 250])
    expect(faultAt(bars, 231)?.id).toBe(one.id)
    expect(faultAt(bars, 244)?.id).toBe(one.id)
    expect(faultAt(bars, 249)?.id).toBe(other.id)
    expect(faultAt(bars, 262)?.id).toBe(other.id)
    expect(faultAt(bars, 270)).toBeUndefined()
    expect(faultAt(bars, 220)).toBeUndefined()
  })
})

describe('a click on a bar', () => {
  it('zooms to the fault with a fifth of it on both sides', () => {
    const one = fault('one', { openedAt: now - 100 * minute, endedAt: now - 50 * minute })
    expect(zoomOf(one, now)).toEqual({ from: now - 110 * minute, to: now - 40 * minute })
  })

  it('zooms up to now where it is open, since nothing after that is known', () => {
    expect(zoomOf(fault('one', { openedAt: now - 50 * minute }), now)).toEqual({ from: now - hour, to: now })
  })
})

describe('the words of the lanes', () => {
  it.each([
    [24 * hour, 'last 24 hours'],
    [7 * 24 * hour, 'last 7 days'],
    [30 * 24 * hour, 'last 30 days'],
  ])('say how far back %d ms are', (ms, text) => {
    expect(spanText(ms)).toBe(text)
  })
})

describe('the end of a maintenance as a time of day', () => {
  it('is the next time at which it is that', () => {
    expect(nextTime('07:30', now, 'utc')).toBe(Date.parse('2026-11-26T07:30:00Z'))
    expect(nextTime('05:12', now, 'utc')).toBe(Date.parse('2026-11-27T05:12:00Z'))
    expect(nextTime(' 7.05 ', now, 'utc')).toBe(Date.parse('2026-11-26T07:05:00Z'))
  })

  it('is later than now by the local clock too', () => {
    for (const text of ['00:00', '05:12', '23:59']) {
      const end = nextTime(text, now, 'local') ?? 0
      expect(end).toBeGreaterThan(now)
      expect(end - now).toBeLessThanOrEqual(25 * hour)
    }
  })

  it.each(['', '24:00', '12:60', 'noon', '12', '1:2:3', '-1:00'])(
    'is nothing where it is no time: %s',
    (text) => {
      expect(nextTime(text, now, 'utc')).toBeUndefined()
    },
  )
})
