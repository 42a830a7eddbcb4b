import type { Sample } from '@tocsin/core'
import fc from 'fast-check'
import { from } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { series } from '../../src/index.ts'
import { guessTypes, type GuessTypesOptions } from '../../src/operators/index.ts'

const text = (value: string, metric = 'm'): Sample => ({
  series: series(metric),
  time: 0,
  value,
  kind: 'text',
})
const gauge = (value: number, metric: string): Sample => ({
  series: series(metric),
  time: 0,
  value,
  kind: 'gauge',
})

function guessed(samples: readonly Sample[], options?: GuessTypesOptions): readonly Sample[] {
  const seen: Sample[] = []
  from(samples)
    .pipe(guessTypes(options))
    .subscribe((sample) => seen.push(sample))
  return seen
}

describe('guessTypes', () => {
  it.each([
    ['42', 42],
    [' -1.5 ', -1.5],
    ['+.5e3', 500],
    ['7.', 7],
  ])('makes a gauge of %j', (value, number) => {
    expect(guessed([text(value)])).toMatchObject([{ kind: 'gauge', value: number }])
  })

  it.each([
    '',
    ' ',
    'x',
    '0x10',
    'inf',
    'NaN',
    '1e999',
    '1 2',
    '1,5',
    '1_000',
    '--1',
    '.',
    'e5',
    '9'.repeat(200),
  ])('leaves %j a text', (value) => {
    const sample = text(value)
    expect(guessed([sample])[0]).toBe(sample)
  })

  it('keeps all digits of whole numbers beyond 2^53', () => {
    expect(guessed([text('+18446744073709551614')])).toMatchObject([
      { kind: 'gauge', value: 18446744073709552000, exact: 18446744073709551614n },
    ])
  })

  it('takes for a number what Number and the grammar take for one, whatever the text', () => {
    const parts = fc.constantFrom('1', '0', '9', '.', 'e', 'E', '+', '-', ' ', 'x', 'Infinity', '_', '\n')
    fc.assert(
      fc.property(
        fc.array(parts, { maxLength: 8 }).map((all) => all.join('')),
        (value) => {
          const isNumber = /\d/.test(value) && !/[xI_\n]/.test(value) && Number.isFinite(Number(value))
          expect(guessed([text(value)])[0]?.kind).toBe(isNumber ? 'gauge' : 'text')
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('makes counters by the end of the name where told, and of nothing that is negative', () => {
    const samples = [
      gauge(1, 'a_total'),
      gauge(-1, 'a_total'),
      gauge(1, 'a_totals'),
      text('3', 'b_total'),
      text('x', 'b_total'),
    ]
    expect(guessed(samples, { counterSuffixes: ['_total'] }).map(({ kind }) => kind)).toEqual([
      ...['counter', 'gauge', 'gauge', 'counter', 'text'],
    ])
    expect(guessed(samples).map(({ kind }) => kind)).toEqual(['gauge', 'gauge', 'gauge', 'gauge', 'text'])
    expect(guessed([text('3')], { numbers: false })[0]?.kind).toBe('text')
  })

  it('refuses wrong options at the call', () => {
    expect(() => guessTypes({ counterSuffixes: [''] })).toThrow(
      'option "counterSuffixes" must be an array of endings',
    )
    expect(() => guessTypes({ hex: true } as never)).toThrow('unknown option "hex"')
  })
})
