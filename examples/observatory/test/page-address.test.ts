import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/controls/address.js'

interface View {
  readonly zone: 'utc' | 'local'
  readonly minutes: number
  readonly zoom: { readonly from: number; readonly to: number } | undefined
  readonly filter: string
  readonly page: number
  readonly allFaults: boolean
}

/** The functions of the page, with the types that they would have. */
const { ranges, readAddress, writeAddress } = page as {
  ranges: readonly { readonly value: number }[]
  readAddress: (search: string) => View
  writeAddress: (view: View) => string
}

const plain: View = { zone: 'utc', minutes: 60, zoom: undefined, filter: '', page: 0, allFaults: false }

const views = fc.record<View>({
  zone: fc.constantFrom('utc', 'local'),
  minutes: fc.constantFrom(...ranges.map(({ value }) => value)),
  zoom: fc.option(
    fc
      .tuple(fc.nat(2 ** 42), fc.integer({ min: 1, max: 2 ** 32 }))
      .map(([from, length]) => ({ from, to: from + length })),
    { nil: undefined },
  ),
  filter: fc.string({ unit: 'grapheme', maxLength: 200 }),
  page: fc.nat(1000),
  allFaults: fc.boolean(),
})

describe('the address of a view', () => {
  it('brings the same view again', () => {
    fc.assert(
      fc.property(views, (view) => {
        expect(readAddress(writeAddress(view))).toEqual(view)
      }),
    )
  })

  it('is empty for the plain view', () => {
    expect(writeAddress(plain)).toBe('')
    expect(readAddress('')).toEqual(plain)
  })

  it.each([
    '?minutes=61',
    '?minutes=abc',
    '?zoom=5-5',
    '?zoom=9-5',
    '?zoom=-5',
    '?zoom=1-2e3',
    '?zoom=1-99999999999999999999',
    '?zone=mars',
    '?page=-1',
    '?page=1.5',
    '?faults=some',
    '?unknown=1',
  ])('is the plain view where it says what no view is: %s', (search) => {
    expect(readAddress(search)).toEqual(plain)
  })

  it('takes at most 2,000 characters of a filter', () => {
    expect(readAddress(`?filter=${'x'.repeat(5000)}`).filter).toHaveLength(2000)
  })
})
