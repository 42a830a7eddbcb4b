import { createWindowEngine, foldRollups, rollupValue, series } from '@tocsin/rollup/engine'
import type { Rollup, RollupValue } from '@tocsin/rollup/engine'

import { arrow, box, curve, dot, label, line, picture } from './svg.ts'

/** The windows of a minute of these samples, by the package's own engine. */
function minutesOf(samples: readonly (readonly [time: number, value: number])[]): readonly Rollup[] {
  const engine = createWindowEngine({ windows: ['1m'], maxDisorderMs: 120_000 }, (reason) => {
    throw new Error(reason)
  })
  const load = series('load')
  const updates = samples.flatMap(([time, value]) =>
    engine.add({ series: load, time, value, kind: 'gauge' }, time),
  )
  return [...updates, ...engine.end()].map(({ aggregate }) => aggregate)
}

const number = (rollup: Rollup, value: RollupValue): number => Number(rollupValue(rollup, value))

/** Event time to the right, arrival downwards: one sample comes when its window is over. */
function windows(): string {
  const samples = [
    [5, 4],
    [22, 6],
    [48, 5],
    [66, 7],
    [85, 9],
    [104, 8],
    [36, 13],
    [128, 6],
    [150, 5],
  ] as const
  const [left, top, perSecond, step] = [90, 60, 3.4, 24]
  const x = (second: number): number => left + second * perSecond
  const y = (index: number): number => top + 22 + index * step
  const bottom = y(samples.length)
  const rollups = minutesOf(samples.map(([second, value]) => [second * 1000, value] as const))
  const parts = [
    label(left, 22, 'event time →', 'small'),
    label(12, top + 22, 'arrival ↓', 'small'),
    ...rollups.flatMap((rollup, index) => [
      box(x(index * 60) + 3, top - 10, 60 * perSecond - 6, bottom - top + 10),
      label(x(index * 60 + 30), top - 18, `12:0${index} to 12:0${index + 1}`, 'small', 'middle'),
      box(x(index * 60) + 3, bottom + 16, 60 * perSecond - 6, 58, 'kept'),
      label(x(index * 60) + 12, bottom + 38, `count ${rollup.count}, average ${number(rollup, 'average')}`),
      label(x(index * 60) + 12, bottom + 60, `min ${number(rollup, 'min')}, max ${number(rollup, 'max')}`),
    ]),
    ...samples.flatMap(([second, value], index) => {
      const isLate = samples.slice(0, index).some(([before]) => before > second)
      const words = isLate ? `${value}, late` : String(value)
      return [dot(x(second), y(index), isLate ? 'late' : 'dot'), label(x(second) + 8, y(index) + 4, words)]
    }),
    arrow(x(36), y(6) + 8, x(36), bottom + 13, 'lateway'),
  ]
  const title =
    'Nine samples in three windows of a minute; the one that came late is counted in the window of its own time'
  return picture(720, bottom + 86, title, parts)
}

/** The same hour in windows of four lengths: each is a fold of the minutes. */
function levels(): string {
  // A walk that turns at whole steps, the same each time.
  let at = 40
  const samples = Array.from({ length: 360 }, (_, index) => {
    at += (((index * 7919) % 101) - 50) / 10 + Math.sin(index / 20) * 1.5
    at = Math.min(90, Math.max(10, at))
    return [index * 10_000, Math.round(at * 10) / 10] as const
  })
  const minutes = minutesOf(samples)
  const [left, width, height, gap] = [120, 580, 78, 14]
  const rows = [1, 5, 30, 60].map((size, row) => {
    const top = 10 + row * (height + gap)
    const y = (value: number): number => top + height - (value / 100) * height
    const slot = (width * size) / minutes.length
    const folds = Array.from({ length: minutes.length / size }, (_, index) =>
      foldRollups(minutes.slice(index * size, (index + 1) * size)),
    )
    const drawn = folds.flatMap((fold, index) => {
      if (fold === undefined) return []
      const [x, min, max, average] = [
        left + index * slot,
        number(fold, 'min'),
        number(fold, 'max'),
        number(fold, 'average'),
      ]
      const inset = size === 1 ? 0.5 : 1.5
      const band = `<rect x="${(x + inset).toFixed(1)}" y="${y(max).toFixed(1)}" width="${(slot - 2 * inset).toFixed(1)}" height="${(y(min) - y(max)).toFixed(1)}" class="band"/>`
      return [
        band,
        curve(
          [
            [x + inset, y(average)],
            [x + slot - inset, y(average)],
          ],
          'middle',
        ),
      ]
    })
    const name = size === 60 ? '1h' : `${size}m`
    return [
      label(12, top + height / 2, name, 'strong'),
      label(12, top + height / 2 + 17, `${folds.length} window${folds.length === 1 ? '' : 's'}`, 'small'),
      line(left, top + height, left + width, top + height, 'faint'),
      ...drawn,
    ]
  })
  const bottom = 10 + 4 * (height + gap)
  const foot = label(
    left,
    bottom + 8,
    'band: min to max, line: average; each longer window is a fold of the minutes',
    'small',
  )
  return picture(720, bottom + 20, 'One hour in windows of 1, 5 and 30 minutes and of 1 hour', [
    ...rows.flat(),
    foot,
  ])
}

