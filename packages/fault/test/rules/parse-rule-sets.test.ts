import { describe, expect, it } from 'vitest'

import { FaultError } from '../../src/errors.ts'
import type { RuleSet } from '../../src/model/rule-set.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'

const good: RuleSet = {
  id: 'disk',
  name: 'Disks',
  select: 'and(__name:disk.used_percent,not(mount:/tmp))',
  rules: [
    {
      severity: 1,
      when: {
        any: [{ above: 97 }, { all: [{ above: 80 }, { of: { forecast: '4h', over: '1h' }, above: 100 }] }],
      },
      for: '2m',
      clear: { below: 90 },
    },
    { severity: 2, when: { absentFor: '3m' } },
    { severity: 4, when: { of: { average: '5m' }, minFill: '1m', above: 80, until: 75 }, wait: '10m' },
  ],
  forgetAfter: '1d',
  notes: 'Look at the logs.',
  link: 'http://localhost/runbook',
}
const withRule = (rule: object, more: object = {}): unknown => [
  { id: 'a', select: '*', rules: [{ severity: 1, ...rule }], ...more },
]
const withWhen = (when: unknown, more: object = {}): unknown => withRule({ when }, more)
const nest = (depth: number): unknown => (depth === 1 ? { above: 1 } : { not: nest(depth - 1) })
const group = { by: ['dc'], combine: 'sum' }
const start = '2026-01-05T22:00:00Z'

/** The error that a document gives. */
function refusal(json: unknown): FaultError {
  try {
    parseRuleSets(json)
  } catch (error) {
    if (error instanceof FaultError) return error
  }
  throw new Error('was not refused with a FaultError')
}

const conditions =
  'above, below, atLeast, atMost, equals, notEquals, matches, notMatches, contains, notContains, changed, absentFor, missedDuring, all, any, not, some'
const oneCondition = `must be an object with exactly one of ${conditions}`
const comparisons =
  'above, below, atLeast, atMost, equals, notEquals, matches, notMatches, contains, notContains, changed'
const terms =
  'last, average, min, max, sum, stddev, rate, delta, counter, zscore, changes, quantile, forecast, count, share, ratio'
const aDuration = 'a duration such as "250ms", "30s", "5m", "1h" or "1d"'
const longDuration = 'a duration above 0 such as "250ms", "30s", "5m", "1h" or "1d"'
const aSpan = 'a duration from 1s to 400d, or a whole number of samples from 1 to 32'
const timeOfDay = 'a time of day from "00:00" to "23:59"'
const aMoment = 'a moment with its zone, such as "2026-01-05T22:00:00Z"'
const when = 'rulesets[0].rules[0].when'

