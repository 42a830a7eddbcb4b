import { type Duration, formatDuration } from '@tocsin/core'
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

import type { Condition, Rule, RuleMute, RuleSet, Severity } from '../model/rule-set.ts'
import type { TimeWindow } from '../model/time-window.ts'
import { longestSilenceMs } from '../rules/conditions-of.ts'
import { anyComparison, type Subject } from './any-term.ts'

/** Options of {@link anyRuleSet}. */
export interface AnyRuleSetOptions {
  /** Its id. @defaultValue any */
  readonly id?: string
  /** Its tag query. @defaultValue `'*'`, or one of a few that are in use */
  readonly select?: string
  /** Whether there may be groups (`by`). @defaultValue both with and without */
  readonly groups?: boolean
}

const holds = fc.constantFrom<Duration>('0s', '10s', '1m', '90s', '5m')
const silences = fc.constantFrom<Duration>('30s', '1m', '5m', '1h', '1d')
const severities = fc.constantFrom<Severity>(1, 2, 3, 4, 5)
const severityLists = fc.uniqueArray(severities, { minLength: 1, maxLength: 5 })

/** A window of the day, of some weekdays, or one stretch of time. Shrinks to one from midnight to 01:00. */
export const anyTimeWindow = (): Arbitrary<TimeWindow> => {
  const times = fc.constantFrom('00:00', '01:00', '02:30', '22:00', '23:59')
  const daily = fc.record(
    {
      from: times,
      until: fc.constantFrom('01:00', '00:00', '03:30', '06:00', '23:59'),
      zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
      days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const, { minLength: 1 }),
    },
    { requiredKeys: ['from', 'until'] },
  )
  const stretch = fc
    .tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 1, max: 1_000_000 }))
    .map(([start, length]) => ({
      start: new Date(start * 1000).toISOString(),
      end: new Date((start + length) * 1000).toISOString(),
    }))
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: daily },
    { weight: 1, arbitrary: stretch },
  )
}

const amounts = (most: number): Arbitrary<number | `${number}%`> =>
  fc.oneof(fc.integer({ min: 1, max: most }), fc.constantFrom<`${number}%`>('1%', '33.3%', '50%', '100%'))

/** A condition over `subject`, at most three deep; where `mayBeSilent`, also of samples that do not come. Shrinks to a comparison. */
function anyCondition(subject: Subject, mayBeSilent: boolean, depth = 3): Arbitrary<Condition> {
  const comparison: Arbitrary<Condition> = anyComparison(subject)
  const silent: Arbitrary<Condition>[] = mayBeSilent
    ? [
        silences.map((absentFor) => ({ absentFor })),
        anyTimeWindow().map((missedDuring) => ({ missedDuring })),
      ]
    : []
  const isGroup = subject === 'group' || subject === 'combined group'
  if (depth === 0) return comparison
  const inside = anyCondition(subject, mayBeSilent, depth - 1)
  const branches = fc.array(inside, { minLength: 1, maxLength: 3 })
  const ofMembers: Arbitrary<Condition>[] = isGroup
    ? [
        fc
          .tuple(amounts(5), anyCondition('member', false, depth - 1))
          .map(([some, members]) => ({ some, members })),
      ]
    : []
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 8, arbitrary: comparison },
    ...silent,
    ...ofMembers,
    branches.map((all) => ({ all })),
    branches.map((any) => ({ any })),
    inside.map((condition) => ({ not: condition })),
    branches.chain((of) => amounts(of.length).map((some) => ({ some, of }))),
  )
}

function anyRule(subject: Subject): Arbitrary<Rule> {
  return fc.record(
    {
      severity: severities,
      when: anyCondition(subject, true),
      for: holds,
      clear: anyCondition(subject, false, 1),
      keep: holds,
      wait: holds,
    },
    { requiredKeys: ['severity', 'when'] },
  )
}

const mutes: Arbitrary<RuleMute> = fc.record(
  { when: anyTimeWindow().map((during) => ({ during })), severities: severityLists },
  { requiredKeys: ['when'] },
)

const optionalParts = {
  name: fc.string({ minLength: 1, maxLength: 20 }),
  decide: fc.constantFrom('first' as const, 'worst' as const),
  unknown: fc.constantFrom('hold' as const, 'clear' as const, 'fire' as const),
  mute: fc.array(mutes, { minLength: 1, maxLength: 2 }),
  notes: fc.string({ maxLength: 20 }),
  link: fc.constant('https://example.org/runbook'),
  info: fc.constantFrom<Readonly<Record<string, unknown>>>({}, { team: 'db', tiers: [1, null, 'x'] }),
}

type Optionals = Partial<Pick<RuleSet, keyof typeof optionalParts>>

/**
 * A rule set that `parseRuleSets` takes: all terms, trees of conditions, holds, mutes, groups. Shrinks to one rule with a
 * comparison of the last sample.
 */
export function anyRuleSet({ id, select, groups }: AnyRuleSetOptions = {}): Arbitrary<RuleSet> {
  const ids = id === undefined ? fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/) : fc.constant(id)
  const selects =
    select === undefined
      ? fc.constantFrom('*', '__name:cpu', 'and(__name:disk.*,not(mount:/tmp))')
      : fc.constant(select)
  const alone = fc.constant<Group>({})
  const grouped = fc.constantFrom(['host'], ['dc', 'role']).chain(combines)
  const group = groups === true ? grouped : groups === false ? alone : fc.oneof(alone, grouped)
  // Made once: what is drawn inside `chain` is made anew each time.
  const rulesOf = (subject: Subject): Arbitrary<readonly Rule[]> =>
    fc.array(anyRule(subject), { minLength: 1, maxLength: 4 })
  const rules = {
    series: rulesOf('series'),
    group: rulesOf('group'),
    'combined group': rulesOf('combined group'),
  }
  const optionals: Arbitrary<Optionals> = fc.record(optionalParts, { requiredKeys: [] })
  return group.chain(({ by, combine }) => {
    const subject = by === undefined ? 'series' : combine === undefined ? 'group' : 'combined group'
    return fc
      .tuple(ids, selects, rules[subject], optionals, expected(by), fc.boolean())
      .map(([id, select, rules, optionals, expect, forgets]): RuleSet => ({
        id,
        select,
        ...(by !== undefined && { by }),
        ...(combine !== undefined && { combine }),
        ...(expect !== undefined && { expect }),
        rules,
        ...optionals,
        ...(forgets && { forgetAfter: formatDuration(longestSilenceMs({ rules }) + 60_000) }),
      }))
  })
}

type Group = Pick<RuleSet, 'by' | 'combine'>

const combines = (by: readonly string[]): Arbitrary<Group> =>
  fc.constantFrom<Group>(
    { by, combine: 'sum' },
    { by, combine: 'min' },
    { by, combine: 'max' },
    { by, combine: 'average' },
    { by },
  )

function expected(by: readonly string[] | undefined): Arbitrary<RuleSet['expect']> {
  if (by === undefined) return fc.constant(undefined)
  const values = fc.uniqueArray(fc.tuple(...by.map(() => fc.constantFrom('a', 'b', 'c'))), {
    minLength: 1,
    maxLength: 3,
    selector: (tuple) => tuple.join(),
  })
  return fc.option(
    values.map((tuples) =>
      tuples.map((tuple) => Object.fromEntries(by.map((tag, index) => [tag, tuple[index] ?? '']))),
    ),
    { nil: undefined },
  )
}
