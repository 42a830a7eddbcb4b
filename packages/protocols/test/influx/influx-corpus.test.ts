import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { seriesOfPairs, type Sample } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import { createInfluxParser } from '../../src/influx/influx-parser.ts'
import { type InfluxPrecision, precisionOf } from '../../src/influx/influx-time.ts'
import type { ParseProblem } from '../../src/source/problem.ts'

const corpora = process.env['TOCSIN_CORPORA'] ?? join(import.meta.dirname, '../../../../../shared/data')
const file = join(corpora, 'line-protocol/corpus.json')

type Text = string | { readonly binary: string }
type Field = Readonly<Record<'float' | 'int' | 'uint' | 'bool' | 'string', unknown>>

interface Point {
  readonly time: string
  readonly name: Text
  readonly tags: readonly { readonly key: Text; readonly value: Text }[]
  readonly fields: readonly { readonly key: Text; readonly value: Partial<Field> }[]
}

interface Decoding {
  readonly input: { readonly text: Text; readonly defaultTime: string; readonly precision: string }
  readonly output: { readonly result?: readonly Point[]; readonly error?: string }
}

/** Whole numbers beyond 2^53 stand in it; as texts they keep their digits. */
const readCorpus = (): readonly Decoding[] => {
  const text = readFileSync(file, 'utf8').replaceAll(
    /("(?:[^"\\]|\\.)*")|(-?\d{16,})(?![\d.eE])/g,
    (_, string, digits) => (digits === undefined ? String(string) : `"${String(digits)}"`),
  )
  const { decode } = JSON.parse(text) as { readonly decode: Readonly<Record<string, Decoding>> }
  return Object.values(decode)
}

const bytesOf = (text: Text): Buffer =>
  typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.binary, 'base64')
const textOf = (text: Text): string => bytesOf(text).toString('utf8')

/** Nanoseconds as ms, to the nearest microsecond, half away from zero. */
function msOf(nanoseconds: string): number {
  const ns = BigInt(nanoseconds)
  const magnitude = ns < 0n ? -ns : ns
  const micros = Number((magnitude + 500n) / 1000n)
  return (ns < 0n ? 0 - micros : micros) / 1000
}

/** What is to come of a field, by the corpus and by what a series may be. */
function expected({ name, tags, fields, time }: Point): readonly unknown[] {
  return fields.map(({ key, value }) => {
    const field = textOf(key)
    const series = seriesOfPairs(
      field === 'value' ? textOf(name) : `${textOf(name)}.${field}`,
      tags.map((tag) => [textOf(tag.key), textOf(tag.value)] as const),
    )
    if (!series.ok) return 'bad-name'
    const [type, given] = Object.entries(value)[0] as [keyof Field, unknown]
    const at = msOf(time)
    const base = [series.value.key, at]
    if (type === 'string') return [...base, 'text', textOf(given as Text), undefined]
    if (type === 'bool') return [...base, 'gauge', given === true ? 1 : 0, undefined]
    if (type === 'float') return [...base, 'gauge', Number(given), undefined]
    const exact = BigInt(given as string)
    return [...base, 'gauge', Number(exact), exact > 2n ** 53n || exact < -(2n ** 53n) ? exact : undefined]
  })
}

const brief = ({ series, time, kind, value, exact }: Sample): unknown => [
  series.key,
  time,
  kind,
  value,
  exact,
]

describe.skipIf(!existsSync(file))('the corpus of influxdata/line-protocol', () => {
  const cases = existsSync(file) ? readCorpus() : []

  it(`is decoded as it says: ${cases.length} cases`, () => {
    const wrong: unknown[] = []
    for (const { input, output } of cases) {
      const samples: Sample[] = []
      const problems: ParseProblem[] = []
      const bytes = bytesOf(input.text)
      createInfluxParser({ precision: precisionOf(input.precision.slice(1)) as InfluxPrecision }).parse(
        bytes,
        msOf(input.defaultTime),
        { sample: (sample) => samples.push(sample), problem: (problem) => problems.push(problem) },
      )
      const { result } = output
      const isRight =
        result === undefined
          ? problems.length > 0
          : problems.length === 0 &&
            JSON.stringify(samples.map(brief), bigints) === JSON.stringify(result.flatMap(expected), bigints)
      if (!isRight) wrong.push([bytes.toString(), output, samples.map(brief), problems])
    }
    expect(wrong).toEqual([])
    expect(cases.length).toBeGreaterThan(3000)
  })
})

const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)
