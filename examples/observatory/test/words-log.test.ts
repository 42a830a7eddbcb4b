import { describe, expect, it } from 'vitest'

import type { Channel, Fault, LogEntry, SeriesName } from '../server/wire.ts'
// @ts-expect-error -- the page is plain JavaScript without types
import * as faults from '../page/words/faults.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as logWords from '../page/words/log-words.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as partWords from '../page/words/parts.js'

interface Row {
  readonly glyph: string
  readonly name: { readonly metric: string; readonly tags: string }
  readonly text: string
  readonly channels: readonly { readonly tone: string; readonly text: string }[]
}

const { logRow } = logWords as { logRow: (entry: LogEntry, known: object) => Row }
const { textOf } = partWords as { textOf: (parts: unknown[]) => string }

const now = Date.UTC(2026, 10, 26, 5, 12, 40)
const at = (hours: number, minutes: number, seconds = 0) => Date.UTC(2026, 10, 26, hours, minutes, seconds)
const minute = 60_000
const series: SeriesName = { key: 'k', metric: 'memory.used_percent', tags: {} }
const plainSpaces = (text: string) => text.replaceAll('\u00A0', ' ')

function row(entry: Partial<LogEntry> & Pick<LogEntry, 'type'>, fault?: Partial<Fault>): Row {
  const nameOf = ({ metric }: SeriesName) => ({ metric, tags: '' })
  const whole = { id: '1', time: at(5, 0, 13), series, channels: [], ...entry }
  const said = logRow(whole, { fault, nameOf, now, zone: 'utc' })
  return {
    ...said,
    text: plainSpaces(said.text),
    channels: said.channels.map((channel) => ({ ...channel, text: plainSpaces(channel.text) })),
  }
}

const judgement = { is: 'above', threshold: 97, value: 97.2, sampleTime: now } as const

const said = (sentence: string) => ({ is: 'said', said: sentence, sampleTime: now }) as const

describe('a row of the log', () => {
  it.each<[string, string, Partial<LogEntry> & Pick<LogEntry, 'type'>, Partial<Fault> | undefined]>([
    [
      '97.2 % is above 97 %. Was severity 3.',
      'severity-1',
      { type: 'severity', severity: 1, previousSeverity: 3, judgement },
      undefined,
    ],
    [
      '9 is at least 9. Was severity 3.',
      'severity-1',
      { type: 'severity', severity: 1, previousSeverity: 3, judgement: said('9 is at least 9') },
      undefined,
    ],
    [
      'cleared after 5m, fra sends again',
      'check-good',
      { type: 'cleared', durationMs: 5 * minute, judgement: said('cleared after 5m, fra sends again') },
      undefined,
    ],
    [
      'ended by ann after 5 min',
      'check-good',
      { type: 'cleared', by: 'ann', durationMs: 5 * minute, judgement: said('9 is at least 9') },
      undefined,
    ],
    [
      'ended by ann after 5 min: “its host is gone”',
      'check-good',
      { type: 'cleared', by: 'ann', notes: 'its host is gone', durationMs: 5 * minute },
      undefined,
    ],
    ['97.2 % is above 97 %', 'severity-3', { type: 'opened', severity: 3, judgement }, undefined],
    [
      '97.2 % was above 97 %, for 18 min',
      'severity-4',
      { type: 'opened', severity: 4, judgement },
      { openedAt: at(0, 36), endedAt: at(0, 54) },
    ],
    [
      'average 84.1 % over 1 min was above 80 %, for 18 min',
      'severity-4',
      {
        type: 'opened',
        severity: 4,
        judgement: { is: 'above', threshold: 80, value: 84.1, averageMs: minute, sampleTime: 0 },
      },
      { openedAt: at(0, 36), endedAt: at(0, 54) },
    ],
    [
      'no sample for 2 min 10 s',
      'severity-3',
      {
        type: 'opened',
        severity: 3,
        judgement: { is: 'absent', threshold: 30_000, sampleTime: at(4, 58, 3) },
      },
      undefined,
    ],
    [
      'cleared after 3 min: 20 % is not above 97 %',
      'check-good',
      { type: 'cleared', severity: 2, durationMs: 3 * minute, judgement: { ...judgement, value: 20 } },
      undefined,
    ],
    [
      'cleared after 3 min: no rule watches it any more',
      'check-good',
      { type: 'cleared', durationMs: 3 * minute, judgement: { ...judgement, ended: 'removed' } },
      undefined,
    ],
    [
      'cleared after 3 min: samples come again',
      'check-good',
      {
        type: 'cleared',
        durationMs: 3 * minute,
        judgement: { is: 'absent', threshold: 30_000, sampleTime: at(5, 0, 12) },
      },
      undefined,
    ],
    [
      'acknowledged by night shift until 08:00',
      'check',
      { type: 'acknowledged', by: 'night shift', until: at(8, 0) },
      undefined,
    ],
    [
      'acknowledged by Ada until it ends: “known”',
      'check',
      { type: 'acknowledged', by: 'Ada', notes: 'known' },
      undefined,
    ],
    [
      'acknowledgement taken back by Ada',
      'ring',
      { type: 'unacknowledged', by: 'Ada', reason: 'command' },
      undefined,
    ],
    [
      'the acknowledgement ended at its time',
      'ring',
      { type: 'unacknowledged', reason: 'expired' },
      undefined,
    ],
    [
      'the acknowledgement ended, since it got worse',
      'ring',
      { type: 'unacknowledged', reason: 'worse-severity' },
      undefined,
    ],
  ])('says: %s', (text, glyph, entry, fault) => {
    expect(row(entry, fault)).toMatchObject({ text, glyph, name: { metric: 'memory.used_percent' } })
  })

  it('says of maintenance for what it is', () => {
    const window = { id: '1', time: now, select: 'host:atlas-1', channels: [] }
    const say = (entry: LogEntry) => logRow(entry, { nameOf: () => '', now, zone: 'utc' }).text
    expect(say({ ...window, type: 'maintenance-began', by: 'Ada', until: at(8, 0) })).toBe(
      'host:atlas-1: begun by Ada until 08:00',
    )
    expect(say({ ...window, type: 'maintenance-ended', reason: 'time' })).toBe(
      'host:atlas-1: ended at its time',
    )
    expect(say({ ...window, type: 'maintenance-ended', reason: 'command', by: 'Ada' })).toBe(
      'host:atlas-1: ended by Ada',
    )
  })

  it('does not say that something recovered where only its rule went', () => {
    const cleared = { type: 'cleared', durationMs: 3 * minute } as const
    expect(row({ ...cleared, judgement }).text).toBe('cleared after 3 min')
    expect(row({ ...cleared, judgement: { is: 'above', threshold: 97, sampleTime: now } }).text).toBe(
      'cleared after 3 min',
    )
    const silent = { is: 'absent', threshold: 30_000, sampleTime: at(4, 50) } as const
    expect(row({ ...cleared, judgement: silent }).text).toBe('cleared after 3 min')
  })
})

