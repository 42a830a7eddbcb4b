import { describe, expect, it } from 'vitest'

import type { LoadedRule, State, Status } from '../server/wire.ts'
// @ts-expect-error -- the page is plain JavaScript without types
import * as badgeWords from '../page/words/badge.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as demoWords from '../page/words/demo.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as partWords from '../page/words/parts.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as stripWords from '../page/words/strip-words.js'

interface Group {
  readonly label: string
  readonly parts: readonly { readonly text: string; readonly isWarm?: boolean }[]
}
const { badgeOf } = badgeWords as {
  badgeOf: (model: object) => { look: string; sign: string; parts: unknown[] }
}
const { demoParts } = demoWords as {
  demoParts: (lines: State['lines'], rules: readonly LoadedRule[]) => unknown[]
}
const { textOf } = partWords as { textOf: (parts: unknown[]) => string }
const { problemText, stripGroups, viewersText } = stripWords as {
  problemText: (problems: Status['problems']) => string
  stripGroups: (status: Status, when: { isFirst: boolean; isPast: boolean }) => Group[]
  viewersText: (count: number) => string
}

const plainSpaces = (text: string) => text.replaceAll('\u00A0', ' ')
const badLine = { time: 0, from: 'statsd', reason: 'bad-line', message: 'no number', count: 2 }
const status: Status = {
  now: 0,
  viewers: 2,
  series: 32,
  watched: 10,
  sources: [
    { name: 'machine', perSecond: 31, samples: 9 },
    { name: 'statsd', port: 8125, perSecond: 14.2, samples: 9 },
    { name: 'Graphite', port: 2003, perSecond: 2, samples: 9 },
    { name: 'HTTPTrap', port: 8080, perSecond: 0.25, samples: 9 },
  ],
  journal: { state: 'open', segments: 3, bytes: 41 * 2 ** 20 },
  lag: 0,
  dropped: 0,
  problems: { total: 2, latest: [badLine] },
  judging: 'ok',
  closest: [],
}
const live = { isFirst: false, isPast: false }
const said = (of: Status, when = live) =>
  stripGroups(of, when).map(({ label, parts }) =>
    plainSpaces(`${label} ${parts.map(({ text }) => text).join('')}`),
  )
const warm = (of: Status, when = live) =>
  stripGroups(of, when).flatMap(({ parts }) =>
    parts.filter(({ isWarm }) => isWarm).map(({ text }) => plainSpaces(text)),
  )

describe('the strip', () => {
  it('says what comes, how the journal does, and what went wrong', () => {
    expect(said(status)).toEqual([
      'Collecting machine 31/s · statsd 14/s · Graphite 2/s · HTTPTrap 0.25/s',
      'Journal open · 3 segments, 41 MiB · storage lags by 0',
      'Dropped 0',
      'Problems 2 × bad line from statsd',
    ])
    expect(plainSpaces(viewersText(2))).toBe('2 viewers')
    expect(plainSpaces(viewersText(1))).toBe('1 viewer')
  })

  it('is warm where problems, drops, lag or the journal are not as they should be', () => {
    expect(warm({ ...status, problems: { total: 0, latest: [] } })).toEqual([])
    const bad = { ...status, lag: 7, dropped: 3, journal: { ...status.journal, state: 'full' } }
    expect(warm(bad)).toEqual(['full', 'storage lags by 7', '3', '2 × bad line from statsd'])
  })

  it('calls a source that had a problem what it is called everywhere else', () => {
    const from = (name: string) => ({ ...badLine, from: name })
    const text = (...names: string[]) =>
      plainSpaces(problemText({ total: 2 * names.length, latest: names.map(from) }))
    expect(text('httpTrap')).toBe('2 × bad line from HTTPTrap')
    expect(text('graphite', 'statsd', 'hostMetrics')).toBe('6 from Graphite, statsd and machine')
    expect(text('constructor')).toBe('2 × bad line from constructor')
  })

  it('says where it listens before anything came', () => {
    const journal = { state: 'open', segments: 1, bytes: 0 }
    const first = { isFirst: true, isPast: false }
    expect(said({ ...status, journal, problems: { total: 0, latest: [] } }, first)).toEqual([
      'Listening statsd 8125 · Graphite 2003 · HTTPTrap 8080',
      'Journal open, empty',
    ])
    expect(warm({ ...status, journal }, first)).toEqual(['2 × bad line from statsd'])
  })

  it('says of what is past only what was', () => {
    const past = { isFirst: false, isPast: true }
    expect(said(status, past)).toEqual([
      'Collected machine 31/s · statsd 14/s · Graphite 2/s · HTTPTrap 0.25/s',
      'Journal open, storage had no lag',
    ])
    expect(said({ ...status, lag: 4 }, past)[1]).toBe('Journal open, storage lagged by 4')
    expect(warm({ ...status, dropped: 9 }, past)).toEqual([])
  })

  it('names the sources of several problems', () => {
    const other = { ...badLine, from: 'Graphite', count: 12 }
    expect(plainSpaces(problemText({ total: 14, latest: [badLine, other] }))).toBe(
      '14 from statsd and Graphite',
    )
    expect(problemText({ total: 0, latest: [] })).toBe('0')
  })
})

describe('the badge', () => {
  const badge = (state: string, more: object = {}) => {
    const model = { link: { state }, status, lastSampleAt: 9000, now: () => 10_000, ...more }
    const { look, sign, parts } = badgeOf(model)
    return [look, sign, plainSpaces(textOf(parts))]
  }

  it('is green only when it is live, judged and measured', () => {
    expect(badge('live')).toEqual(['good', 'dot', 'Live · last sample 1 s ago'])
    expect(badge('stale')).toEqual(['plain', 'circle', 'Connected · last sample 1 s ago'])
    expect(badge('live', { lastSampleAt: undefined })).toEqual(['plain', 'circle', 'Connected'])
    expect(badge('stale', { lastSampleAt: undefined })).toEqual(['plain', 'circle', 'Connected'])
    expect(badge('live', { status: { ...status, judging: 'no' } })).toEqual([
      'unknown',
      'question',
      'Not judging',
    ])
    expect(badge('live', { status: undefined })).toEqual(['plain', 'circle', 'Asking…'])
    expect(badge('loading')).toEqual(['plain', 'circle', 'Asking…'])
    expect(badge('disconnected')).toEqual(['unknown', 'lost', 'Not connected'])
    expect(badge('failed')).toEqual(['unknown', 'lost', 'Failed'])
  })
})

describe('what the line to paste does', () => {
  const line = {
    source: 'statsd',
    label: 'statsd, UDP',
    line: 'echo "demo.queue:120|g" | nc -u -w1 127.0.0.1 8125',
  } as const
  const rule: LoadedRule = {
    id: 'demo-queue',
    select: '__name:demo.queue',
    levels: [{ severity: 2, is: 'above', threshold: 100 }],
    watching: 0,
  }

  it('is said where a rule that is loaded says so', () => {
    expect(textOf(demoParts([line], [rule]))).toBe(
      '120 in the queue opens a fault of severity 2, demo.queue:20|g clears it.',
    )
  })

  it('is not said where no rule does it', () => {
    const levels = (threshold: number) => [{ severity: 2, is: 'above', threshold } as const]
    expect(demoParts([line], [])).toEqual([])
    expect(demoParts([line], [{ ...rule, levels: levels(120) }])).toEqual([])
    expect(demoParts([line], [{ ...rule, levels: levels(10) }])).toEqual([])
    expect(demoParts([line], [{ ...rule, averageMs: 60_000 }])).toEqual([])
    expect(demoParts([], [rule])).toEqual([])
  })
})
