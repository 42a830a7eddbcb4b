import { anyCodePoint } from '@tocsin/core/testing/arbitraries'
import { series as seriesOf } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Alert } from '../../src/model/alert.ts'
import type { Notification, NotificationKind } from '../../src/model/notification.ts'
import type { FaultSignal, Severity } from '../../src/model/signal.ts'
import { describeSignal, renderNotification, unstored } from '../../src/render/render-notification.ts'
import { alertOf, plannedOf } from '../support/notification.ts'
import { changed, cleared, opened } from '../support/signals.ts'

type Given = Partial<FaultSignal>

const shop = seriesOf('queue', { shop: 'berlin' })
const base: Given = { ruleSet: 'queue', severity: 1, series: shop }

const kinds: Readonly<Record<FaultSignal['type'], NotificationKind>> = {
  opened: 'alert',
  severity: 'transition',
  reason: 'alert',
  cleared: 'recovery',
}

/** What is told of the last of these signals of one fault, after the one before. */
function told(...signals: readonly [FaultSignal['type'], Given][]): Notification {
  const all = signals.map(([type, given], index): FaultSignal => {
    const make = { opened, severity: (time: number) => changed(time, 1), reason: opened, cleared }[type]
    return { ...make(index), openedAt: 0, fault: 'f', ...base, ...given }
  })
  const last = all.at(-1)
  if (last === undefined) throw new Error('nothing is told of nothing')
  const before = all.at(-2)?.severity
  return render([alertOf(last)], kinds[last.type], before)
}

const render = (
  alerts: readonly Alert[],
  kind: NotificationKind,
  previousSeverity?: Severity,
): Notification => renderNotification(plannedOf(alerts, { kind, previousSeverity }), alerts, 1)

const subject = (given: Given): string => told(['opened', given]).subject
const sentence = 'queue: opened at severity 1 for queue|ST[shop:berlin], since 120 is above 100'
const x = (length: number): string => 'x'.repeat(length)