describe('the channels of a row', () => {
  const told = (...channels: Channel[]) => row({ type: 'opened', severity: 3, judgement, channels }).channels

  it.each<[Channel, string, string]>([
    [{ name: 'mail', state: 'delivered', tookMs: 800 }, 'good', '✓ mail 0.8 s'],
    [
      { name: 'webhook', state: 'delivered', tookMs: 9000, attempts: 3, message: '503' },
      'bad',
      '✕ webhook: 503, told at the 3rd try',
    ],
    [
      { name: 'webhook', state: 'retrying', attempts: 2, message: '503', until: at(5, 1, 10) },
      'bad',
      '✕ webhook: 503, not told in 2 tries, next try at 05:01:10',
    ],
    [
      { name: 'webhook', state: 'dead', attempts: 5, message: '503' },
      'bad',
      '✕ webhook: 503, given up after 5 tries',
    ],
    [{ name: 'mail', state: 'waiting', until: at(5, 0, 43) }, 'open', '… mail waits until 05:00:43'],
    [{ name: 'mail', state: 'sending' }, 'open', '… mail is being told'],
    [
      { name: 'mail', state: 'held', message: 'maintenance', until: at(0, 48) },
      'held',
      '– nobody: maintenance until 00:48',
    ],
    [
      { name: 'mail', state: 'held', message: 'cleared-before-wait' },
      'held',
      '– nobody: it ended while it waited',
    ],
    [
      { name: 'mail', state: 'held', message: 'never-told' },
      'held',
      '– nobody: its opening was not told either',
    ],
    [
      { name: 'pager', state: 'dead', message: 'no-notifier' },
      'bad',
      '✕ pager: no such channel is set up, given up',
    ],
    [
      { name: 'mail', state: 'held', message: 'opening-told' },
      'held',
      '– nobody: the opening before was told, and its end was not',
    ],
    [
      { name: 'mail', state: 'held', message: 'flapping' },
      'held',
      '– nobody: it opens and ends so often that its end waits',
    ],
    [{ name: 'pager', state: 'dead', message: 'deadline' }, 'bad', '✕ pager: its time was over, given up'],
  ])('%o', (channel, tone, text) => {
    expect(told(channel)).toEqual([{ tone, text }])
  })

  it('are told one by one where not all are held', () => {
    const channels: Channel[] = [
      { name: 'mail', state: 'held', message: 'acknowledged' },
      { name: 'webhook', state: 'delivered', tookMs: 100 },
    ]
    expect(told(...channels).map(({ text }) => text)).toEqual(['– mail: acknowledged', '✓ webhook 0.1 s'])
    expect(told(channels[0]!, channels[0]!).map(({ text }) => text)).toEqual(['– nobody: acknowledged'])
  })

  it('are nobody where none is planned, and not spoken of where nobody is to be told', () => {
    expect(told().map(({ text }) => text)).toEqual(['– nobody'])
    expect(row({ type: 'acknowledged', by: 'Ada' }).channels).toEqual([])
  })
})

