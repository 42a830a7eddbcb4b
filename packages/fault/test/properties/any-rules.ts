import fc from 'fast-check'

import type {
  Comparison,
  Condition,
  Rule,
  RuleMute,
  RuleSet,
  Severity,
  Term,
} from '../../src/model/rule-set.ts'
import type { TimeWindow } from '../../src/model/time-window.ts'

/** What rules may say. */
export interface RuleShape {
  readonly id?: string
  readonly select?: string
  readonly texts?: boolean
  readonly terms?: fc.Arbitrary<Term>
  readonly absences?: boolean
  readonly windows?: boolean
  readonly mutes?: boolean
  readonly trees?: boolean
  readonly group?: Pick<RuleSet, 'by' | 'combine' | 'expect'>
  readonly members?: boolean
}

const limits = fc.constantFrom(0, 0.1, 0.2, 10, 50, 80, 95)
const limited: fc.Arbitrary<Comparison> = fc
  .tuple(
    fc.constantFrom('above', 'below', 'atLeast', 'atMost'),
    limits,
    fc.option(fc.constantFrom(0, 0.05, 0.1, 5, 30), { nil: undefined }),
  )
  .map(([name, limit, back]) => {
    const until = name === 'above' || name === 'atLeast' ? limit - (back ?? 0) : limit + (back ?? 0)
    return { [name]: limit, ...(back !== undefined && { until }) } as unknown as Comparison
  })
const ofNumbers: fc.Arbitrary<Comparison> = fc.oneof(
  { weight: 6, arbitrary: limited },
  { weight: 1, arbitrary: limits.map((equals) => ({ equals })) },
  { weight: 1, arbitrary: limits.map((notEquals) => ({ notEquals })) },
)
const ofTexts: fc.Arbitrary<Comparison> = fc.constantFrom<Comparison>(
  ...[{ equals: 'down' }, { notEquals: 'up' }, { contains: 'error' }, { notContains: 'error' }],
  ...[{ matches: '^(down|off)$' }, { notMatches: 'disk$' }],
)
const changed: fc.Arbitrary<Comparison> = fc.constant({ changed: true })

const durations = fc.constantFrom('1m', '30s', '2m', '90s', '1s', '5m')
const counted: fc.Arbitrary<Comparison> = ofNumbers.filter((one) => one.until === undefined)

/** Every term of one series. */
export const anyTerm: fc.Arbitrary<Term> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('average', 'min', 'max', 'sum', 'stddev', 'rate', 'delta', 'counter', 'zscore'),
      durations,
    )
    .map(([name, over]) => ({ [name]: over }) as unknown as Term),
  fc.oneof(durations, fc.integer({ min: 2, max: 6 })).map((changes) => ({ changes })),
  fc.record({ quantile: fc.constantFrom(0, 0.5, 0.95, 1), over: durations }),
  fc.record({ forecast: durations, over: durations }),
  fc.record({
    count: counted,
    over: fc.oneof(durations, fc.integer({ min: 1, max: 6 })),
  }) as fc.Arbitrary<Term>,
  fc.record({
    share: counted,
    over: fc.oneof(durations, fc.integer({ min: 1, max: 6 })),
  }) as fc.Arbitrary<Term>,
)

/** Terms of which nothing depends on the order of the members of a group. */
export const anyGroupTerm: fc.Arbitrary<Term> = fc.oneof(
  fc
    .tuple(fc.constantFrom('average', 'min', 'max', 'sum', 'stddev'), durations)
    .map(([name, over]) => ({ [name]: over }) as unknown as Term),
  fc.record({ quantile: fc.constantFrom(0, 0.5, 1), over: durations }),
  fc.record({ count: counted, over: durations }) as fc.Arbitrary<Term>,
  fc.record({ share: counted, over: durations }) as fc.Arbitrary<Term>,
)

/** The history begins at 21:58 of a Monday. */
const anyWindow: fc.Arbitrary<TimeWindow> = fc.constantFrom<TimeWindow>(
  ...[
    { from: '22:00', until: '22:05' },
    { from: '21:00', until: '22:00' },
    { from: '22:01', until: '22:02' },
  ],
  { from: '22:00', until: '22:10', days: ['tue'] },
  { start: '2026-01-05T22:00:00Z', end: '2026-01-05T22:03:20Z' },
)

