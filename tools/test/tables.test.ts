import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { checksBelow, checksTable, describedChecks, withTables } from '../tables/checks.ts'
import { checksGuide, checksGuideOf } from '../tables/guide.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')
const folder = 'packages/protocols/src/checks'
const all = checksBelow(`${root}${folder}`)

describe('the guide of checks', () => {
  it('has the tables that node tools/tables.mjs writes', async () => {
    expect(read(checksGuide)).toBe(await checksGuideOf(root))
  })

  it('names each check that the package offers', () => {
    const indexes = ['index.ts', 'snmp/index.ts', 'ssh/index.ts']
      .map((path) => read(`${folder}/${path}`))
      .join()
    const offered = [...indexes.matchAll(/\b([a-z]\w*Check)\b/g)].map(([, name]) => name)
    expect(all.map(({ name }) => name)).toEqual([...new Set(offered)].sort())
  })

  it.each(all.map((check) => [check.name, check] as const))(
    'says what %s measures',
    (_, { what, metrics }) => {
      expect(what).toMatch(/\.$/)
      expect(metrics).toMatch(/^Metrics( \(gauges\))?: .{20}/)
    },
  )

  it('names the metrics of a connection that there are', () => {
    const section = read(checksGuide).split('### Of the connection')[1]?.split('\n## ')[0] ?? ''
    const named = [...section.matchAll(/`((?:tt|tls|cert)_\w+|phase_ms)`/g)].map(([, name = '']) => name)
    const sources = ['certificate', 'phases'].map((name) => read(`${folder}/exchange/${name}.ts`)).join()
    const there = [...sources.matchAll(/'((?:tt|tls|cert)_\w+|phase_ms)'/g)].map(([, name = '']) => name)
    expect([...new Set(named)].sort()).toEqual([...new Set(there)].sort())
  })
})

describe('the table of checks', () => {
  it('takes the first sentence and the paragraph of metrics of a comment', () => {
    const text = `
/** Not this. */
export function other(): void
/**
 * A check of a lamp, e.g. of a street. It looks.
 *
 * Metrics: \`lit\` (gauge, 0 | 1), and
 * those of the connection, see \`converse\`.
 *
 * The state is bad where it is dark.
 */
export function lampCheck(options: Options): Check {`
    const checks = describedChecks(text)
    expect(checks).toMatchObject([{ name: 'lampCheck', what: 'A check of a lamp, e.g. of a street.' }])
    expect(checksTable(checks).split('\n')[2]).toBe(
      '| `lampCheck` | of a lamp, e.g. of a street. | `lit` (gauge, 0 \\| 1), and [those of the connection](#of-the-connection). |',
    )
  })

  it('stands between its comments, and misses a page that has none', () => {
    const page = 'a\n\n<!-- t: by x -->\n\nold\n\n<!-- end of t -->\n\nb\n'
    expect(withTables(page, { t: '| $& |' })).toBe(
      'a\n\n<!-- t: by x -->\n\n| $& |\n\n<!-- end of t -->\n\nb\n',
    )
    expect(() => withTables(page, { u: '' })).toThrow('no place for the table "u"')
  })
})