describe('the lines of a card', () => {
  const { acknowledgementParts, knownText, ruleText, whenParts } = faults as Record<
    'acknowledgementParts' | 'knownText' | 'ruleText' | 'whenParts',
    (...of: unknown[]) => never
  >
  const say = (parts: unknown[]) => plainSpaces(textOf(parts))
  const memory = {
    ruleSet: 'memory-full',
    severity: 1,
    openedAt: at(4, 31, 40),
    severities: [
      { severity: 3, since: at(4, 31, 40) },
      { severity: 1, since: at(5, 0, 12) },
    ],
    maintained: [],
    told: { groups: ['operators'], at: at(5, 0, 13) },
  }
  const disk = { ...memory, severity: 3, severities: [{ severity: 3, since: at(2, 47, 30) }] }
  const live = { now, zone: 'utc' }

  it('say since when, at which severity', () => {
    expect(say(whenParts(memory, live))).toBe(
      '12 min 28 s at severity 1, since 05:00:12 · severity 3 since 04:31:40',
    )
    expect(say(whenParts(disk, live, 'grows 0.66 % an hour'))).toBe(
      '2 h 25 min, since 02:47:30 · grows 0.66 % an hour',
    )
  })

  it('say without a connection only what was known', () => {
    const lost = { ...live, asOf: at(5, 9, 28) }
    expect(say(whenParts(memory, lost))).toBe('severity 1 since 05:00:12, still open at 05:09:28')
    expect(say(whenParts(disk, lost))).toBe('since 02:47:30, still open at 05:09:28')
  })

  it('name the channel where nobody knows the groups', () => {
    const told = { groups: [], channel: 'console', at: at(5, 0, 13) }
    expect(ruleText({ ...memory, told }, live)).toBe('Rule memory-full · console was told at 05:00:13')
    expect(ruleText({ ...memory, told: { ...told, channel: undefined } }, live)).toBe(
      'Rule memory-full · somebody was told at 05:00:13',
    )
  })

  it('say of one in maintenance that it is, and until when where the windows leave no doubt', () => {
    const held = { ...memory, maintained: [{ from: at(5, 5) }] }
    const window = { from: at(5, 5), to: at(19, 3) }
    const said = 'Rule memory-full · operators were told at 05:00:13 · '
    const text = (windows: object[], more = {}) => ruleText(held, { ...live, windows, ...more })
    expect(text([window])).toBe(`${said}in maintenance until 19:03`)
    expect(text([window, { from: at(6, 0), to: at(7, 0) }])).toBe(`${said}in maintenance until 19:03`)
    expect(text([window, { ...window, to: at(6, 0) }])).toBe(`${said}in maintenance`)
    expect(text([])).toBe(`${said}in maintenance`)
    expect(text([window], { asOf: at(5, 9) })).toBe(`${said}was in maintenance until 19:03`)
    expect(ruleText(memory, { ...live, windows: [window] })).toBe(said.slice(0, -3))
    expect(ruleText({ ...held, told: undefined }, { ...live, windows: [window] })).toBe(
      'Rule memory-full · nobody has been told: maintenance until 19:03',
    )
  })

  it('say which rule it was and who was told', () => {
    expect(ruleText(memory, live)).toBe('Rule memory-full · operators were told at 05:00:13')
    const untold = { ...memory, told: undefined }
    expect(ruleText(untold, live)).toBe('Rule memory-full · nobody has been told')
    const window = { from: at(5, 0), to: at(6, 0) }
    expect(ruleText({ ...untold, maintained: [window] }, live)).toBe(
      'Rule memory-full · nobody has been told: maintenance until 06:00',
    )
    expect(ruleText({ ...untold, maintained: [{ ...window, to: at(5, 1) }] }, live)).toBe(
      'Rule memory-full · nobody has been told',
    )
  })

  it('say who acknowledged it, until when and why', () => {
    const known = { by: 'night shift', at: at(3, 2, 10), until: at(8, 0) }
    const notes = 'archive job ends at 07:30 and frees 40 GiB'
    expect(say(acknowledgementParts({ ...known, notes }, live))).toBe(
      'Acknowledged by night shift at 03:02, until 08:00: “archive job ends at 07:30 and frees 40 GiB”',
    )
    expect(say(acknowledgementParts({ by: 'Ada', at: now }, live))).toBe(
      'Acknowledged by Ada at 05:12, until it ends',
    )
    expect(knownText(known, live)).toBe('Night shift knows of it until 08:00.')
  })
})

describe('an entry of which nobody was told', () => {
  const told = (entry: Partial<LogEntry>, severities: Fault['severities']): string | undefined =>
    row({ type: 'opened', severity: 4, judgement, time: at(5, 0), ...entry }, { severities }).channels[0]
      ?.text

  it('says so, and that it got worse or milder before anybody was', () => {
    const opened = { severity: 4, since: at(5, 0) } as const
    expect(told({}, [opened])).toBe('– nobody')
    expect(told({}, [opened, { severity: 2, since: at(5, 1) }])).toBe('– nobody before it got worse')
    expect(told({}, [opened, { severity: 5, since: at(5, 1) }])).toBe('– nobody before it got milder')
    expect(told({ type: 'cleared', time: at(5, 2) }, [opened])).toBe('– nobody')
  })
})
