import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createGraphiteParser } from '../../src/graphite/graphite-parser.ts'
import { collect } from '../collect.ts'
import { freePort } from '../sockets.ts'
import { needProgram } from '../programs.ts'
import { dialDaemon, startDaemon, temporaryFolder } from './daemon.ts'

/** Each line has a second of its own, by which what became of it is found. */
const firstSecond = 1_700_000_000
const total = 5000

const word = fc.stringMatching(/^[a-zA-Z0-9_é-]{1,8}$/)
const name = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join('.'))
const tag = fc.tuple(
  fc.constantFrom('host', 'disk', 'k', '__proto__', 'été'),
  fc.stringMatching(/^[a-z0-9=.:/-]{1,8}$/),
)
const tags = fc
  .array(tag, { maxLength: 4 })
  .map((all) => all.map(([key, value]) => `;${key}=${value}`).join(''))
// Twelve digits, since it rounds what it stores.
const value = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.nat(999_999),
    fc.constantFrom('', '.5', '.062', '.000001', 'e3', 'e-4', 'E2', '.75e+1'),
  )
  .map((parts) => parts.join(''))
const blanks = fc.constantFrom(' ', ' ', '  ', '\t')
const end = fc.constantFrom('', '', '\r', ' ')
const plain = fc
  .tuple(name, tags, blanks, value, fc.constantFrom('', '', '.25'), end)
  .map(
    ([metric, pairs, gap, number, fraction, last]) => `${metric}${pairs}${gap}${number} @${fraction}${last}`,
  )

/** Where the two differ on purpose: what we make of a line, and what it stores. */
const differences: readonly (readonly [why: string, line: string, ours: string, theirs: string])[] = [
  ['carbon reads tags in braces', 'a.br{t="v"} 1 @', 'a.br t=v 1', 'a.br{t="v"} 1'],
  ['carbon refuses a tag without value', 'a.ev;x= 1 @', 'bad-name', 'a.ev 1'],
  ['carbon refuses a tag without =', 'a.nt;x 1 @', 'bad-name', 'a.nt 1'],
  ['carbon refuses ~ before a value', 'a.tilde;x=~y 1 @', 'bad-name', 'a.tilde x=~y 1'],
  ['carbon refuses ! in a key', 'a.bang;x!=y 1 @', 'bad-name', 'a.bang x!=y 1'],
  ['infinity is no measurement', 'a.inf inf @', 'bad-value', 'a.inf Inf'],
  ['carbon reads a plus sign', 'a.plus +5 @', 'a.plus 5', 'nothing'],
  ['carbon reads a fraction alone', 'a.dot .5 @', 'a.dot 0.5', 'nothing'],
  ['carbon passes over blanks before a name', ' a.lead 1 @', 'a.lead 1', 'nothing'],
  ['carbon takes any blank between parts', 'a.vt\v1\v@', 'a.vt 1', 'nothing'],
]
/** Of these neither takes any. */
const refused = [
  'a.nan nan @',
  'a.hex 0x10 @',
  'a.under 1_000 @',
  'a.bad x @',
  ';x=y 1 @',
  'a b 1 @',
  ' 1 @',
  'a.four 1 @ x',
]

interface Exported {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (number | string)[]
  readonly timestamps: readonly number[]
}

const described = (metric: string, labels: readonly (readonly [string, string])[], number: unknown): string =>
  [metric, ...labels.map((pair) => pair.join('=')).sort(), String(number)].join(' ')

/** What it stored, by the second of each line. */
async function exported(port: number): Promise<ReadonlyMap<number, string>> {
  const query = new URLSearchParams({ 'match[]': '{__name__!=""}', start: '0', end: String(4e9) })
  const text = await (await fetch(`http://127.0.0.1:${port}/api/v1/export?${query.toString()}`)).text()
  const rows = text
    .trim()
    .split('\n')
    .filter((row) => row !== '')
  return new Map(
    rows.flatMap((row) => {
      const { metric, values, timestamps } = JSON.parse(row.replace(/\[\+?Inf\]/, '["Inf"]')) as Exported
      const { __name__ = '', ...labels } = metric
      return timestamps.map(
        (time, at) => [time / 1000, described(__name__, Object.entries(labels), values[at])] as const,
      )
    }),
  )
}

function parsed(lines: readonly string[]): ReadonlyMap<number, string> {
  const parser = createGraphiteParser()
  return new Map(
    lines.map((line, at) => {
      const { samples, problems } = collect(parser, line)
      const [sample] = samples
      const found =
        sample === undefined
          ? problems.map(({ reason }) => reason).join(' ')
          : described(sample.series.metric, Object.entries(sample.series.tags), sample.value)
      return [firstSecond + at, found]
    }),
  )
}

it('VictoriaMetrics stores of random lines what we make of them, and differs where we follow carbon', async (context) => {
  needProgram(context, 'victoria-metrics', 'victoria-metrics')
  const [http, graphite] = [await freePort('tcp'), await freePort('tcp')]
  const daemon = startDaemon('victoria-metrics', [
    ...['-storageDataPath', temporaryFolder(), '-retentionPeriod', '100y', '-loggerLevel', 'ERROR'],
    ...['-httpListenAddr', `127.0.0.1:${http}`, '-graphiteListenAddr', `127.0.0.1:${graphite}`],
  ])
  const random = fc.sample(plain, total)
  const lines = [...random, ...differences.map(([, line]) => line), ...refused].map((line, at) =>
    line.replace('@', String(firstSecond + at)),
  )
  ;(await dialDaemon(graphite, daemon)).end(`${lines.join('\n')}\n`)
  const ours = parsed(lines)
  const isOurs = (stored: ReadonlyMap<number, string>): boolean =>
    random.every((_, at) => stored.get(firstSecond + at) !== undefined)
  let stored = await exported(http)
  // What it took is to be seen a moment later; the limit of the test ends what never is.
  while (!isOurs(stored)) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    stored = await exported(http)
  }
  for (const [at, line] of random.entries())
    expect([line, ours.get(firstSecond + at)]).toEqual([line, stored.get(firstSecond + at)])
  for (const [at, [why, , own, theirs]] of differences.entries()) {
    const second = firstSecond + total + at
    expect([why, ours.get(second), stored.get(second) ?? 'nothing']).toEqual([why, own, theirs])
  }
  for (const [at, line] of refused.entries()) {
    const second = firstSecond + total + differences.length + at
    expect([line, stored.get(second)]).toEqual([line, undefined])
    expect(ours.get(second)).toMatch(/^(malformed|bad-\w+)$/)
  }
})
