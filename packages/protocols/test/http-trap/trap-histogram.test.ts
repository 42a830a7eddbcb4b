import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { histogramBin } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { collectBody } from '../collect.ts'

const corpora = process.env['TOCSIN_CORPORA'] ?? join(import.meta.dirname, '../../../../../shared/data')
const vectors = join(corpora, 'openhistogram-vectors.json')

const read = (leaf: string) => {
  const { samples, problems } = collectBody(createHttpTrapParser(), `{"a":${leaf}}`)
  return {
    bins: samples.map(({ kind, value }) =>
      kind === 'histogram'
        ? value.bins.map((bin) => `${bin.value}e${bin.exponent}=${bin.count}`).join(' ')
        : kind,
    ),
    problems: problems.map(({ reason }) => reason),
  }
}

// As reconnoiter's own test has them (test/busted/checks_data/httptrap): 1, 2 and 3 once, 4 120 times.
const base64 = 'AAQKAAABFAAAAR4AAAEoAAB4'
const once = '10e0=1 20e0=1 30e0=1 40e0=120'

describe('a histogram', () => {
  it.each([
    ['bins and numbers', '["H[4]=120",3,2,1]', once],
    ['base64', `"${base64}"`, once],
    ['base64 with escaped slashes', '"AAEKAAD\\/"', '10e0=255'],
    ['all of them together', `["H[4]=120",3,2,1,"${base64}"]`, '10e0=2 20e0=2 30e0=2 40e0=240'],
    ['numbers as text and booleans', '["1"," 1.04 ",true,false,null]', '0e0=1 10e0=3'],
    [
      'negative numbers and powers',
      '[-0.5,"H[-2.5e-3]=7","H[.5]=0","H[1e+2]=1"]',
      '-50e-1=1 -25e-3=7 10e2=1',
    ],
    ['one number', '5', '50e0=1'],
    ['none', '"AAA="', ''],
  ])('is taken from %s', (_, value, bins) => {
    for (const type of ['h', 'H'])
      expect(read(`{"_type":"${type}","_value":${value}}`)).toEqual({ bins: [bins], problems: [] })
  })

  it.each([
    ['a word', '"x"'],
    ['a bin without count', '"H[4]="'],
    ['a hexadecimal bin', '"H[0x4]=1"'],
    ['a negative count', '"H[4]=-1"'],
    ['more than a double counts', '["H[4]=9007199254740991",4]'],
    ['a number beyond all bins', '1e200'],
    ['base64 that ends early', '"AAQKAAABFAAA"'],
    ['base64 with more behind it', '"AAEKAAABAAAA"'],
    ['base64 with a bin that there is not', '"AAEFAAAB"'],
    ['base64 of another alphabet', '"AAEKAA-B"'],
    ['base64 whose padding is inside', '"AA=KAAAB"'],
    ['a list with one bad element', '[1,"x"]'],
  ])('is left out whole, with a problem: %s', (_, value) => {
    expect(read(`{"_type":"h","_value":${value}}`)).toEqual({ bins: [], problems: ['bad-value'] })
  })

  it('is taken without the measurements that were no numbers, which a problem says', () => {
    expect(read('{"_type":"h","_value":"AAL/AAAECgAAAQ=="}')).toEqual({
      bins: ['10e0=1'],
      problems: ['bad-value'],
    })
  })

  it('has its time and tags as other values have', () => {
    const { samples } = collectBody(
      createHttpTrapParser(),
      `{"a":{"_type":"h","_value":"${base64}","_ts":5,"_tags":["x:y"],"_fl":"+"}}`,
    )
    expect(samples[0]).toMatchObject({ kind: 'histogram', time: 5, series: { key: 'a|ST[x:y]' } })
  })

  it('counts each number in its bin, in the order of the bins', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (numbers) => {
          const counts = new Map<string, { edge: number; count: number }>()
          for (const number of numbers) {
            const { value, exponent } = histogramBin(number) ?? { value: 0, exponent: 0 }
            const name = `${value}e${exponent}`
            const edge = Number(`${value}e${exponent}`)
            counts.set(name, { edge, count: (counts.get(name)?.count ?? 0) + 1 })
          }
          const sorted = [...counts].sort(([, one], [, other]) => one.edge - other.edge)
          expect(read(`{"_type":"h","_value":${JSON.stringify(numbers)}}`).bins).toEqual([
            sorted.map(([name, { count }]) => `${name}=${count}`).join(' '),
          ])
        },
      ),
    )
  })

  it.skipIf(!existsSync(vectors))('is that of libcircllhist, by its base64', () => {
    const { histograms } = JSON.parse(readFileSync(vectors, 'utf8')) as {
      histograms: { name: string; insert: [number | string, string][]; b64: string }[]
    }
    for (const { name, insert, b64 } of histograms) {
      // The library cuts this count on writing.
      if (name.includes('REFERENCE BUG')) continue
      const bins = insert
        .filter(([value]) => typeof value === 'number' && histogramBin(value) !== undefined)
        .map(([value, count]) => `"H[${value}]=${count}"`)
      const [serialized] = read(`{"_type":"h","_value":"${b64}"}`).bins
      const expected = bins.length === 0 ? '' : read(`{"_type":"h","_value":[${bins.join()}]}`).bins[0]
      expect([name, serialized]).toEqual([name, expected])
    }
  })
})
