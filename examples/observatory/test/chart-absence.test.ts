import { expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as pictures from '../page/charts/plot/picture.js'

interface View {
  readonly now: number
  readonly pauses?: readonly { readonly from: number; readonly to: number }[]
}
const { withAbsence } = pictures as { withAbsence: (view: View, fault: object) => View }

it('the chart of an absence is hatched since the last sample, also of a series of which nothing is known any more', () => {
  const absent = { judgement: { is: 'absent', sampleTime: 10 } }
  expect(withAbsence({ now: 50 }, absent).pauses).toEqual([{ from: 10, to: 50 }])
  expect(withAbsence({ now: 50, pauses: [{ from: 1, to: 2 }] }, { ...absent, endedAt: 30 }).pauses).toEqual([
    { from: 1, to: 2 },
    { from: 10, to: 30 },
  ])
  expect(withAbsence({ now: 50 }, { judgement: { is: 'above', sampleTime: 10 } }).pauses).toBeUndefined()
})
