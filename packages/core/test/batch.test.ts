import { expect, it, vi } from 'vitest'

import { isBatch, takeValues } from '../src/index.ts'
import type { Batch } from '../src/index.ts'

it('a batch is told from a value that has a part of its fields', () => {
  const ack = (): void => undefined
  expect(isBatch({ values: [1], ack })).toBe(true)
  for (const value of [
    1,
    null,
    'values',
    { values: [1] },
    { ack },
    { values: 1, ack },
    { values: [1], ack: 1 },
  ]) {
    expect(isBatch<unknown>(value)).toBe(false)
  }
})

it('a batch is acknowledged when all of it is taken, and not where taking fails', () => {
  const taken: number[] = []
  const ack = vi.fn(() => taken.push(0))
  const batch: Batch<number> = { values: [1, 2], ack }
  takeValues<number>(batch, (value) => taken.push(value))
  takeValues<number>(3, (value) => taken.push(value))
  expect(taken).toEqual([1, 2, 0, 3])
  expect(() => {
    takeValues<number>(batch, () => {
      throw new Error('full')
    })
  }).toThrow('full')
  expect(ack).toHaveBeenCalledTimes(1)
})
