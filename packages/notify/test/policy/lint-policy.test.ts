import fc from 'fast-check'
import { compileTagQuery, parseTagQuery } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import type { PolicyInput } from '../../src/model/policy.ts'
import { lintPolicy } from '../../src/policy/lint-policy.ts'
import { neverSelects } from '../../src/policy/never-selects.ts'

const groups = { ops: { notifiers: ['pager'] }, boss: { notifiers: ['mail'] } }
const found = (policy: PolicyInput, notifiers?: readonly string[]): string[] =>
  lintPolicy(policy, { notifiers }).map(({ reason, path }) => `${reason} ${path}`)

describe('lintPolicy', () => {
  it('finds nothing in a policy that tells everybody of what only they are told', () => {
    const routes = [
      { group: 'ops', select: 'service:shop', severities: [1, 2], wait: { '2': '2m' } },
      { group: 'boss', select: 'service:shop' },
      { otherwise: true, group: 'ops' },
    ] as const
    expect(found({ groups, routes }, ['pager', 'mail'])).toEqual([])
  })

  it('names routes that no series can match', () => {
    const selects = [
      'and(dc:a,dc:b)',
      'and(host:web-1,not(host:web-*))',
      'and(x,not(x))',
      'not(or(a:1,not(a:1)))',
    ]
    const routes = [{ group: 'boss' }, ...selects.map((select) => ({ group: 'ops', select }))]
    expect(found({ groups, routes })).toEqual(
      selects.map((_, index) => `route-never-matches policy.routes[${index + 1}]`),
    )
  })

  it('names an otherwise route behind routes about everything, and not one about a severity that is left', () => {
    const all = [
      { group: 'ops', severities: [1, 2] },
      { group: 'ops', severities: [3, 4] },
    ]
    const boss = { otherwise: true, group: 'boss' }
    expect(
      found({
        groups,
        routes: [
          ...all,
          { ...boss, severities: [1, 4] },
          { otherwise: true, group: 'ops' },
          { group: 'boss', select: 'a:1' },
        ],
      }),
    ).toEqual(['route-never-matches policy.routes[2]'])
  })

  it('names who is told twice, and not an escalation of a shorter wait or another severity', () => {
    const select = 'service:shop'
    expect(
      found({
        groups,
        routes: [{ group: 'ops', wait: '0s' }, { group: 'boss' }, { group: 'ops', select, wait: '5m' }],
      }),
    ).toEqual(['told-twice policy.routes[2]'])
    expect(
      found({ groups, routes: [{ group: 'ops' }, { group: 'boss' }, { group: 'ops', select }] }),
    ).toEqual(['told-twice policy.routes[2]'])
    // The first may wait for longer than that: it waits for as long as the rule says.
    expect(
      found({ groups, routes: [{ group: 'ops' }, { group: 'boss' }, { group: 'ops', select, wait: '5m' }] }),
    ).toEqual([])
    expect(
      found({ groups, routes: [{ group: 'ops', wait: '5m' }, { group: 'boss' }, { group: 'ops', select }] }),
    ).toEqual([])
    expect(found({ groups, routes: [{ group: 'ops' }, { group: 'ops' }, { group: 'boss' }] })).toEqual([
      'told-twice policy.routes[1]',
    ])
  })

  it('names groups, notifiers and severities that reach nobody', () => {
    expect(found({ groups, routes: [{ group: 'ops', severities: [1, 2, 3] }] }, ['mail', 'sms'])).toEqual([
      'group-never-told policy.groups.boss',
      'severity-reaches-nobody policy.routes',
      'notifier-never-told policy.groups',
      'notifier-missing policy.groups.ops.notifiers[0]',
    ])
    expect(found({ groups, fallback: 'boss', routes: [{ group: 'ops' }] })).toEqual([])
  })

  it('refuses a policy that does not hold', () => {
    expect(() => lintPolicy({ groups, routes: [{ group: 'nobody' }] })).toThrow('policy.routes[0].group')
  })

  it('never accuses a query that selects some series', () => {
    const leaf = fc
      .tuple(
        fc.constantFrom('a', 'b', '__name', '*'),
        fc.constantFrom('1', '2', '*', '/1|2/', '?'),
        fc.boolean(),
      )
      .map(([category, value, isBare]) => (isBare ? category : `${category}:${value}`))
    const { query } = fc.letrec<{ query: string }>((tie) => ({
      query: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        leaf,
        tie('query').map((part) => `not(${part})`),
        fc
          .tuple(fc.constantFrom('and', 'or'), fc.array(tie('query'), { minLength: 1, maxLength: 3 }))
          .map(([kind, parts]) => `${kind}(${parts.join(',')})`),
      ),
    }))
    const values = [undefined, '1', '2', '3']
    const all = values.flatMap((a) =>
      values.flatMap((b) =>
        ['1', '2', '3'].map((metric) => ({
          key: '',
          metric,
          tags: { ...(a !== undefined && { a }), ...(b !== undefined && { b }) },
        })),
      ),
    )
    fc.assert(
      fc.property(query, (text) => {
        const parsed = parseTagQuery(text)
        if (!parsed.ok || !neverSelects(text)) return
        expect(all.filter(compileTagQuery(parsed.value))).toEqual([])
      }),
    )
  })
})
