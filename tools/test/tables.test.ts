import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { defaultsOf, describeChecks } from '../tables/checks-of-the-package.ts'
import { checksBelow, checksList, describedChecks, withTables } from '../tables/checks.ts'
import { commandOptions, commandOptionsOf } from '../tables/command-options.ts'
import { checksGuide, checksGuideOf } from '../tables/guide.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')
const folder = 'packages/protocols/src/checks'
const all = checksBelow(`${root}${folder}`)
const described = describeChecks(root)

describe('the guide of checks', () => {
  it('has the tables that node tools/tables.mjs writes', async () => {
    expect(read(checksGuide)).toBe(await checksGuideOf(root, described))
  })

  it('has beside it what the command knows of options, as node tools/tables.mjs writes it', async () => {
    expect(read(commandOptions)).toBe(await commandOptionsOf(root, described))
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

  it.each(Object.entries(described.checks))('says of %s the defaults that it has', (name, { options }) => {
    const defaults = defaultsOf(name)
    for (const { name: option, defaultValue = '', says } of options) {
      expect(says, option).toMatch(/\.$/)
      const literal = /^`?('[^']*'|\[('[^']*'(, )?)*\]|\d+|true|false)`?$/.exec(defaultValue)?.[1]
      if (literal === undefined || defaults[option] === undefined) continue
      expect(JSON.parse(literal.replaceAll("'", '"')), option).toEqual(defaults[option])
    }
  })

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
    const options = [
      {
        name: 'watts',
        takes: ['number'],
        defaultValue: '60',
        says: 'How many | at most.',
        declaredIn: 'LampOptions',
      },
      { name: 'host', takes: ['text'], isRequired: true, says: 'Where it is.', declaredIn: 'TargetOptions' },
    ] as const
    expect(checksList(checks, { lampCheck: options })).toBe(`<details>
<summary><code>lampCheck</code> of a lamp, e.g. of a street.</summary>

**Metrics:** \`lit\` (gauge, 0 | 1), and [those of the connection](#of-the-connection).

<!-- prettier-ignore -->
| option | default | what it says |
| --- | --- | --- |
| \`watts\` | 60 | How many \\| at most. |

</details>`)
  })

  it('stands between its comments, and misses a page that has none', () => {
    const page = 'a\n\n<!-- t: by x -->\n\nold\n\n<!-- end of t -->\n\nb\n'
    expect(withTables(page, { t: '| $& |' })).toBe(
      'a\n\n<!-- t: by x -->\n\n| $& |\n\n<!-- end of t -->\n\nb\n',
    )
    expect(() => withTables(page, { u: '' })).toThrow('no place for the table "u"')
  })
})

describe('the options of checks', () => {
  it.each([
    ['httpCheck', 'expectStatus', { takes: ['number', 'numbers'], defaultValue: '200' }],
    ['httpCheck', 'bodyMatch', { takes: ['text', 'pattern'] }],
    ['httpCheck', 'extract', { takes: ['text'], words: ['csv', 'json', 'key-values', 'promtext'] }],
    ['httpCheck', 'headers', { takes: ['record'], entries: ['text'] }],
    ['imapCheck', 'starttls', { takes: ['flag', 'object'], of: 'TlsOptions' }],
    ['imapCheck', 'port', { takes: ['number'], defaultValue: '143, with `tls` 993' }],
    ['nrpeCheck', 'version', { takes: ['number'], words: ['2', '3', '4'] }],
    ['sqlCheck', 'connect', { takes: ['code'] }],
    ['tcpCheck', 'steps', { takes: ['json'] }],
    ['tcpCheck', 'port', { isRequired: true, says: 'Its port.' }],
    ['redisCheck', 'command', { takes: ['texts'], declaredIn: 'RedisCheckOptions' }],
  ])('tell of %s that %s is what its type and its comment say', (check, name, option) => {
    const found = described.checks[check]?.options.find((one) => one.name === name)
    expect(found).toMatchObject(option)
    if ('isRequired' in option) expect(found).not.toHaveProperty('defaultValue')
  })
})
