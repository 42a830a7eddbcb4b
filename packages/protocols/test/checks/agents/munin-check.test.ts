import { describe, expect, it } from 'vitest'

import { muninCheck } from '../../../src/checks/agents/munin-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import {
  expectScriptedConformance,
  expectSurvival,
  measuredBy,
  serveScript,
  type Step,
} from '../scripted-server.ts'

const host = '127.0.0.1'

const hello: readonly Step[] = [
  [undefined, '# munin node at db1.test\n'],
  [/^cap multigraph dirtyconfig$/, 'cap multigraph dirtyconfig\n'],
]
const load: readonly Step[] = [
  [/^config load$/, 'graph_title Load\nload.label load\nload.info x.value 1\n.\n'],
  [/^fetch load$/, 'load.value 0.12\n.\n'],
]

describe('muninCheck', () => {
  it('asks all plugins that are listed, takes the kinds from their types, and leaves out what is unknown', async () => {
    const { port, strayed, heard } = await serveScript([
      ...hello,
      [/^list$/, 'load net \n'],
      ...load,
      [
        /^config net$/,
        'in.type COUNTER\nout.type derive\nerrors.type ABSOLUTE\nup.type GAUGE\nodd.type other\nlost.type COUNTER\n.\n',
      ],
      [
        /^fetch net$/,
        'in.value 12\nout.value -3\nerrors.value 1e3\nup.value U\nodd.value .5\nlost.value NaN\nmore.value 7\n.\n',
      ],
    ])
    const result = await runOnce(muninCheck({ host, port }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ check: `munin:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    expect(measuredBy(result)).toEqual({
      banner: '# munin node at db1.test',
      plugins: 2,
      plugins_failed: 0,
      'load`load': 0.12,
      'net`in': 'counter 12',
      'net`out': 'counter -3',
      'net`errors': 'delta 1000',
      'net`odd': 0.5,
      'net`more': 7,
    })
    await expect.poll(() => heard.at(-1)).toBe('quit')
  })

  it('takes values that come with the types, for each graph, at the time that the plugin says', async () => {
    const { port, strayed, heard } = await serveScript([
      ...hello,
      [/^list db2$/, 'diskstats\n'],
      [
        /^config diskstats$/,
        'multigraph disk_iops\nrd.type DERIVE\nrd.value 1480000000:5\nmultigraph disk_iops.sda\nrd.value 2\nrd.type COUNTER\n.\n',
      ],
    ])
    const result = await runOnce(muninCheck({ host, port, node: 'db2' }))
    expect(strayed()).toBeUndefined()
    expect(measuredBy(result)).toMatchObject({ 'disk_iops`rd': 'counter 5', 'disk_iops.sda`rd': 'counter 2' })
    const [past] = result.samples.filter(({ series }) => series.key === 'disk_iops`rd')
    expect(past?.time).toBe(1_480_000_000_000)
    expect(heard.join()).not.toContain('fetch')
  })

  it('asks the plugins that are chosen, and warns where some give no value', async () => {
    const { port, strayed, heard } = await serveScript([
      ...hello,
      ...load,
      [/^config gone$/, '# Unknown service\n.\n'],
      [/^config broken$/, '# a comment\na.type GAUGE\n.\n'],
      [/^fetch broken$/, '# Bad exit\n.\n'],
    ])
    const result = await runOnce(muninCheck({ host, port, plugins: ['load', 'gone', 'broken'] }))
    expect(strayed()).toBeUndefined()
    expect(heard).not.toContain('list')
    expect(result).toMatchObject({
      state: 'warning',
      available: 'yes',
      status: '2 of 3 plugins gave no value: "gone (Unknown service), broken (Bad exit)"',
    })
    expect(measuredBy(result)).toMatchObject({ 'load`load': 0.12, plugins: 3, plugins_failed: 2 })
  })

  it.each<readonly [string, readonly Step[], string]>([
    ['another banner', [[undefined, '220 ftp\r\n']], 'expected a munin node, got "220 ftp"'],
    ['no plugins', [...hello, [/^list$/, '\n']], 'it has no plugins'],
    ['another host', [...hello, [/^list$/, '# Unknown host\n']], 'list was answered by "# Unknown host"'],
    [
      'nothing from any plugin',
      [...hello, [/^list$/, 'load\n'], [/^config load$/, '.\n'], [/^fetch load$/, '.\n']],
      '1 of 1 plugins gave no value: "load"',
    ],
    [
      'a demand for TLS',
      [hello[0]!, [/^cap/, '# I require TLS. Closing.\n']],
      'cap was answered by "# I require TLS. Closing."',
    ],
  ])('is bad and available with %s', async (_, script, status) => {
    const { port } = await serveScript(script)
    expect(await runOnce(muninCheck({ host, port }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status,
    })
  })

  it('takes 10000 values of a plugin, and tells how many there are beyond', async () => {
    const values = Array.from({ length: 10_007 }, (_, at) => `f${at}.value ${at}\n`).join('')
    const script: readonly Step[] = [...hello, [/^config many$/, '.\n'], [/^fetch many$/, `${values}.\n`]]
    const { port } = await serveScript(script)
    const result = await runOnce(muninCheck({ host, port, plugins: ['many'] }))
    expect(result).toMatchObject({ state: 'good' })
    expect(result.status).toMatch(/^good; 7 values are beyond the 10000 of one plugin that are taken/)
  })

  it('asks for nothing where there is no STARTTLS', async () => {
    const { port, heard } = await serveScript([hello[0]!, [/^STARTTLS$/, 'TLS MAYBE\n']])
    expect(await runOnce(muninCheck({ host, port, starttls: true }))).toMatchObject({
      state: 'bad',
      status: 'STARTTLS was answered by "TLS MAYBE"',
    })
    expect(heard).toEqual(['STARTTLS'])
  })

  it('takes a node older than its capabilities', async () => {
    const { port } = await serveScript([
      hello[0]!,
      [/^cap/, '# Unknown command. Try list, nodes, config, fetch, version or quit\n'],
      ...load,
    ])
    expect(await runOnce(muninCheck({ host, port, plugins: ['load'] }))).toMatchObject({ state: 'good' })
  })

  it('keeps what it found where the time is over', async () => {
    const { port } = await serveScript([...hello, [/^list$/, 'load hanging\n'], ...load])
    const result = await runOnce(muninCheck({ host, port }), { timeoutMs: 200 })
    expect(result).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
    expect(measuredBy(result)).toMatchObject({ 'load`load': 0.12, plugins: 2 })
  })

  it('survives whatever a node does at any step', async () => {
    await expectSurvival(
      [...hello, ...load],
      (port) => muninCheck({ host, port, plugins: ['load'], maxBytes: 100_000 }),
      'no secret here',
    )
  })

  it('keeps what every check promises', async () => {
    const script = [...hello, ...load]
    await expectScriptedConformance(script, (port) => muninCheck({ host, port, plugins: ['load'] }))
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(muninCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    const wrong: readonly object[] = [
      { plugins: [] },
      { plugins: ['a b'] },
      { node: 'a\nb' },
      { starttls: 1 },
      { tls: true, starttls: true },
      { maxBytes: 1 },
    ]
    for (const options of wrong)
      expect(() => muninCheck({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(muninCheck({ host: 'a.test' }).name).toBe('munin:a.test:4949')
  })
})