/** What is wrong, and the exact sentence that says so. */
const wrong: readonly (readonly [unknown, string])[] = [
  // The document.
  [{ rulesets: [] }, 'rulesets must be an array of at most 10000 rule sets, got an object with rulesets'],
  [undefined, 'rulesets must be an array of at most 10000 rule sets, got undefined'],
  [Array(10_001), 'rulesets must be an array of at most 10000 rule sets, got an array of 10001'],
  [
    Array(1),
    'rulesets[0] must be an object with id, select and rules, and perhaps name, by, combine, expect, decide, unknown, forgetAfter, mute, notes, link, info, window, got undefined',
  ],
  [[good, good], 'rulesets[1].id must be unique, got "disk", which rulesets[0] has'],
  // A rule set.
  [[{ id: 'a', select: '*' }], 'rulesets[0].rules is missing; it must be an array of 1 to 100 rules'],
  [[{ ...good, rules: [] }], 'rulesets[0].rules must be an array of 1 to 100 rules, got an array of 0'],
  [
    [{ ...good, wait: 5 }],
    'rulesets[0].wait is not known here; known are id, name, select, by, combine, expect, rules, decide, unknown, forgetAfter, mute, notes, link, info, window',
  ],
  [
    [JSON.parse('{"__proto__":1}')],
    'rulesets[0].__proto__ is not known here; known are id, name, select, by, combine, expect, rules, decide, unknown, forgetAfter, mute, notes, link, info, window',
  ],
  [
    [{ ...good, id: 'a|b' }],
    'rulesets[0].id must be a text of 1 to 128 characters without | and control characters, got "a|b"',
  ],
  [
    [{ ...good, select: 'and(a' }],
    'rulesets[0].select must be a tag query, got "and(a": expected , or ) here, at character 5',
  ],
  [[{ ...good, select: '' }], 'rulesets[0].select must be a tag query, got ""'],
  [[{ ...good, decide: 'best' }], 'rulesets[0].decide must be one of "first", "worst", got "best"'],
  [[{ ...good, unknown: 'open' }], 'rulesets[0].unknown must be one of "hold", "clear", "fire", got "open"'],
  [[{ ...good, forgetAfter: '0s' }], `rulesets[0].forgetAfter must be ${longDuration}, got "0s"`],
  [
    [{ ...good, forgetAfter: '3m' }],
    'rulesets[0].forgetAfter must be more than 3m, for which a rule waits, got 3m',
  ],
  [
    withWhen({ missedDuring: { from: '02:00', until: '03:00' } }, { forgetAfter: '1d' }),
    'rulesets[0].forgetAfter must be more than 2d, for which a rule waits, got 1d',
  ],
  [
    withWhen(
      { missedDuring: { from: '02:00', until: '03:00', days: ['mon', 'thu'] } },
      { forgetAfter: '1d' },
    ),
    'rulesets[0].forgetAfter must be more than 5d, for which a rule waits, got 1d',
  ],
  [[{ ...good, info: ['a'] }], 'rulesets[0].info must be an object of plain JSON, at most 4096 bytes of it'],
  [
    [{ ...good, info: { at: NaN } }],
    'rulesets[0].info must be an object of plain JSON, at most 4096 bytes of it',
  ],
  [
    [{ ...good, info: { a: '€'.repeat(1400) } }],
    'rulesets[0].info must be an object of plain JSON, at most 4096 bytes of it, got 4208 bytes',
  ],
  // Groups.
  [withWhen({ above: 1 }, { by: [] }), 'rulesets[0].by must be an array of 1 to 16 tags, got an array of 0'],
  [withWhen({ above: 1 }, { by: ['a', 'a'] }), 'rulesets[0].by[1] must be unique, got "a" again'],
  [
    withWhen({ above: 1 }, { by: ['__name'] }),
    'rulesets[0].by[0] must be a tag, and __name is the name of the metric',
  ],
  [
    withWhen({ above: 1 }, { by: ['dc'] }),
    `${when} looks at the last value of a group; say in "combine" what that is, or ask for a window, or for members`,
  ],
  [
    withWhen({ not: { all: [{ of: { last: true }, above: 1 }] } }, { by: ['dc'] }),
    `${when}.not.all[0] looks at the last value of a group; say in "combine" what that is, or ask for a window, or for members`,
  ],
  [
    withRule({ when: { of: { max: '1m' }, above: 1 }, clear: { below: 1 } }, { by: ['dc'] }),
    'rulesets[0].rules[0].clear looks at the last value of a group; say in "combine" what that is, or ask for a window, or for members',
  ],
  [
    withWhen({ of: { ratio: [{ last: true }, { max: '1m' }] }, above: 1 }, { by: ['dc'] }),
    `${when} looks at the last value of a group; say in "combine" what that is, or ask for a window, or for members`,
  ],
  [
    withWhen({ contains: 'x' }, group),
    `${when}.contains compares a text, and the last value of a group is a number; ask its members: { some: 1, members: … }`,
  ],
  [withWhen({ above: 1 }, { combine: 'sum' }), 'rulesets[0].combine is only for groups; say by which tags'],
  [
    withWhen({ above: 1 }, { ...group, combine: 'mean' }),
    'rulesets[0].combine must be one of "sum", "min", "max", "average", got "mean"',
  ],
  [
    withWhen({ above: 1 }, { expect: [{ dc: 'a' }] }),
    'rulesets[0].expect is only for groups; say by which tags',
  ],
  [
    withWhen({ above: 1 }, { ...group, expect: [{ dc: 'a', host: 'b' }] }),
    'rulesets[0].expect[0] must have exactly the tags dc, got an object with dc, host',
  ],
  [
    withWhen({ above: 1 }, { ...group, expect: [{ dc: 'a' }, { dc: 'a' }] }),
    'rulesets[0].expect[1] must be unique, but its values ["a"] stand before it too',
  ],
  [withWhen({ some: 1, members: { above: 1 } }), `${when}.members is only for groups; say by which tags`],
  [
    withWhen({ some: 1, members: { some: 1, members: { above: 1 } } }, group),
    `${when}.members.members has no members itself: it is asked of one of them`,
  ],
  [
    withWhen({ some: 1, members: { absentFor: '5m' } }, group),
    `${when}.members.absentFor is not for members: a rule set without by watches each of them`,
  ],
  [
    withWhen({ of: { ratio: [{ sum: '5m', select: 'a:b' }, { sum: '5m' }] }, above: 1 }),
    `${when}.of.ratio[0].select is only for groups: it names some of the members`,
  ],
  // A rule.
  [
    withRule({ when: { above: 1 }, severity: 0 }),
    'rulesets[0].rules[0].severity must be a severity from 1, the worst, to 5, got 0',
  ],
  [
    withRule({ when: { above: 1 }, severity: '1' }),
    'rulesets[0].rules[0].severity must be a severity from 1, the worst, to 5, got "1"',
  ],
  [withRule({ when: { above: 1 }, for: '-1m' }), `rulesets[0].rules[0].for must be ${aDuration}, got "-1m"`],
  [withRule({ when: { above: 1 }, keep: 60 }), `rulesets[0].rules[0].keep must be ${aDuration}, got 60`],
  [
    withRule({ when: { above: 1 }, wait: '1 h' }),
    `rulesets[0].rules[0].wait must be ${aDuration}, got "1 h"`,
  ],
  [
    withRule({ when: { above: 1 }, hold: '1h' }),
    'rulesets[0].rules[0].hold is not known here; known are severity, when, for, clear, keep, wait',
  ],
  [
    withRule({ when: { above: 1 }, clear: { absentFor: '5m' } }),
    'rulesets[0].rules[0].clear.absentFor cannot clear: that no sample comes is no sign that all is well',
  ],
  [
    withRule({ when: { all: Array(60).fill({ above: 1 }) }, clear: { any: Array(41).fill({ below: 1 }) } }),
    'rulesets[0].rules[0] must have at most 100 comparisons, got 101',
  ],
  // A condition.
  [withWhen({ above: 1, below: 0 }), `${when} ${oneCondition}, got an object with above, below`],
  [withWhen({ above: 1, absentFor: '1m' }), `${when} ${oneCondition}, got an object with above, absentFor`],
  [withWhen({}), `${when} ${oneCondition}, got an empty object`],
  [withWhen('above 1'), `${when} ${oneCondition}, got "above 1"`],
  [
    withWhen({ over: 1 }),
    `${when} ${oneCondition}, got an object with over`
      .replace(/ must.*/, ` is not known here; known are ${conditions}`)
      .replace('.when is', '.when.over is'),
  ],
  [withWhen({ above: NaN }), `${when}.above must be a finite number, got NaN`],
  [withWhen({ below: '5' }), `${when}.below must be a finite number, got "5"`],
  [withWhen({ changed: false }), `${when}.changed must be true, got false`],
  [
    withWhen({ equals: null }),
    `${when}.equals must be a finite number or a text of at most 1024 characters, got null`,
  ],
  [withWhen({ contains: '' }), `${when}.contains must be a text of 1 to 1024 characters, got ""`],
  [
    withWhen({ matches: 'a'.repeat(1025) }),
    `${when}.matches must be a regular expression of 1 to 1024 characters, got "${'a'.repeat(39)}…"`,
  ],
  [withWhen({ above: 80, until: 85 }), `${when}.until must be at most 80, got 85`],
  [withWhen({ atMost: 5, until: 4 }), `${when}.until must be at least 5, got 4`],
  [withWhen({ equals: 80, until: 85 }), `${when}.until is not known here; known are equals, of, minFill`],
  [withWhen({ absentFor: 120 }), `${when}.absentFor must be ${longDuration}, got 120`],
  [withWhen({ absentFor: '00m' }), `${when}.absentFor must be ${longDuration}, got "00m"`],
  [
    withWhen({ absentFor: '999999999999d' }),
    `${when}.absentFor must be less than 2^53 milliseconds, got 999999999999d`,
  ],
  [withWhen({ all: [] }), `${when}.all must be an array of 1 to 100 conditions, got an array of 0`],
  [
    withWhen({ any: [{ above: 1 }, { belov: 2 }] }),
    `${when}.any[1].belov is not known here; known are ${conditions}`,
  ],
  [withWhen(nest(17)), `${when}${'.not'.repeat(16)} must be nested at most 16 deep`],
  [
    withWhen({ some: 3, of: [{ above: 1 }, { above: 2 }] }),
    `${when}.some must be at most 2, the number of conditions, got 3`,
  ],
  [
    withWhen({ some: 0, of: [{ above: 1 }] }),
    `${when}.some must be a whole number from 1, or a share from "1%" to "100%", got 0`,
  ],
  [
    withWhen({ some: '101%', of: [{ above: 1 }] }),
    `${when}.some must be a whole number from 1, or a share from "1%" to "100%", got "101%"`,
  ],
  [
    withWhen({ some: 1 }),
    `${when} must be an object with some, and either of, an array of conditions, or members, a condition, got an object with some`,
  ],
  // A term.
  [
    withWhen({ of: {}, above: 1 }),
    `${when}.of must be an object with exactly one of ${terms}, got an empty object`,
  ],
  [
    withWhen({ of: { average: '5m', max: '5m' }, above: 1 }),
    `${when}.of must be an object with exactly one of ${terms}, got an object with average, max`,
  ],
  [withWhen({ of: { median: '5m' }, above: 1 }), `${when}.of.median is not known here; known are ${terms}`],
  [
    withWhen({ of: { average: '500ms' }, above: 1 }),
    `${when}.of.average must be a duration from 1s to 400d, got 500ms`,
  ],
  [
    withWhen({ of: { average: '401d' }, above: 1 }),
    `${when}.of.average must be a duration from 1s to 400d, got 401d`,
  ],
  [withWhen({ of: { average: 5 }, above: 1 }), `${when}.of.average must be ${longDuration}, got 5`],
  [withWhen({ of: { changes: 33 }, above: 1 }), `${when}.of.changes must be ${aSpan}, got 33`],
  [
    withWhen({ of: { count: { above: 1 }, over: 2.5 }, above: 1 }),
    `${when}.of.over must be ${aSpan}, got 2.5`,
  ],
  [withWhen({ of: { count: { above: 1 } }, above: 1 }), `${when}.of.over is missing; it must be ${aSpan}`],
  [
    withWhen({ of: { count: { above: 1, until: 0 }, over: 5 }, above: 1 }),
    `${when}.of.count.until is not known here: each sample is compared by itself`,
  ],
  [
    withWhen({ of: { share: { changed: true }, over: 5 }, above: 1 }),
    `${when}.of.share.changed is not known here: say { changes: … }`,
  ],
  [
    withWhen({ of: { share: { absentFor: '1m' }, over: 5 }, above: 1 }),
    `${when}.of.share.absentFor is not known here; known are ${comparisons}`,
  ],
  [
    withWhen({ of: { quantile: 95, over: '5m' }, above: 1 }),
    `${when}.of.quantile must be a number from 0 to 1, got 95`,
  ],
  [withWhen({ of: { forecast: '4h', over: 5 }, above: 1 }), `${when}.of.over must be ${longDuration}, got 5`],
  [
    withWhen({ of: { ratio: [{ sum: '5m' }] }, above: 1 }),
    `${when}.of.ratio must be an array of two terms, got an array of 1`,
  ],
  [
    withWhen({ of: { ratio: [{ sum: '5m' }, { ratio: [] }] }, above: 1 }),
    `${when}.of.ratio[1].ratio is not known here; known are ${terms.replace(', ratio', '')}`,
  ],
  [
    withWhen({ of: { average: '5m' }, equals: 'down' }),
    `${when}.equals must be a finite number, which average is, got "down"`,
  ],
  [
    withWhen({ of: { max: '5m' }, contains: 'a' }),
    `${when}.contains cannot judge max, a number; above, below, atLeast, atMost, equals and notEquals can`,
  ],
  [
    withWhen({ of: { count: { above: 1 }, over: 5 }, changed: true }),
    `${when}.changed cannot judge count, a number; above, below, atLeast, atMost, equals and notEquals can`,
  ],
  [
    withWhen({ of: { average: '1m' }, minFill: '61s', above: 1 }),
    `${when}.minFill must be at most the window 1m, got 61s`,
  ],
  [withWhen({ minFill: '1s', above: 1 }), `${when}.minFill is only for a term with a window of time`],
  [
    withWhen({ of: { changes: 5 }, minFill: '1s', above: 1 }),
    `${when}.minFill is only for a term with a window of time`,
  ],
  // A window of time.
  [
    withWhen({ missedDuring: {} }),
    `${when}.missedDuring must be an object with from and until, and perhaps zone, days; or with start and end, got an empty object`,
  ],
  [
    withWhen({ missedDuring: { from: '2:00', until: '03:00' } }),
    `${when}.missedDuring.from must be ${timeOfDay}, got "2:00"`,
  ],
  [
    withWhen({ missedDuring: { from: '02:00', until: '24:00' } }),
    `${when}.missedDuring.until must be ${timeOfDay}, got "24:00"`,
  ],
  [
    withWhen({ missedDuring: { from: '02:00' } }),
    `${when}.missedDuring.until is missing; it must be ${timeOfDay}`,
  ],
  [
    withWhen({ missedDuring: { from: '02:00', until: '03:00', zone: 'Mars/Olympus' } }),
    `${when}.missedDuring.zone must be an IANA time zone such as "Europe/Berlin", got "Mars/Olympus"`,
  ],
  [
    withWhen({ missedDuring: { from: '02:00', until: '03:00', zone: '+01:00' } }),
    `${when}.missedDuring.zone must be an IANA time zone such as "Europe/Berlin", got "+01:00"`,
  ],
  [
    withWhen({ missedDuring: { from: '02:00', until: '03:00', days: ['monday'] } }),
    `${when}.missedDuring.days[0] must be one of "mon", "tue", "wed", "thu", "fri", "sat", "sun", got "monday"`,
  ],
  [
    withWhen({ missedDuring: { from: '02:00', until: '03:00', days: ['mon', 'mon'] } }),
    `${when}.missedDuring.days must name each weekday once, got mon, mon`,
  ],
  [
    withWhen({ missedDuring: { start: '2026-01-05T22:00', end: start } }),
    `${when}.missedDuring.start must be ${aMoment}, got "2026-01-05T22:00"`,
  ],
  [
    withWhen({ missedDuring: { start: '2026-02-30T22:00:00Z', end: start } }),
    `${when}.missedDuring.start must be ${aMoment}, got "2026-02-30T22:00:00Z"`,
  ],
  [
    withWhen({ missedDuring: { start, end: start } }),
    `${when}.missedDuring.end must be after start, ${start}, got ${start}`,
  ],
  // Mutes.
  [[{ ...good, mute: [] }], 'rulesets[0].mute must be an array of 1 to 100 mutes, got an array of 0'],
  [
    [{ ...good, mute: [{ when: { during: { from: '22:00', until: '06:00' } }, severities: [] }] }],
    'rulesets[0].mute[0].severities must be an array of 1 to 5 severities, got an array of 0',
  ],
  [
    [{ ...good, mute: [{ when: { during: { from: '22:00', until: '06:00' } }, severities: [3, 3] }] }],
    'rulesets[0].mute[0].severities[1] must be unique, got 3 again',
  ],
  [
    [{ ...good, mute: [{ when: { from: '22:00', until: '06:00' } }] }],
    'rulesets[0].mute[0].when.from is not known here; known are during',
  ],
  // What earlier versions wrote.
  [
    [{ ...good, window: { function: 'max', duration: '1m' } }],
    'rulesets[0].window.function must be "average", got "max"',
  ],
  [
    [{ ...good, window: { function: 'average', duration: '1m', minFill: '61s' } }],
    'rulesets[0].window.minFill must be at most the duration 1m, got 61s',
  ],
  [
    withWhen({ equals: 'down' }, { window: { function: 'average', duration: '1m' } }),
    `${when}.equals must be a finite number, which average is, got "down"`,
  ],
]