describe('the subject', () => {
  it.each<[string, Given, string]>([
    [
      'is what, where and how bad',
      { text: '120 is above 100' },
      '[severity 1] queue shop=berlin: 120 is above 100',
    ],
    ['has the reason where there is no text', {}, '[severity 1] queue shop=berlin: above'],
    ['has the reason where the text is empty', { text: ' \n' }, '[severity 1] queue shop=berlin: above'],
    [
      'names a rule set that is not called as the metric is',
      { ruleSet: 'too long', text: '120 is above 100' },
      '[severity 1] queue shop=berlin (too long): 120 is above 100',
    ],
    [
      'leaves out a rule set that is called as a part of the metric is',
      { series: seriesOf('queue.length'), text: '120 is above 100' },
      '[severity 1] queue.length: 120 is above 100',
    ],
    [
      'leaves out no rule set that only looks like a part of the metric',
      { series: seriesOf('queues.length'), text: '120 is above 100' },
      '[severity 1] queues.length (queue): 120 is above 100',
    ],
    [
      'leaves to the text what it says, and has no canonical form',
      { text: sentence },
      'queue: opened at severity 1 for queue shop=berlin, since 120 is above 100',
    ],
    [
      'adds to a text that says where and what only how bad it is',
      { ruleSet: 'long', text: 'long, queue shop=berlin: 120 is above 100' },
      '[severity 1] long, queue shop=berlin: 120 is above 100',
    ],
    [
      'leaves to the text a tag that has white space in it',
      { series: seriesOf('queue', { city: 'new york', shop: '1' }), text: 'queue city=new york: 120' },
      '[severity 1] shop=1: queue city=new york: 120',
    ],
    [
      'leaves the metric to the text',
      { text: 'queue is at 120' },
      '[severity 1] shop=berlin: queue is at 120',
    ],
    [
      'leaves the tags to the text',
      { text: 'too many for shop=berlin' },
      '[severity 1] queue: too many for shop=berlin',
    ],
    [
      'leaves the rule set to the text',
      { ruleSet: 'too long', text: 'too long: 120' },
      '[severity 1] queue shop=berlin: too long: 120',
    ],
    [
      'names only the rule set where the text has the series',
      { ruleSet: 'too long', text: 'queue shop=berlin is at 120' },
      '[severity 1] too long: queue shop=berlin is at 120',
    ],
    [
      'takes no part of a word for the word',
      { text: 'queues, queue.length, my-queue, severity 10, shop=berlin-2' },
      '[severity 1] queue shop=berlin: queues, queue.length, my-queue, severity 10, shop=berlin-2',
    ],
    [
      'takes a word at the end of a sentence for the word',
      { text: 'a long queue.' },
      '[severity 1] shop=berlin: a long queue.',
    ],
    [
      'has no tags where there are none',
      { series: seriesOf('queue'), text: '120 is above 100' },
      '[severity 1] queue: 120 is above 100',
    ],
    [
      'has four tags in the order of their names, and the number of the others',
      {
        series: seriesOf('queue', { f: '6', b: '2', a: '1', d: '4', c: '3', e: '5' }),
        text: '120 is above 100',
      },
      '[severity 1] queue a=1 b=2 c=3 d=4 +2 more: 120 is above 100',
    ],
    [
      'has all tags by their number where the text names the series',
      {
        series: seriesOf('queue', { a: '1', b: '2', c: '3', d: '4', e: '5' }),
        text: 'too long: queue|ST[a:1,b:2,c:3,d:4,e:5]',
      },
      '[severity 1] too long: queue a=1 b=2 c=3 d=4 +1 more',
    ],
    [
      'quotes what could be taken for something else',
      { series: seriesOf('queue', { a: 'new york', b: 'x=y', c: 'say "x"', d: 'web-1:9090' }), text: '1' },
      '[severity 1] queue a="new york" b="x=y" c="say \\"x\\"" d=web-1:9090: 1',
    ],
    [
      'cuts names that are long, and not the text',
      {
        ruleSet: x(500),
        series: seriesOf(x(200), { [x(100)]: x(150), y: 'berlin' }),
        text: '120 is above 100',
      },
      `[severity 1] ${x(55)}… ${x(19)}…=${x(35)}… +1 more (${x(31)}…): 120 is above 100`,
    ],
    [
      'cuts a text that is too long',
      { text: 'y'.repeat(5000) },
      `[severity 1] queue shop=berlin: ${'y'.repeat(223)}…`,
    ],
  ])('%s', (_, given, expected) => {
    expect(subject(given)).toBe(expected)
  })

  const open: [FaultSignal['type'], Given] = ['opened', { severity: 3, text: '90 is above 80' }]

  it.each<[string, FaultSignal['type'], Given, string]>([
    [
      'severity',
      'severity',
      { text: '120 is above 100' },
      '[severity 1, was 3] queue shop=berlin: 120 is above 100',
    ],
    [
      'severity that the text tells',
      'severity',
      { text: 'queue: went from severity 3 to 1 for queue|ST[shop:berlin], since 120 is above 100' },
      'queue: went from severity 3 to 1 for queue shop=berlin, since 120 is above 100',
    ],
    [
      'severity of which the text tells half',
      'severity',
      { text: 'at severity 1: 120 is above 100' },
      '[was severity 3] queue shop=berlin: at severity 1: 120 is above 100',
    ],
    ['end', 'cleared', { text: '70 is not above 80' }, '[recovered] queue shop=berlin: 70 is not above 80'],
    ['end without a text', 'cleared', { cause: { reason: 'recovered' } }, '[recovered] queue shop=berlin'],
    [
      'end that has another reason',
      'cleared',
      { cause: { reason: 'removed' } },
      '[recovered] queue shop=berlin: removed',
    ],
    [
      'end that the text tells',
      'cleared',
      { text: 'queue: cleared after 5m at severity 1 for queue|ST[shop:berlin], since 70 is not above 80' },
      '[recovered] queue: cleared after 5m at severity 1 for queue shop=berlin, since 70 is not above 80',
    ],
  ])('tells a new %s', (_, type, given, expected) => {
    expect(told(open, [type, given]).subject).toBe(expected)
  })

  const queue = (given: Partial<Alert> = {}, more: Given = {}): Alert =>
    alertOf({ ...opened(0), ...base, text: '120 is above 100', ...more }, given)

  it.each<[string, NotificationKind, Partial<Alert>, string]>([
    ['is reminded of', 'reminder', {}, '[severity 1, still open] queue shop=berlin: 120 is above 100'],
    [
      'is over before it was told',
      'alert',
      { clearedAt: 5 },
      '[severity 1, over] queue shop=berlin: 120 is above 100',
    ],
    [
      'has opened again and again',
      'alert',
      { openings: 12 },
      '[severity 1, opened 12 times] queue shop=berlin: 120 is above 100',
    ],
    [
      'nobody knows of',
      'unknown',
      { unknownSince: 5 },
      '[severity 1, unknown whether open] queue shop=berlin: 120 is above 100',
    ],
    // What the kind says was true when it was planned; what is told is true now.
    [
      'is reminded of while nobody knows of it',
      'reminder',
      { unknownSince: 5 },
      '[severity 1, unknown whether open] queue shop=berlin: 120 is above 100',
    ],
    ['was ended by hand', 'recovery', { clearedAt: 5 }, '[ended] queue shop=berlin: 120 is above 100'],
    ['is open again', 'recovery', {}, '[severity 1, still open] queue shop=berlin: 120 is above 100'],
  ])('of an alert that %s says so', (_, kind, given, expected) => {
    expect(render([queue(given)], kind).subject).toBe(expected)
  })

  it('of an end says how often it had opened', () => {
    const alert = alertOf({ ...cleared(9), ...base, text: '70' }, { openings: 3 })
    expect(render([alert], 'recovery').subject).toBe('[recovered, opened 3 times] queue shop=berlin: 70')
  })

  it('of several alerts is that of the worst one that is open, and says how many others there are', () => {
    const alerts = [
      queue({ id: 'over', clearedAt: 5 }),
      queue({ id: 'mild' }, { severity: 4, text: 'y'.repeat(300) }),
      queue({ id: 'worst' }, { severity: 2, text: 'x'.repeat(300) }),
    ]
    const { subject: line, severity, text, alerts: each } = render(alerts, 'alert')
    expect(each.map(({ id }) => id)).toEqual(['worst', 'mild', 'over'])
    expect(severity).toBe(2)
    expect(line).toMatch(/^\[severity 2\] queue shop=berlin: x+… \(\+2 more\)$/)
    expect(line).toHaveLength(256)
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^\[severity 2\] queue shop=berlin: x+…$/),
      expect.stringMatching(/^\[severity 4\] queue shop=berlin: y+…$/),
      '[severity 1, over] queue shop=berlin: 120 is above 100',
    ])
    expect(render(alerts.toReversed(), 'alert')).toEqual({ ...render(alerts, 'alert') })
  })

  it('and the text of very many alerts are bounded, and count what they leave out', () => {
    const alerts = Array.from({ length: 1000 }, (_, index) => queue({ id: `alert-${index}` }))
    const { text, subject: line, alerts: each } = render(alerts, 'alert')
    expect(line).toMatch(/\(\+999 more\)$/)
    expect(text.split('\n')).toHaveLength(51)
    expect(text).toMatch(/\nand 950 more$/)
    expect(each).toHaveLength(1000)
  })

  it('says that the store does not have it, once, however long it is', () => {
    const long = render([queue({}, { text: 'x'.repeat(400) })], 'alert')
    const marked = unstored(unstored(long))
    expect(marked).toEqual({ ...long, subject: marked.subject, unstored: true })
    expect(marked.subject).toMatch(/x… \(not stored\)$/)
    expect(marked.subject).toHaveLength(256)
  })

  it('of no alert cannot be', () => {
    expect(() => render([], 'alert')).toThrow('is about no alert')
  })
})

