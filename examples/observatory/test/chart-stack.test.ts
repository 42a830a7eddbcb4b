import { expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as machine from '../page/charts/machine.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as pictures from '../page/charts/plot/picture.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as store from '../page/charts/samples.js'
import type { MetricCard } from '../server/wire.ts'

interface Picture {
  readonly lines: readonly {
    readonly label: string
    readonly columns: { readonly values: readonly (number | null)[] }
  }[]
}
const { machineCards } = machine as {
  machineCards: (cards: readonly MetricCard[], about: object) => object[]
}
const { pictureOf } = pictures as { pictureOf: (spec: object, view: object) => Picture }
const { addRow } = store as {
  addRow: (samples: Map<string, unknown>, key: string, time: number, value: number) => void
}

const card = (metric: string): MetricCard => ({
  metric,
  drawn: 'number',
  count: 1,
  shown: [{ series: { key: metric, metric, tags: {} } }],
  thresholds: [],
})

it('the sum of the processor is what was measured, not what thinned samples of its parts add up to', () => {
  const parts = ['cpu.used_percent', 'cpu.user_percent', 'cpu.system_percent']
  const samples = new Map<string, unknown>()
  // System was 90 for a moment only, which its neighbours do not say.
  const told: readonly [number, number, number][] = [
    [1, 50, 40],
    [3, 95, 5],
    [5, 50, 40],
  ]
  for (const [time, user, system] of told) {
    addRow(samples, parts[0]!, time * 1000, user + system)
    addRow(samples, parts[1]!, time * 1000, user)
    if (time !== 3) addRow(samples, parts[2]!, time * 1000, system)
  }
  const [processor] = machineCards(parts.map(card), { host: 'h', cores: 2, isFiltered: false })
  const view = { from: 0, to: 6000, now: 6000, samples, faults: [] }
  const user = pictureOf(processor!, view).lines.find(({ label }) => label === 'user')
  expect(user!.columns.values).toEqual([90, 100, 90])
})