/** Doubles next to 0.3, and where two sums of 0.1 and 0.2 end. */
function exact(): string {
  const step = 2 ** -54
  const [left, perStep, middle] = [110, 250, 96]
  const doubles = [-1, 0, 1].map((index) => 0.3 + index * step)
  const x = (value: number): number => left + perStep + ((value - 0.3) / step) * perStep
  const [sum] = minutesOf([
    [0, 0.1],
    [1, 0.2],
  ])
  const kept = sum === undefined ? NaN : number(sum, 'sum')
  const parts = [
    line(40, middle, 680, middle),
    ...doubles.flatMap((value) => [
      line(x(value), middle - 7, x(value), middle + 7),
      label(x(value), middle + 26, String(value), '', 'middle'),
    ]),
    label(40, middle + 52, 'Three doubles that are next to each other: there is none between.', 'small'),
    dot(x(0.1 + 0.2), middle, 'late'),
    arrow(x(0.1 + 0.2), 50, x(0.1 + 0.2), middle - 10),
    label(x(0.1 + 0.2), 38, '0.1 + 0.2 in doubles', '', 'middle'),
    dot(x(kept), middle),
    arrow(x(kept), 50, x(kept), middle - 10),
    label(x(kept), 38, '0.1 + 0.2 in a window', 'strong', 'middle'),
  ]
  return picture(720, 162, `0.1 + 0.2 is ${0.1 + 0.2} in doubles and ${kept} in a window`, parts)
}

/** Where a sample is on its way, and how long. */
function folder(): string {
  const parts = [
    label(20, 28, 'samples', 'strong'),
    arrow(82, 24, 128, 24),
    box(132, 8, 560, 34, 'kept'),
    label(144, 30, 'log: every sample as it came, on the disk before write() resolves', ''),
    label(600, 30, 'for 1 hour', 'small'),
    arrow(212, 44, 212, 74),
    box(132, 78, 270, 52),
    label(144, 100, 'open windows: sums of each series'),
    label(144, 119, 'in memory, made again from the log', 'small'),
    arrow(404, 104, 428, 104),
    box(432, 78, 260, 52),
    label(444, 100, 'closed windows: rows'),
    label(444, 119, 'in memory, up to flushBytes', 'small'),
    arrow(562, 132, 562, 162),
    label(572, 152, 'flush: one rename', 'small'),
    box(432, 166, 260, 40, 'kept'),
    label(444, 191, 'segment: minutes, as they closed'),
    arrow(430, 186, 406, 186),
    label(132, 162, 'a day is over, and its log is gone', 'small'),
    box(132, 166, 270, 40, 'kept'),
    label(144, 191, 'day: minutes, and longer windows'),
    arrow(262, 208, 262, 238),
    box(132, 242, 270, 40, 'kept'),
    label(144, 267, '32 days in one file, for good'),
    label(432, 267, 'blue: on the disk; the rest is derived', 'small'),
    curve(
      [
        [150, 44],
        [110, 60],
        [110, 104],
      ],
      'lateway',
    ),
    arrow(110, 104, 130, 104, 'lateway'),
    label(12, 82, 'a late sample:', 'small'),
    label(12, 98, 'its minute again', 'small'),
    label(12, 114, 'from the log', 'small'),
  ]
  return picture(
    720,
    296,
    'The way of a sample: log, open window, closed window, segment, day, 32 days',
    parts,
  )
}

/** The pictures of docs/guides/rollup.md, by the names of their files. */
export const rollupPictures: Readonly<Record<string, () => string>> = {
  'rollup-windows.svg': windows,
  'rollup-levels.svg': levels,
  'rollup-exact.svg': exact,
  'rollup-folder.svg': folder,
}
