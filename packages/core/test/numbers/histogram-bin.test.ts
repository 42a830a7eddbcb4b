import { describe, expect, it } from 'vitest'

import { histogramBin } from '../../src/index.ts'

// Vectors of libcircllhist.
const vectors: readonly (readonly [number, number, number])[] = [
  [1, 10, 0],
  [2, 20, 0],
  [9.99, 99, 0],
  [10, 10, 1],
  [99.9, 99, 1],
  [99.99999999999999, 10, 2],
  [100, 10, 2],
  [0.9999999999999999, 10, 0],
  [-0.9999999999999999, -10, 0],
  [123.3, 12, 2],
  [0.1, 10, -1],
  [0.11, 11, -1],
  [0.29, 29, -1],
  [0.57, 57, -1],
  [0.3201, 32, -1],
  [0.0035, 35, -3],
  [7e-9, 70, -9],
  [1e23, 10, 23],
  [1234567890, 12, 9],
  [-1, -10, 0],
  [-0.00123, -12, -3],
  [-987324, -98, 5],
  [1e127, 10, 127],
  [9.999e127, 99, 127],
  [1e-128, 10, -128],
  [1.1e-128, 11, -128],
  [9.9999e-129, 0, 0],
  [5e-324, 0, 0],
  [0, 0, 0],
  [-0, 0, 0],
]

describe('histogramBin()', () => {
  it.each(vectors)('puts %d into the bin %d, %d', (number, value, exponent) => {
    expect(histogramBin(number)).toEqual({ value, exponent })
  })

  it('has no bin for what is not finite or beyond all bins', () => {
    for (const number of [NaN, Infinity, -Infinity, 1e128, -1e200])
      expect(histogramBin(number)).toBeUndefined()
  })

  it('has no bin for a number whose logarithm is rounded up to the power of ten that it does not reach', () => {
    expect(histogramBin(9.999999999999899e64)).toBeUndefined()
    expect(histogramBin(-9.999999999999899e64)).toBeUndefined()
    expect(histogramBin(9.99999999999e64)).toEqual({ value: 99, exponent: 64 })
  })

  it('puts the lower edge of each bin into that bin', () => {
    for (let exponent = -128; exponent <= 127; exponent += 1) {
      for (let value = 10; value < 100; value += 1) {
        const edge = Number(`${value}e${exponent - 1}`)
        expect(histogramBin(edge)).toEqual({ value, exponent })
      }
    }
  })
})
