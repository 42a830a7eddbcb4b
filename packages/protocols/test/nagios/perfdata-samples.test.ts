import { describe, expect, it } from 'vitest'

import { alignakLabel } from '../../src/nagios/alignak-label.ts'
import { parsePerfdata } from '../../src/nagios/perfdata.ts'
import { perfdataSamples, type PerfdataSamplesOptions } from '../../src/nagios/perfdata-samples.ts'

const samplesOf = (text: string, options: Partial<PerfdataSamplesOptions> = {}): readonly string[] => {
  const { samples, problems } = perfdataSamples(parsePerfdata(text).items, { time: 5000, ...options })
  for (const { time } of samples) expect(time).toBe(5000)
  return [
    ...samples.map(
      ({ series, value, kind }) =>
        `${series.key}=${JSON.stringify(value)}${kind === 'gauge' ? '' : ` ${kind}`}`,
    ),
    ...problems.map(({ reason, label }) => `! ${reason} ${label}`),
  ]
}

describe('samples of performance data', () => {
  it.each([
    [
      'a value and its thresholds',
      'load=1.5;4;6;0;8',
      ['load=1.5', 'load_warning=4', 'load_critical=6', 'load_min=0', 'load_max=8'],
    ],
    [
      'both ends of a range',
      'a=1;10:20;-5:',
      ['a=1', 'a_warning=20', 'a_warning_start=10', 'a_critical_start=-5'],
    ],
    ['a start of 0 where there is no end', 'a=1;0:;0:5', ['a=1', 'a_warning_start=0', 'a_critical=5']],
    ['no infinite end', 'a=1;~:5;~:', ['a=1', 'a_warning=5']],
    ['that it warns within', 'a=1;@2:3', ['a=1', 'a_warning=3', 'a_warning_start=2', 'a_warning_inside=1']],
    ['no value that was not determined', 'a=U;1', ['a_warning=1']],
    ['counters', 'a=5c;7', ['a=5 counter', 'a_warning=7']],
    ['units as a tag', 'a=5ms;7', ['a|ST[uom:ms]=5', 'a_warning|ST[uom:ms]=7']],
  ])('have %s', (_, text, expected) => {
    expect(samplesOf(text)).toEqual(expected)
  })

  it.each([
    ['0.298ms', 's', 0.000298],
    ['130925µs', 's', 0.130925],
    ['3ns', 's', 3e-9],
    ['2m', 's', 120],
    ['1.5h', 's', 5400],
    ['1.1KB', 'B', 1100],
    ['1.1kB', 'B', 1100],
    ['2KiB', 'B', 2048],
    ['75.48GB', 'B', 75_480_000_000],
    ['5kb', 'b', 5000],
    ['5B/s', 'B/s', 5],
    ['7%', '%', 7],
  ])('have %s in %s where base units are asked for', (text, unit, value) => {
    const { samples } = perfdataSamples(parsePerfdata(`a=${text}`).items, { time: 0, units: 'base' })
    expect([samples[0]?.value, samples[0]?.series.tags['uom']]).toEqual([value, unit])
  })

  it('have the thresholds in the same unit, and flags in none', () => {
    expect(samplesOf('a=1ms;@2:3', { units: 'base' })).toEqual([
      'a|ST[uom:s]=0.001',
      'a_warning|ST[uom:s]=0.003',
      'a_warning_start|ST[uom:s]=0.002',
      'a_warning_inside|ST[uom:s]=1',
    ])
  })

  it('have the tags that are given, and are without thresholds where that is asked for', () => {
    expect(samplesOf('a=1;2', { tags: { host: 'web1' }, thresholds: false })).toEqual(['a|ST[host:web1]=1'])
  })

  it('give no series two values, and say so', () => {
    expect(samplesOf("'C:'=1 C=2 b=3;4 b_warning=5 ':'=6", { label: alignakLabel })).toEqual([
      'C=1',
      'b=3',
      'b_warning=4',
      '! bad-name C',
      '! bad-name b_warning',
      '! bad-name :',
    ])
  })

  it('keep what is beyond 2^53', () => {
    const { samples } = perfdataSamples(parsePerfdata('a=9007199254740993c').items, { time: 0 })
    expect(samples).toMatchObject([{ kind: 'counter', exact: 9007199254740993n }])
  })

  it.each([
    [{ time: Number.NaN }],
    [{ time: 0, units: 'metric' as never }],
    [{ time: 0, tags: 5 as never }],
    [{ time: 0, label: 'x' as never }],
  ])('are refused with options that are none: %o', (options) => {
    expect(() => perfdataSamples([], options)).toThrow('PROTOCOL_BAD_OPTION')
  })
})
