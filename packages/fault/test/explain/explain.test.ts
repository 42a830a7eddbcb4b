import { describe, expect, it } from 'vitest'

import { createFaultEngine, explainAt, type FaultInput, type RuleSetInput, series } from '../../src/engine.ts'
import { at, recorded, watch } from '../engine/recorder.ts'

const one = (when: RuleSetInput['rules'][number]['when'], more: object = {}): RuleSetInput =>
  watch([{ when, severity: 1, ...more }])

/** An engine after these samples of `m`: second and value. */
function after(
  set: RuleSetInput,
  samples: readonly (readonly [second: number, value: FaultInput['value']])[],
  second: number,
): ReturnType<typeof recorded> {
  const recorder = recorded([set])
  for (const [time, value] of samples) recorder.sample(at(time, value))
  recorder.advance(second)
  return recorder
}

const textOf = (...facts: Parameters<typeof after>): string | undefined =>
  after(...facts).engine.explain('r', 'm')?.text

describe('why a fault is open, or not', () => {
  it('gives each rule and each part of its condition, with what decides', () => {
    const set = watch([
      { when: { any: [{ above: 95 }, { of: { average: '1m' }, minFill: '30s', above: 80 }] }, severity: 1 },
      { when: { above: 50 }, severity: 2, for: '1m', clear: { below: 30 } },
    ])
    const { engine } = after(
      set,
      [
        [0, 60],
        [20, 97],
      ],
      25,
    )
    expect(engine.explain('r', 'm')).toEqual({
      ruleSet: 'r',
      series: 'm',
      time: 25_000,
      sampleTime: 20_000,
      open: { fault: 'r|m|20000', severity: 1, openedAt: 20_000 },
      rules: [
        {
          rule: 0,
          severity: 1,
          phase: 'firing',
          truth: 'true',
          since: 20_000,
          decides: true,
          when: [
            { condition: { above: 95 }, truth: 'true', value: 97, threshold: 95 },
            {
              condition: { of: { average: '1m' }, minFill: '30s', above: 80 },
              truth: 'unknown',
              threshold: 80,
              window: { durationMs: 60_000, filledMs: 20_000, count: 2 },
              why: 'window filled 20s of 30s',
            },
          ],
        },
        {
          rule: 1,
          severity: 2,
          phase: 'pending',
          truth: 'true',
          since: 0,
          due: 60_000,
          decides: false,
          when: [{ condition: { above: 50 }, truth: 'true', value: 97, threshold: 50 }],
          clear: [{ condition: { below: 30 }, truth: 'false', value: 97, threshold: 30 }],
        },
      ],
      text: 'open for 5s: 97 is above 95',
    })
  })

  it('says why it is not open', () => {
    expect(textOf(one({ above: 95 }), [[0, 60]], 5)).toBe('not open: 60 is not above 95')
    expect(
      textOf(
        watch([
          { when: { above: 95 }, severity: 1 },
          { when: { below: 5 }, severity: 2 },
        ]),
        [[0, 60]],
        5,
      ),
    ).toBe('not open: 60 is not above 95, and 1 more rule is not violated')
    expect(
      textOf(
        one({ above: 50 }, { for: '2m' }),
        [
          [0, 60],
          [30, 70],
        ],
        40,
      ),
    ).toBe('not open: rule 1 is pending for 40s, fires in 1m 20s, 70 is above 50')
    expect(textOf(one({ above: 50 }), [[0, 'x']], 5)).toBe('not open: rule 1 is unknown, text')
    expect(textOf(one({ above: 50 }), [[0, NaN]], 5)).toBe('not open: rule 1 is unknown, not a number')
    expect(
      textOf(
        one({ of: { average: '1m' }, minFill: '30s', above: 80 }),
        [
          [0, 1],
          [20, 3],
        ],
        25,
      ),
    ).toBe('not open: rule 1 is unknown, window filled 20s of 30s')
    expect(textOf(one({ of: { rate: '1m' }, above: 80 }), [[0, 1]], 25)).toBe(
      'not open: rule 1 is unknown, too few samples',
    )
    expect(textOf(one({ absentFor: '5m' }), [[0, 1]], 60)).toBe('not open: no sample for 1m, not yet 5m')
    expect(
      textOf(
        one({ above: 50, until: 40 }),
        [
          [0, 60],
          [10, 30],
        ],
        15,
      ),
    ).toBe('not open: 30 is back to 40')
  })

  it('says why it is still open, though nothing is violated any more', () => {
    expect(
      textOf(
        one({ above: 50 }, { keep: '1m' }),
        [
          [0, 60],
          [10, 40],
        ],
        30,
      ),
    ).toBe('open for 30s: 40 is not above 50, and it ends once that has been so for long enough, in 40s')
    expect(
      textOf(
        one({ above: 50 }, { clear: { below: 30 } }),
        [
          [0, 60],
          [10, 40],
        ],
        30,
      ),
    ).toBe('open for 30s: 40 is not above 50, but what ends it is not so yet')
    expect(
      textOf(
        one({ above: 50 }),
        [
          [0, 60],
          [10, NaN],
        ],
        30,
      ),
    ).toBe('open for 30s: whether it has ended is unknown, not a number')
    expect(
      textOf(
        one({ above: 50, until: 40 }),
        [
          [0, 60],
          [10, 45],
        ],
        30,
      ),
    ).toBe('open for 30s: 45 is not back to 40')
  })

  it('says that a vanished series is absent, and which mute holds a fault back', () => {
    const set = watch([
      { when: { absentFor: '1m' }, severity: 1 },
      { when: { above: 50 }, severity: 2 },
    ])
    const { engine } = after(set, [[0, 60]], 100)
    expect(engine.explain('r', 'm')).toMatchObject({
      text: 'open for 1m 40s: no sample for 1m 40s',
      rules: [{ decides: true }, { truth: 'unknown', when: [{ truth: 'unknown', why: 'absent' }] }],
    })
    const muted = { ...one({ above: 50 }), mute: [{ when: { during: { from: '00:00', until: '01:00' } } }] }
    expect(after(muted, [[0, 60]], 5).engine.explain('r', 'm')).toMatchObject({
      muted: { during: { from: '00:00', until: '01:00' }, until: 3_600_000 },
      text: 'muted until 01:00 UTC, open for 5s: 60 is above 50',
    })
  })

  it('says which source holds a silence', () => {
    const { engine, take } = recorded([one({ absentFor: '60s' })])
    const hosts = ['a', 'b'].map((host) => series('m', { host }))
    for (const second of [0, 10])
      for (const host of hosts)
        take(engine.sample(at(second, 1, { series: host, source: 'c1' }), second * 1000))
    take(engine.advance(100_000))
    expect(engine.explain('r', hosts[0]?.key ?? '')).toMatchObject({ heldBy: 'c1' })
    expect(engine.explain('r', hosts[0]?.key ?? '')?.text).toBe(
      'not open: no sample for 1m 30s, which the fault of its source c1 tells',
    )
  })

  it('explains a group by its own key and by that of a member', () => {
    const set: RuleSetInput = {
      id: 'r',
      select: '__name:m',
      by: ['dc'],
      rules: [{ when: { some: 2, members: { above: 80 } }, severity: 1 }],
    }
    const { engine, sample } = recorded([set])
    const [a, b] = ['a', 'b'].map((host) => series('m', { host, dc: 'x' }))
    if (a === undefined || b === undefined) throw new TypeError('two')
    sample(at(0, 90, { series: a }))
    sample(at(1, 3, { series: b }))
    const expected = 'not open: 1 of 2 members above 80, 2 needed'
    expect(engine.explain('r', a.key)?.text).toBe(expected)
    expect(engine.explain('r', series('m', { dc: 'x' }).key)?.text).toBe(expected)
    expect(engine.explain('r', 'other')).toBeUndefined()
    expect(engine.explain('none', a.key)).toBeUndefined()
  })

  it('changes nothing, and is plain JSON', () => {
    const set = watch([
      { when: { changed: true }, severity: 1, for: '10s' },
      { when: { of: { max: '1m' }, above: 50, until: 40 }, severity: 2, keep: '20s' },
      { when: { absentFor: '40s' }, severity: 3 },
    ])
    const run = (looks: boolean): unknown => {
      const { engine, sample, advance, told } = recorded([set])
      for (const [index, value] of [1, 60, Infinity, 45, 45, 30, 3].entries()) {
        sample(at(index * 9, value))
        if (looks) {
          const explained = engine.explain('r', 'm')
          expect(JSON.parse(JSON.stringify(explained))).toEqual(explained)
          const page = engine.explore()
          expect(JSON.parse(JSON.stringify(page))).toEqual(page)
        }
      }
      advance(300)
      return told
    }
    expect(run(true)).toEqual(run(false))
  })
})