describe('parseRuleSets', () => {
  it('gives a copy of a good document', () => {
    const parsed = parseRuleSets([good])
    expect(parsed).toEqual([good])
    expect(parsed[0]).not.toBe(good)
    expect(parsed[0]?.rules[0]?.when).not.toBe(good.rules[0]?.when)
  })

  it('takes a field that is undefined as one that is not there', () => {
    expect(Object.keys(parseRuleSets([{ ...good, link: undefined }])[0] ?? {})).not.toContain('link')
  })

  it('takes numbers and texts in one rule set, for a comparison of the other kind is unknown', () => {
    const rules = [
      { severity: 1, when: { above: 1 } },
      { severity: 2, when: { equals: 'down' } },
    ] as const
    expect(parseRuleSets([{ id: 'a', select: '*', rules }])).toHaveLength(1)
  })

  it('takes a rule that can hardly be meant', () => {
    const rules = [
      { severity: 3, when: { above: 80 } },
      { severity: 1, when: { above: 95 } },
    ] as const
    expect(parseRuleSets([{ id: 'a', select: 'cpu', rules }])).toHaveLength(1)
  })

  it.each(wrong)('refuses it, and says where, what is allowed and what was found (%#)', (json, sentence) => {
    const error = refusal(json)
    expect(error.message).toBe(`FAULT_BAD_RULESET: ${sentence}`)
    const path = String(error.facts['path'])
    expect([error.code, sentence.startsWith(`${path} `)]).toEqual(['FAULT_BAD_RULESET', true])
  })

  it.each([
    ['(', 'a parenthesis that stays open'],
    ['\\-', 'an escape that is bad with the flag u'],
    ['(a)\\1', 'a back reference, which can take exponential time'],
  ])('refuses the regular expression %s: %s', (matches) => {
    const error = refusal(withWhen({ matches }))
    expect(error.facts).toEqual({ path: `${when}.matches` })
    expect(error.message).toContain(
      `FAULT_BAD_RULESET: ${when}.matches must be a regular expression, got ${JSON.stringify(matches)}: `,
    )
  })

  it('refuses a value that throws where it is read, and never throws anything else', () => {
    const { proxy, revoke } = Proxy.revocable<unknown[]>([], {})
    revoke()
    expect(refusal(proxy).message).toContain('rulesets must be plain data, but throws where it is read')
    const throwing = {
      get id(): string {
        throw new Error('gone')
      },
    }
    expect(refusal([throwing]).message).toContain('rulesets[0]')
  })
})