describe('what a rule set has for people and programs', () => {
  const info = {
    summary: 'orders wait\ntoo long',
    retries: 3,
    urgent: true,
    links: { runbook: 'https://wiki/queue' },
    notes: null,
  }

  it('is told as it is, and what is a word or a line of it for people too, also at the end', () => {
    for (const type of ['opened', 'cleared'] as const) {
      const [alert] = told([type, { info }]).alerts
      expect(alert.info).toEqual(info)
      expect(alert.fields.slice(-3)).toEqual([
        { name: 'summary', value: 'orders wait too long' },
        { name: 'retries', value: '3' },
        { name: 'urgent', value: 'true' },
      ])
    }
    expect('info' in told(['opened', {}]).alerts[0]).toBe(false)
  })

  it('brings at most 20 fields, none of them long', () => {
    const names = Array.from({ length: 30 }, (_, index) => [`${index}${x(300)}`, x(2000)])
    const [{ fields }] = told(['opened', { info: Object.fromEntries(names) }]).alerts
    const [{ fields: without }] = told(['opened', {}]).alerts
    expect(fields).toHaveLength(without.length + 20)
    const { name, value } = fields.at(-1) ?? { name: '', value: '' }
    expect([name.length, value.length]).toEqual([256, 1024])
  })
})

