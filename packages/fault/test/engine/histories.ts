import fc from 'fast-check'

import { type FaultInput, type RuleSetInput, series } from '../../src/engine.ts'

/** One thing that happens to an engine, `waitMs` after the one before. */
export type Step = { readonly waitMs: number } & (
  | {
      readonly kind: 'sample'
      /** How old it is when it is delivered. */
      readonly ageMs: number
      readonly sample: Omit<FaultInput, 'time'>
    }
  | { readonly kind: 'look' }
  | { readonly kind: 'back'; readonly byMs: number }
  | { readonly kind: 'resume'; readonly afterMs: number }
)

const every = '__name:*'

/** A rule set for each thing that an engine can do; tests take some of them. */
export const ruleSets: readonly RuleSetInput[] = [
  {
    id: 'levels',
    select: every,
    rules: [
      { when: { above: 80 }, severity: 1 },
      { when: { above: 50, until: 40 }, severity: 3 },
    ],
  },
  {
    id: 'holds',
    select: every,
    rules: [{ when: { above: 50 }, severity: 2, for: '20s', keep: '15s', wait: '5m' }],
  },
  {
    id: 'clears',
    select: every,
    rules: [
      { when: { above: 80 }, severity: 2, clear: { below: 30 } },
      { when: { below: 10 }, severity: 2 },
    ],
  },
  {
    id: 'silent',
    select: every,
    rules: [
      { when: { absentFor: '40s' }, severity: 1 },
      { when: { above: 80 }, severity: 1 },
      { when: { absentFor: '15s' }, severity: 3, for: '5s' },
    ],
  },
  {
    id: 'average',
    select: every,
    rules: [
      { when: { of: { average: '1m' }, minFill: '20s', above: 50 }, severity: 2, for: '10s' },
      { when: { absentFor: '30s' }, severity: 3 },
    ],
  },
  {
    id: 'counts',
    select: every,
    decide: 'worst',
    rules: [
      { when: { of: { count: { above: 50 }, over: 3 }, atLeast: 2 }, severity: 4 },
      { when: { of: { changes: '1m' }, above: 3 }, severity: 3 },
    ],
  },
  {
    id: 'some',
    select: every,
    unknown: 'clear',
    rules: [
      {
        when: { some: 2, of: [{ above: 80 }, { absentFor: '20s' }, { not: { changed: true } }] },
        severity: 5,
      },
    ],
  },
  {
    id: 'texts',
    select: every,
    unknown: 'fire',
    rules: [
      { when: { contains: 'x' }, severity: 2 },
      { when: { changed: true }, severity: 4, keep: '10s' },
    ],
  },
  {
    id: 'night',
    select: every,
    mute: [{ when: { during: { from: '00:01', until: '00:03' } }, severities: [2, 3] }],
    rules: [
      { when: { above: 80 }, severity: 1 },
      { when: { above: 50 }, severity: 2 },
      { when: { absentFor: '30s' }, severity: 3 },
    ],
  },
  {
    id: 'job',
    select: every,
    rules: [{ when: { missedDuring: { from: '00:02', until: '00:04' } }, severity: 2 }],
  },
  { id: 'brief', select: every, forgetAfter: '50s', rules: [{ when: { above: 50 }, severity: 3 }] },
  {
    id: 'pool',
    select: every,
    by: ['dc'],
    combine: 'sum',
    expect: [{ dc: 'x' }, { dc: 'z' }],
    rules: [
      { when: { above: 120 }, severity: 2, for: '10s' },
      { when: { absentFor: '30s' }, severity: 1 },
    ],
  },
  {
    id: 'members',
    select: every,
    by: ['dc'],
    forgetAfter: '90s',
    rules: [
      {
        when: {
          some: '50%',
          members: {
            any: [
              { above: 80, until: 60 },
              { of: { max: '1m' }, above: 95 },
            ],
          },
        },
        severity: 2,
      },
    ],
  },
  {
    id: 'ratio',
    select: every,
    by: ['dc'],
    combine: 'average',
    rules: [
      {
        when: { of: { ratio: [{ last: true, select: 'host:a' }, { average: '1m' }] }, above: 1.5 },
        severity: 4,
      },
    ],
  },
]

const all = [
  series('m', { host: 'a', dc: 'x' }),
  series('m', { host: 'b', dc: 'x' }),
  series('m', { host: 'c', dc: 'y' }),
  series('n', { host: 'a' }),
]

const value = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 'x', 'ok', 0.1) },
)
const wait = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 10 }).map((seconds) => seconds * 1000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 40_000, max: 200_000 }) },
)

const sampleStep: fc.Arbitrary<Step> = fc
  .record({
    waitMs: wait,
    which: fc.nat(all.length - 1),
    ageMs: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: -11_000, max: 11_000 }) },
    ),
    value,
    source: fc.constantFrom(undefined, 'a', 'a', 'b'),
    isStale: fc.oneof(
      { weight: 30, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    revision: fc.oneof(
      { weight: 10, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(1, 2) },
    ),
  })
  .map(({ waitMs, which, ageMs, value: one, source, isStale, revision }) => ({
    waitMs,
    kind: 'sample',
    ageMs,
    sample: {
      series: all[which] ?? series('m'),
      value: one,
      kind: isStale ? 'stale' : 'gauge',
      ...(source !== undefined && { source }),
      ...(revision !== undefined && { revision }),
    },
  }))

const otherStep: fc.Arbitrary<Step> = fc.oneof(
  wait.map((waitMs): Step => ({ waitMs, kind: 'look' })),
  fc.integer({ min: 0, max: 100_000 }).map((byMs): Step => ({ waitMs: 0, kind: 'back', byMs })),
  fc.integer({ min: 0, max: 100_000 }).map((afterMs): Step => ({ waitMs: 0, kind: 'resume', afterMs })),
)

/** Some rule sets and what happens to them: samples of few series, disorder, silences, steps of the clock. */
export const history: fc.Arbitrary<{
  readonly ruleSets: readonly RuleSetInput[]
  readonly steps: readonly Step[]
}> = fc.record({
  ruleSets: fc.subarray([...ruleSets], { minLength: 1 }),
  steps: fc.array(fc.oneof({ weight: 12, arbitrary: sampleStep }, { weight: 1, arbitrary: otherStep }), {
    maxLength: 60,
  }),
})