function condition(shape: RuleShape, depth: number): fc.Arbitrary<Condition> {
  const isGroup = shape.group?.by !== undefined
  const hasLast = !isGroup || shape.group.combine !== undefined
  const compared = (terms: fc.Arbitrary<Term>): fc.Arbitrary<Condition> =>
    fc
      .tuple(ofNumbers, terms, fc.option(fc.constantFrom('1s', '30s', '1m'), { nil: undefined }))
      .map(([comparison, of, fill]) => {
        const span = of.over ?? Object.values(of).find((one) => typeof one === 'string')
        const isShort = typeof span !== 'string' || span === '1s' || span === '30s'
        const minFill = fill === undefined || isShort ? {} : { minFill: fill }
        return { ...comparison, of, ...minFill }
      })
  const leaves: fc.WeightedArbitrary<Condition>[] = [
    ...(hasLast ? [{ weight: 5, arbitrary: ofNumbers as fc.Arbitrary<Condition> }] : []),
    ...(shape.texts === true
      ? [{ weight: 3, arbitrary: fc.oneof(ofTexts, changed) as fc.Arbitrary<Condition> }]
      : []),
    ...(shape.terms === undefined ? [] : [{ weight: 5, arbitrary: compared(shape.terms) }]),
    ...(shape.absences === true
      ? [
          {
            weight: 2,
            arbitrary: fc.constantFrom('30s', '1m', '2m').map((absentFor): Condition => ({ absentFor })),
          },
        ]
      : []),
    ...(shape.windows === true
      ? [{ weight: 1, arbitrary: anyWindow.map((missedDuring): Condition => ({ missedDuring })) }]
      : []),
    ...(shape.members === true
      ? [
          {
            weight: 4,
            arbitrary: fc
              .tuple(fc.constantFrom<number | `${number}%`>(1, 2, '50%', '100%'), ofNumbers)
              .map(([some, members]): Condition => ({ some, members: members as Condition })),
          },
        ]
      : []),
  ]
  const leaf = fc.oneof(...leaves)
  if (depth === 0 || shape.trees !== true) return leaf
  const inside = condition(shape, depth - 1)
  const parts = fc.array(inside, { minLength: 1, maxLength: 3 })
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: leaf },
    { weight: 1, arbitrary: parts.map((all): Condition => ({ all })) },
    { weight: 1, arbitrary: parts.map((any): Condition => ({ any })) },
    { weight: 1, arbitrary: inside.map((not): Condition => ({ not })) },
    {
      weight: 1,
      arbitrary: parts.chain((of) =>
        fc.constantFrom<number | `${number}%`>(1, of.length, '50%').map((some): Condition => ({ some, of })),
      ),
    },
  )
}

const holds = fc.constantFrom('10s', '30s', '1m', '1ms')
const severities = fc.constantFrom<Severity>(1, 2, 3, 4, 5)

/** A rule set of up to four rules. */
export function anyRules(shape: RuleShape): fc.Arbitrary<RuleSet> {
  const rule = fc.record(
    {
      severity: severities,
      when: condition(shape, 2),
      for: holds,
      keep: holds,
      clear: condition({ ...shape, absences: false, windows: false }, 1),
    },
    { requiredKeys: ['severity', 'when'] },
  ) as fc.Arbitrary<Rule>
  const mute = fc.record(
    {
      when: anyWindow.map((during) => ({ during })),
      severities: fc.uniqueArray(severities, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['when'] },
  ) as fc.Arbitrary<RuleMute>
  return fc
    .tuple(
      fc.array(rule, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('first' as const, 'worst' as const),
      fc.constantFrom('hold' as const, 'hold' as const, 'clear' as const, 'fire' as const),
      shape.mutes === true ? fc.array(mute, { minLength: 1, maxLength: 2 }) : fc.constant([]),
    )
    .map(([rules, decide, unknown, mutes]): RuleSet => ({
      ...{ id: shape.id ?? 'r', select: shape.select ?? '__name:m', ...shape.group },
      ...{ rules, decide, unknown },
      ...(mutes.length > 0 && { mute: mutes }),
    }))
}