describe('a text that is too long', () => {
  const describe_ = (text: string): string => describeSignal({ ...opened(0), text })

  it('is shortened and says so', () => {
    const text = describe_('x'.repeat(9000))
    expect(text).toHaveLength(4096)
    expect(text).toMatch(/^x+… \(shortened from 9000 characters\)$/)
    expect(describe_('x'.repeat(4096))).toBe('x'.repeat(4096))
  })

  it('that was shortened before says how long it was at first', () => {
    const text = describe_(`${'x'.repeat(8100)}… (shortened from 123456 characters)`)
    expect(text).toHaveLength(4096)
    expect(text).toMatch(/^x+… \(shortened from 123456 characters\)$/)
  })

  it('is never cut within a character', () => {
    expect(describe_('\u{1f525}'.repeat(5000)).isWellFormed()).toBe(true)
    expect(describe_(`x${'\u{1f525}'.repeat(5000)}`).isWellFormed()).toBe(true)
  })
})

describe('text and fields', () => {
  it('say what the subject says, with every tag in the order of its name', () => {
    const { text, alerts } = told([
      'opened',
      { series: seriesOf('queue', { b: '2', a: '1' }), text: 'queue|ST[a:1,b:2] is at 120' },
    ])
    expect(text).toBe('queue a=1 b=2 is at 120')
    expect(alerts[0].fields.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'rule set: queue',
      'metric: queue',
      'a: 1',
      'b: 2',
      'reason: above',
      'since: 1970-01-01T00:00:00.000Z',
    ])
  })

  it('say the reason once where there is no text', () => {
    const { text, alerts } = told(['opened', {}])
    expect(text).toBe('above')
    expect(alerts[0].fields.map(({ name }) => name)).not.toContain('reason')
  })

  it('say since when it is over or unknown, and how often it opened', () => {
    const shown = (given: Partial<Alert>): string[] =>
      render([alertOf(opened(0), given)], 'alert').alerts[0].fields.map(
        ({ name, value }) => `${name}: ${value}`,
      )
    expect(shown({ openings: 2, clearedAt: 1000 }).slice(-2)).toEqual([
      'opened: 2 times',
      'over since: 1970-01-01T00:00:01.000Z',
    ])
    expect(shown({ unknownSince: 1000 }).at(-1)).toBe('unknown since: 1970-01-01T00:00:01.000Z')
  })
})

it('nothing from outside breaks a line or steers a terminal, in subject, text or fields', () => {
  const outside = fc.oneof(
    fc.string({ unit: anyCodePoint, minLength: 1, maxLength: 80 }),
    fc.constantFrom(
      '\r\nBcc: eve@example.com',
      '\u001b[31m',
      'a\u2028b',
      '\u202eab',
      '\ud800',
      '\u0085',
      '"\n"',
    ),
  )
  fc.assert(
    fc.property(
      outside,
      outside,
      outside,
      outside,
      fc.option(outside),
      (metric, tag, value, ruleSet, text) => {
        const series = { key: `${metric}|${tag}`, metric, tags: { [tag]: value, z: value } }
        const given = { ruleSet, series, ...(text !== null && { text: `${text} of ${series.key}` }) }
        const { subject: line, text: said, alerts } = told(['opened', given], ['cleared', given])
        expect(line.length).toBeLessThanOrEqual(256)
        for (const each of [line, said, ...alerts[0].fields.flatMap((field) => [field.name, field.value])]) {
          expect(each.isWellFormed()).toBe(true)
          expect(each).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
        }
      },
    ),
  )
})
