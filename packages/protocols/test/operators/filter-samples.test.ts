import type { Batch, Sample } from '@tocsin/core'
import { from, of, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { series } from '../../src/index.ts'
import {
  filterSamples,
  type FilterRule,
  type FilterSamplesOptions,
  type OperatorProblem,
} from '../../src/operators/index.ts'
import { virtualTime } from '../../src/testing/index.ts'

const of1 = (metric: string, tags: Record<string, string> = {}, kind: Sample['kind'] = 'gauge'): Sample =>
  ({ series: series(metric, tags), time: 0, value: kind === 'set' ? 'm' : 1, kind }) as Sample

function run(rules: readonly FilterRule[], samples: readonly Sample[], options: FilterSamplesOptions = {}) {
  const problems = new Subject<OperatorProblem>()
  const told: OperatorProblem[] = []
  problems.subscribe((problem) => told.push(problem))
  const keys: string[] = []
  from(samples)
    .pipe(filterSamples(rules, { problems, ...options }))
    .subscribe((sample) => keys.push(sample.series.key))
  return { keys, told }
}

describe('filterSamples', () => {
  it('lets the first rule that allows or denies decide', () => {
    const samples = [
      of1('cpu', { host: 'a' }),
      of1('cpu', { host: 'b' }),
      of1('disk', { host: 'a' }),
      of1('net'),
    ]
    const rules = [{ allow: 'and(__name:cpu,host:a)' }, { deny: '__name:cpu' }, { deny: 'host:*' }]
    expect(run(rules, samples).keys).toEqual(['cpu|ST[host:a]', 'net'])
    expect(run(rules, samples, { otherwise: 'deny' }).keys).toEqual(['cpu|ST[host:a]'])
    expect(run([], samples).keys).toHaveLength(4)
    expect(run([], samples, { otherwise: 'deny' }).keys).toEqual([])
  })

  it('renames and adds tags, and shows what it changed to the rules behind', () => {
    const rules: FilterRule[] = [
      { change: 'host:*', rename: '{host}.{__name}.{none}x', addTags: { host: 'some', site: 'fra' } },
      { deny: 'host:b' },
      { allow: '__name:/^a\\./', rename: 'from-a' },
    ]
    const { keys } = run(rules, [of1('cpu', { host: 'a' }), of1('cpu', { host: 'b' })])
    expect(keys).toEqual(['from-a|ST[host:some,site:fra]', 'b.cpu.x|ST[host:some,site:fra]'])
  })

  it('hands on what it does not change as it is, and batches as batches', () => {
    const sample = of1('cpu')
    const seen: unknown[] = []
    let acknowledged = 0
    const batch = (values: Sample[], more = {}): Batch<Sample> => ({
      values,
      ack: () => (acknowledged += 1),
      ...more,
    })
    const position = { journalId: 'j', firstSeq: 1, lastSeq: 2 }
    const gaps = [{ fromSeq: 0, toSeq: 0, reason: 'gone' }]
    of(sample, batch([of1('disk'), sample], { position }), batch([of1('disk')]), batch([], { gaps }))
      .pipe(filterSamples([{ deny: '__name:disk' }]))
      .subscribe((input) => seen.push(input))
    expect(seen[0]).toBe(sample)
    expect(seen).toMatchObject([sample, { values: [sample], position }, { values: [], gaps }])
    // The one of which nothing is left.
    expect(acknowledged).toBe(1)
    ;(seen[1] as Batch<Sample>).ack()
    expect(acknowledged).toBe(2)
  })

  it('puts together beyond the cap what counts by itself, and holds the rest back', () => {
    const kinds = ['delta', 'observation', 'set', 'gauge', 'counter', 'state', 'histogram', 'text'] as const
    const samples = [
      of1('hits', { id: 'first' }, 'delta'),
      ...kinds.map((kind) => of1('hits', { id: kind }, kind)),
    ]
    const { keys, told } = run([], samples, { maxSeries: 1 })
    expect(keys).toEqual(['hits|ST[id:first]', ...['', '', ''].map(() => 'hits|ST[overflow:true]')])
    expect(told.map(({ reason, series: key }) => `${reason} ${key ?? ''}`)).toEqual([
      ...['delta', 'observation', 'set'].map((kind) => `series-folded hits|ST[id:${kind}]`),
      ...['gauge', 'counter', 'state', 'histogram', 'text'].map(
        (kind) => `too-many-series hits|ST[id:${kind}]`,
      ),
    ])
    expect(told[0]?.message).toBe('there is no room for the series; it is counted in hits|ST[overflow:true]')
    expect(told[3]?.message).toBe('there is no room for the series, and a gauge of it goes into no other')
  })

  it('counts bytes of names too, and bounds the series of overflow as well', () => {
    const long = (id: number): Sample => of1(`${'n'.repeat(4000)}${id}`, {}, 'delta')
    const samples = Array.from({ length: 1000 }, (_, id) => long(id))
    const { keys, told } = run([], samples, { maxNameBytes: 200_000 })
    // Four times its name and 200 bytes each, and the tenth for overflow has room for one.
    expect(new Set(keys).size).toBe(12 + 1)
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(0)
    const few = run(
      [],
      Array.from({ length: 50 }, (_, id) => of1(`m${id}`, {}, 'delta')),
      { maxSeries: 20 },
    )
    expect(few.keys).toHaveLength(22)
  })

  it('makes room for others by and by', async () => {
    using time = virtualTime()
    const source = new Subject<Sample>()
    const keys: string[] = []
    const subscription = source
      .pipe(filterSamples([], { maxSeries: 1, forgetAfterMs: 1000, problems: new Subject() }))
      .subscribe((sample) => keys.push(sample.series.key))
    for (const [at, name] of [
      [0, 'a'],
      [10, 'b'],
      [900, 'a'],
      [1800, 'a'],
      [1900, 'b'],
      [3900, 'b'],
      [3900, 'a'],
    ] as const) {
      await time.advanceTo(at)
      source.next(of1(name))
    }
    subscription.unsubscribe()
    expect(keys).toEqual(['a', 'a', 'a', 'b'])
  })

  it('tells of names that the rules cannot make', () => {
    const { keys, told } = run([{ allow: '*', rename: '{none}' }], [of1('cpu')])
    expect([keys, told.map(({ type, from: who, reason }) => [type, who, reason])]).toEqual([
      [],
      [['problem', 'filterSamples', 'bad-name']],
    ])
  })

  it('runs expressions in linear time, once for each series', () => {
    const samples = Array.from({ length: 20_000 }, () => of1('a'.repeat(4000)))
    const same = samples.map((sample) => ({ ...sample, series: samples[0]!.series }))
    expect(run([{ deny: '__name:/^(a+)+$/' }], same).keys).toEqual([])
  })

  it.each<readonly [string, unknown, string]>([
    ['no list', {}, 'rules must be an array of 0 to 1000 items, got an empty object'],
    [
      'an unknown word',
      [{ permit: '*' }],
      'rules[0].permit is not known here; known are allow, deny, change',
    ],
    [
      'two words',
      [{ allow: '*', deny: '*' }],
      'rules[0] must be an object with exactly one of allow, deny, change',
    ],
    ['no query', [{ allow: '*' }, { deny: 'and(' }], 'rules[1].deny must be a tag query, got "and("'],
    ['a slow expression', [{ deny: 'a:/(b)\\1/' }], 'rules[0].deny must be a tag query'],
    ['a change of what is denied', [{ deny: '*', rename: 'x' }], 'rules[0].rename is not known here'],
    ['a brace that is open', [{ allow: '*', rename: 'a{b' }], 'rules[0].rename must be a name in which'],
    [
      'a tag that is no text',
      [{ change: '*', addTags: { a: 1 } }],
      'rules[0].addTags.a must be a text of 0 to 255 characters, got 1',
    ],
  ])('refuses %s at the call, with path, value and what is allowed', (_, rules, message) => {
    expect(() => filterSamples(rules as FilterRule[])).toThrow(message)
  })

  it('refuses options at the call', () => {
    expect(() => filterSamples([], { maxSeries: 0 })).toThrow('PROTOCOL_BAD_OPTION: option "maxSeries"')
    expect(() => filterSamples([], { otherwise: 'drop' as never })).toThrow(
      'option "otherwise" must be one of allow, deny',
    )
  })
})
