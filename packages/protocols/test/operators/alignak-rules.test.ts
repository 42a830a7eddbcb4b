import { series } from '@tocsin/core'
import { from } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { alignakRules, filterSamples, type AlignakRulesOptions } from '../../src/operators/index.ts'

const named = (tags: Record<string, string>, options?: AlignakRulesOptions): string | undefined => {
  let key: string | undefined
  from([{ series: series('rta_warning', tags), time: 0, value: 1, kind: 'gauge' as const }])
    .pipe(filterSamples(alignakRules(options)))
    .subscribe((sample) => (key = sample.series.key))
  return key
}

describe("Alignak's names", () => {
  it.each([
    [{ realm: 'All', host: 'web1', service: 'ping', uom: 'ms' }, undefined, 'All.web1.ping.rta_warning'],
    [{ realm: 'All.Europe', host: 'web1' }, undefined, 'All.Europe.web1.rta_warning'],
    [
      { realm: 'All', host: 'web1', service: 'ping' },
      { prefix: 'my.alignak' },
      'my.alignak.All.web1.ping.rta_warning',
    ],
    [{ realm: 'All', host: 'web1', service: 'ping' }, { realms: false }, 'web1.ping.rta_warning'],
    [{ realm: 'All', host: 'web1' }, { realms: false, prefix: 'p' }, 'p.web1.rta_warning'],
    [{ host: 'web1', service: 'ping' }, undefined, 'web1.ping.rta_warning'],
    // Alignak writes the host's own check as one without a service.
    [{ realm: 'All', host: 'web1', service: '' }, undefined, 'All.web1.rta_warning'],
    [{ realm: 'All' }, undefined, 'rta_warning|ST[realm:All]'],
  ])('of %j with %j are %s', (tags, options, name) => {
    expect(named(tags, options)).toBe(name)
  })

  it('are plain data', () => {
    const rules = alignakRules({ prefix: 'p' })
    expect(JSON.parse(JSON.stringify(rules))).toEqual(rules)
  })

  it.each([{ prefix: '' }, { prefix: 'a{b}' }, { realms: 1 as never }])('refuse %j', (options) => {
    expect(() => alignakRules(options)).toThrow('PROTOCOL_BAD_OPTION')
  })
})

describe('tags that are kept', () => {
  it('are those that a rule names, behind which its own are added', () => {
    const keys: string[] = []
    from([
      {
        series: series('cpu', { host: 'a', site: 'b', core: '1' }),
        time: 0,
        value: 1,
        kind: 'gauge' as const,
      },
    ])
      .pipe(
        filterSamples([
          { change: '*', keepTags: ['site', 'none'], addTags: { host: 'x' } },
          { allow: 'not(core:1)', rename: '{site}.{__name}', keepTags: ['host'] },
        ]),
      )
      .subscribe((sample) => keys.push(sample.series.key))
    expect(keys).toEqual(['b.cpu|ST[host:x]'])
  })
})
