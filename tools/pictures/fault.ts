import { createFaultEngine, series } from '@tocsin/fault/engine'
import type { ExplainedRule, FaultEvent } from '@tocsin/fault/engine'

import { box, curve, dot, label, line, picture } from './svg.ts'

const start = Date.UTC(2026, 0, 5)
const minute = 60_000
const cpu = series('cpu.used')

/** A value each minute; of two minutes nobody knows it. */
const values = [
  ...[60, 65, 85, 88, 90, 75, NaN, NaN, 78, 66, 82, 68, 62, 60, 58, 62],
  ...[66, 84, 86, 88, 90, 91, 89, 86, 84, 72, 65, 60, 58, 60, 62, 60],
]

const rules = [
  {
    id: 'cpu',
    select: '__name:cpu.used',
    rules: [{ severity: 1, when: { above: 80, until: 70 }, for: '2m', keep: '3m' }],
    mute: [{ when: { during: { start: '2026-01-05T00:18:00Z', end: '2026-01-05T00:24:00Z' } } }],
  },
] as const

/** What the package's own engine finds: its events, and what it thinks of the rule after each minute. */
function story(): { readonly events: readonly FaultEvent[]; readonly found: readonly ExplainedRule[] } {
  const engine = createFaultEngine(rules)
  const events: FaultEvent[] = []
  const found = values.flatMap((value, index) => {
    const time = start + index * minute
    events.push(...engine.sample({ series: cpu, time, value }, time).events)
    return engine.explain('cpu', cpu.key)?.rules ?? []
  })
  return { events, found }
}

/** Neighbours that are alike, from the first to before the next. */
function stretches(words: readonly string[]): readonly { from: number; to: number; word: string }[] {
  const found: { from: number; to: number; word: string }[] = []
  for (const [index, word] of words.entries()) {
    const last = found.at(-1)
    if (last?.word === word) last.to = index + 1
    else found.push({ from: index, to: index + 1, word })
  }
  return found
}

const looks: Readonly<Record<string, string>> = {
  true: 'kept',
  firing: 'kept',
  unknown: 'band',
  ending: 'band',
}

/** The life of one rule: value, limits, what is true of it, what it does, and what is told. */
function life(): string {
  const { events, found } = story()
  const [left, width, bottom] = [110, 640, 190]
  const x = (minutes: number): number => left + (minutes / values.length) * width
  const y = (value: number): number => bottom - (value - 50) * 3.6
  const known = values.flatMap((value, index) => (Number.isNaN(value) ? [] : [[x(index), y(value)] as const]))
  const gap = values.findIndex(Number.isNaN)
  const row = (top: number, name: string, words: readonly string[]): string[] => [
    label(12, top + 17, name, 'strong'),
    ...stretches(words).flatMap(({ from, to, word }) => [
      box(x(from), top, x(to) - x(from), 26, looks[word] ?? 'box'),
      ...(to - from > 1 ? [label(x(from) + 5, top + 17, word, 'small')] : []),
    ]),
  ]
  const listTop = 366
  const parts = [
    ...[0, 5, 10, 15, 20, 25, 30].flatMap((minutes) => [
      line(x(minutes), 26, x(minutes), 330, 'faint'),
      label(x(minutes), 20, `00:${String(minutes).padStart(2, '0')}`, 'small', 'middle'),
    ]),
    label(12, y(80) + 4, 'above 80', 'strong'),
    line(left, y(80), left + width, y(80)),
    label(12, y(70) + 4, 'until 70', 'strong'),
    line(left, y(70), left + width, y(70)),
    curve(known.slice(0, gap), 'middle'),
    curve(known.slice(gap), 'middle'),
    ...row(
      206,
      'condition',
      found.map(({ truth }) => truth),
    ),
    ...row(
      242,
      'rule',
      found.map(({ phase }) => phase),
    ),
    label(12, 295, 'mute', 'strong'),
    box(x(18), 278, x(24) - x(18), 26),
    label(x(18) + 5, 295, 'muted', 'small'),
    label(12, 327, 'told', 'strong'),
    line(left, 322, left + width, 322),
    ...events.flatMap(({ time, type }, index) => [
      dot(x((time - start) / minute), 322, type === 'muted' ? 'late' : 'dot'),
      label(x((time - start) / minute), 340, String(index + 1), 'small', 'middle'),
    ]),
    ...events.flatMap(({ time, type, text }, index) => [
      label(left - 60, listTop + index * 20, String(index + 1), 'small', 'end'),
      label(left - 48, listTop + index * 20, new Date(time).toISOString().slice(11, 16), 'small'),
      label(left, listTop + index * 20, `${type}: ${text}`),
    ]),
  ]
  return picture(
    780,
    listTop + events.length * 20,
    'The life of one rule: it fires when its condition was true for two minutes, goes on through what is unknown and through a short dip, and ends after three minutes; the second opening is held back by a mute, and told when that ends',
    parts,
  )
}

/** The pictures of the guide to rules, by file name. */
export const faultPictures: Readonly<Record<string, () => string>> = { 'fault-life.svg': life }
