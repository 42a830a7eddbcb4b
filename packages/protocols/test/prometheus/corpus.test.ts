import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parsePrometheus } from '../../src/prometheus/index.ts'

const corpora = process.env['TOCSIN_CORPORA'] ?? join(import.meta.dirname, '../../../../../shared/data')
const file = join(corpora, 'openmetrics/parsers.json')

interface Corpus {
  readonly cases: Readonly<
    Record<string, { readonly metrics: string; readonly test: { readonly shouldParse: boolean } }>
  >
}

describe('the corpus of OpenMetrics', () => {
  it('is parsed where it should be, and refused where it should not', (context) => {
    if (!existsSync(file)) context.skip(`no ${file} here; TOCSIN_CORPORA says where corpora are`)
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as Corpus
    const wrong = Object.entries(cases).filter(([, { metrics, test }]) => {
      const { failure, samples } = parsePrometheus(Buffer.from(metrics), { format: 'openmetrics', time: 1 })
      if (failure !== undefined && samples.length > 0) return true
      return (failure === undefined) !== test.shouldParse
    })
    expect(wrong.map(([name]) => name)).toEqual([])
    expect(Object.keys(cases).length).toBeGreaterThan(90)
  })
})
