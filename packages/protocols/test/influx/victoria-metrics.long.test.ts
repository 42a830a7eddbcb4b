import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createInfluxParser } from '../../src/influx/influx-parser.ts'
import { collect } from '../collect.ts'
import { needProgram } from '../programs.ts'
import { startDaemon, temporaryFolder } from '../graphite/daemon.ts'
import { freePort } from '../sockets.ts'

/** Each line has a second of its own, by which what became of it is found. */
const firstSecond = 1_700_000_000
const total = 5000

const plain = fc.stringMatching(/^[a-zA-Z0-9_é.:/-]{1,8}$/)
const mark = fc.constantFrom('\\ ', '\\,', 'x')
const name = fc.tuple(fc.constantFrom('m', 'cpu', '__proto__'), mark, plain).map((parts) => parts.join(''))
const key = fc
  .tuple(fc.constantFrom('k', 'host', 'constructor'), fc.constantFrom('\\ ', '\\,', '\\=', ''), plain)
  .map((parts) => parts.join(''))
const tags = fc
  .uniqueArray(
    fc.tuple(
      key,
      fc.tuple(mark, plain).map((parts) => parts.join('')),
    ),
    {
      maxLength: 3,
      selector: ([category]) => category,
    },
  )
  .map((pairs) => pairs.map(([category, to]) => `,${category}=${to}`).join(''))
// Twelve digits, since it rounds what it stores.
const value = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.nat(999_999),
      fc.constantFrom('', '.5', '.062', 'e3', 'e-4', 'E2', '.75e+1', 'i'),
    )
    .map((parts) => parts.join('')),
  fc.nat(999_999).map((whole) => `${whole}u`),
  fc.constantFrom('t', 'T', 'true', 'True', 'TRUE', 'f', 'F', 'false', 'False', 'FALSE'),
)
const fields = fc
  .uniqueArray(fc.tuple(key, value), { minLength: 1, maxLength: 3, selector: ([field]) => field })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join(','))
const line = fc
  .tuple(name, tags, fields, fc.constantFrom('', '\r'))
  .map(([measurement, pairs, all, end]) => `${measurement}${pairs} ${all} @${end}`)

/** Where the two differ on purpose: what we make of a line, and what it stores. */
const differences: readonly (readonly [why: string, line: string, ours: string, theirs: string])[] = [
  ['the field value is the measurement itself', 'a.v value=1 @', 'a.v 1', 'a.v.value 1'],
  ['a tag comes once', 'a.dup,x=1,x=2 f=1 @', 'bad-name', 'a.dup.f x=2 1'],
  ['what is no number is refused', 'a.bad f=x @', 'bad-value', 'a.bad.f 0'],
  ['a number is finite', 'a.inf f=inf @', 'bad-value', 'a.inf.f Inf'],
  ['an empty tag is refused, as by InfluxDB', 'a.et,x= f=1 @', 'bad-name', 'a.et.f 1'],
]
/** Of these neither takes any. */
const refused = ['a.none @', 'a.open f="x @', 'a.eq =1 @']

interface Exported {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (number | string)[]
  readonly timestamps: readonly number[]
}

const described = (metric: string, labels: readonly (readonly [string, string])[], number: unknown): string =>
  [metric, ...labels.map((pair) => pair.join('=')).sort(), String(number)].join(' ')

type Found = ReadonlyMap<number, readonly string[]>

/** What it stored, by the second of each line. */
async function exported(port: number): Promise<Found> {
  const query = new URLSearchParams({ 'match[]': '{__name__!=""}', start: '0', end: String(4e9) })
  const text = await (await fetch(`http://127.0.0.1:${port}/api/v1/export?${query.toString()}`)).text()
  const found = new Map<number, string[]>()
  for (const row of text.split('\n').filter((one) => one !== '')) {
    const { metric, values, timestamps } = JSON.parse(row.replace(/\[\+?Inf\]/, '["Inf"]')) as Exported
    const { __name__ = '', ...labels } = metric
    timestamps.forEach((time, at) => {
      const second = time / 1000
      found.set(
        second,
        [...(found.get(second) ?? []), described(__name__, Object.entries(labels), values[at])].sort(),
      )
    })
  }
  return found
}

function parsed(lines: readonly string[]): Found {
  const parser = createInfluxParser({ precision: 's' })
  return new Map(
    lines.map((one, at) => {
      const { samples, problems } = collect(parser, one)
      const found = samples.map(({ series, value: number }) =>
        described(series.metric, Object.entries(series.tags), number),
      )
      return [firstSecond + at, [...found, ...problems.map(({ reason }) => reason)].sort()]
    }),
  )
}

it('VictoriaMetrics stores of random lines what we make of them, and differs where we follow InfluxDB', async (context) => {
  needProgram(context, 'victoria-metrics', 'victoria-metrics')
  const http = await freePort('tcp')
  const daemon = startDaemon('victoria-metrics', [
    ...['-storageDataPath', temporaryFolder(), '-retentionPeriod', '100y', '-loggerLevel', 'ERROR'],
    ...['-httpListenAddr', `127.0.0.1:${http}`, '-influxMeasurementFieldSeparator', '.'],
  ])
  const random = fc.sample(line, total)
  const lines = [...random, ...differences.map(([, one]) => one), ...refused].map((one, at) =>
    one.replace('@', String(firstSecond + at)),
  )
  const isThere = async (): Promise<void> => {
    while (
      !(await fetch(`http://127.0.0.1:${http}/health`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await Promise.race([isThere(), daemon.failed])
  // One for each: what it refuses of one body must not touch the others.
  for (const body of [lines.slice(0, total).join('\n'), ...lines.slice(total)])
    await fetch(`http://127.0.0.1:${http}/write?precision=s`, { method: 'POST', body })
  const ours = parsed(lines)
  const isOurs = (found: Found): boolean => random.every((_, at) => found.has(firstSecond + at))
  let stored = await exported(http)
  // What it took is to be seen a moment later; the limit of the test ends what never is.
  while (!isOurs(stored)) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    stored = await exported(http)
  }
  for (const [at, one] of random.entries())
    expect([one, ours.get(firstSecond + at)]).toEqual([one, stored.get(firstSecond + at)])
  for (const [at, [why, , own, theirs]] of differences.entries()) {
    const second = firstSecond + total + at
    expect([why, ours.get(second), stored.get(second) ?? []]).toEqual([why, [own], [theirs]])
  }
  for (const [at, one] of refused.entries()) {
    const second = firstSecond + total + differences.length + at
    expect([one, stored.get(second)]).toEqual([one, undefined])
    expect(ours.get(second)).toEqual([expect.stringMatching(/^(malformed|bad-\w+)$/)])
  }
})