describe('why a fault was open, or not, at a past moment', () => {
  const history = Array.from({ length: 60 }, (_, index) => at(index * 10, index < 30 ? 60 : 20))
  const set = one({ of: { average: '1m' }, above: 50 }, { for: '1m', keep: '30s' })

  it('says the same as the engine did then', async () => {
    for (const moment of [0, 5, 30, 59, 60, 69, 70, 71, 200, 320, 345, 400, 590, 2000]) {
      const engine = createFaultEngine([set])
      for (const sample of history.filter(({ time }) => time <= moment * 1000))
        engine.sample(sample, sample.time)
      engine.advance(moment * 1000)
      const then = engine.explain('r', 'm')
      expect(then).toBeDefined()
      expect(await explainAt(history, [set], { ruleSet: 'r', series: 'm', at: moment * 1000 })).toEqual(then)
    }
  })

  it('reads no further than that moment', async () => {
    let read = 0
    async function* source(): AsyncGenerator<FaultInput> {
      for (const sample of history) {
        read += 1
        yield await Promise.resolve(sample)
      }
    }
    const why = await explainAt(source(), [set], { ruleSet: 'r', series: series('m'), at: 95_000 })
    expect(why?.text).toBe('open for 35s: average 60 over 1m is above 50')
    expect(read).toBe(11)
  })

  it('knows nothing of a sample that came later', async () => {
    const late = [at(0, 60), at(5, 60, { receivedAt: 9000 })]
    const why = await explainAt(late, [one({ above: 50 })], { ruleSet: 'r', series: 'm', at: 7000 })
    expect(why?.sampleTime).toBe(0)
  })

  it('refuses a rule set that is none, and a moment that is none', async () => {
    const asked = { ruleSet: 'x', series: 'm', at: 0 }
    await expect(explainAt([], [set], asked)).rejects.toMatchObject({ code: 'FAULT_BAD_OPTION' })
    await expect(explainAt([], [set], { ...asked, ruleSet: 'r', at: NaN })).rejects.toMatchObject({
      code: 'FAULT_BAD_OPTION',
    })
    expect(await explainAt([], [set], { ...asked, ruleSet: 'r' })).toBeUndefined()
  })
})
