import { describe, expect, it } from 'vitest'

import { NotifyError, parsePolicy, policySchema } from '../../src/index.ts'

const full = {
  groups: { ops: { notifiers: ['pager', 'mail'] }, shop: { notifiers: ['mail'] } },
  routes: [
    { group: 'ops' },
    {
      select: 'and(service:shop,__name:cpu*)',
      ruleSets: ['cpu-busy'],
      severities: [1, 2],
      group: 'shop',
      wait: { '1': '0s', '2': '5m' },
    },
  ],
  maintenance: [{ id: 'move', select: 'host:*', severities: [3], from: 0, to: 1, notes: 'to the new rack' }],
}
type Json = Record<string, unknown>

const edited = (edit: (policy: typeof full) => unknown): unknown => {
  const copy = structuredClone(full)
  return edit(copy) ?? copy
}

/** What is refused, and the path that the message names. */
const wrong: readonly (readonly [string, unknown])[] = [
  ['policy must be an object', null],
  ['policy must be an object', []],
  [
    'policy.rotues is not known here; known are groups, routes, maintenance',
    edited((policy) => ({ ...policy, rotues: [] })),
  ],
  [
    'policy.groups is missing; it must be an object of at most 1000 entries',
    edited((policy) => ({ ...policy, groups: undefined })),
  ],
  [
    'policy.groups.ops.notifiers must be an array',
    edited((policy) => void (policy.groups.ops.notifiers = [])),
  ],
  [
    'policy.groups.ops.notifiers[1] must be a text of 1 to 256 characters, got ""',
    edited((policy) => void (policy.groups.ops.notifiers[1] = '')),
  ],
  ['policy.routes must be an array', edited((policy) => ({ ...policy, routes: {} }))],
  [
    'policy.routes[1].severities[0] must be a severity from 1, the worst, to 5, got 6',
    edited((policy) => void (policy.routes[1]!.severities = [6])),
  ],
  [
    'policy.routes[1].severities must be an array',
    edited((policy) => void (policy.routes[1]!.severities = [])),
  ],
  [
    'policy.routes[1].wait.2 must be a duration',
    edited((policy) => void (policy.routes[1]!.wait = { '1': '0s', '2': '5 min' })),
  ],
  [
    'policy.routes[1].wait must be a duration such as "5m", or an object of durations by severity',
    edited((policy) => void (policy.routes[1]!.wait = '5 min' as never)),
  ],
  [
    'policy.routes[1].wait must be a duration such as "5m", or an object of durations by severity',
    edited((policy) => void (policy.routes[1]!.wait = ['5m'] as never)),
  ],
  [
    'policy.routes[1].wait.0 is not known here; known are 1, 2, 3, 4, 5',
    edited((policy) => void (policy.routes[1]!.wait = { 0: '0s' } as never)),
  ],
  [
    'policy.routes[1].ruleSets[0] must be a text of 1 to 1024 characters',
    edited((policy) => void (policy.routes[1]!.ruleSets = [''])),
  ],
  [
    'policy.maintenance[0].from must be a time in whole ms since the Unix epoch, such as Date.parse("2026-12-24T03:00:00Z"), got -1',
    edited((policy) => void (policy.maintenance[0]!.from = -1)),
  ],
  [
    'policy.maintenance[0].from must be a time in whole ms since the Unix epoch, such as Date.parse("2026-12-24T03:00:00Z"), got "2026-01-01"',
    edited((policy) => void (policy.maintenance[0]!.from = '2026-01-01' as never)),
  ],
  [
    'policy.routes[1].wait must be a duration such as "5m", or an object of durations by severity, got "1h30m"; say one number and a unit, such as "90m"',
    edited((policy) => void (policy.routes[1]!.wait = '1h30m' as never)),
  ],
  [
    'policy["$schema"] must be a text of 0 to 8192 characters, got 7',
    edited((policy) => ({ ...policy, $schema: 7 })),
  ],
]

/** What only the parser sees. */
const wrongTogether: readonly (readonly [string, unknown])[] = [
  [
    'policy.routes[0].group must be one of ops, shop, got "nobody"',
    edited((policy) => void (policy.routes[0]!.group = 'nobody')),
  ],
  [
    'policy.routes[0].group must be one of n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, …, got "nobody"',
    edited((policy) => {
      policy.groups = Object.fromEntries(
        Array.from({ length: 1000 }, (_, index) => [`n${index}`, policy.groups.ops]),
      ) as never
      policy.routes[0]!.group = 'nobody'
    }),
  ],
  [
    'policy.routes[1].select must be a tag query',
    edited((policy) => void (policy.routes[1]!.select = 'and(')),
  ],
  [
    'policy.routes[1].select must be a tag query, got "{host=\\"web\\"}": expected the end of the query (write host:web for one tag, and(a,b) or or(a,b) for several), at character 6',
    edited((policy) => void (policy.routes[1]!.select = '{host="web"}')),
  ],
  ['policy.maintenance[0].to must be after', edited((policy) => void (policy.maintenance[0]!.to = 0))],
  [
    'policy.maintenance[1].id must be unique, but [0].id is "move" too',
    edited((policy) => void policy.maintenance.push(policy.maintenance[0]!)),
  ],
]

describe('a policy', () => {
  it('is given back as plain data of its own', () => {
    const parsed = parsePolicy(full)
    expect(parsed).toEqual(full)
    expect(parsed.groups).not.toBe(full.groups)
  })

  it('may say which schema it follows, as editors write it, and is the same without', () => {
    const written = { $schema: './policy.schema.json', ...full }
    expect(parsePolicy(written)).toEqual(full)
    expect(Object.keys(parsePolicy(written))).not.toContain('$schema')
    expect(fits(policySchema, written)).toBe(true)
  })

  it.each([...wrong, ...wrongTogether])('is refused with the words "%s…"', (message, value) => {
    expect(() => parsePolicy(value)).toThrow(NotifyError)
    expect(() => parsePolicy(value)).toThrow(`NOTIFY_BAD_POLICY: ${message}`)
    const path = message.split(' ')[0]
    expect(() => parsePolicy(value)).toThrow(expect.objectContaining({ facts: { path } }))
  })

  it('is allowed and refused by the schema as by the parser', () => {
    expect(fits(policySchema, full)).toBe(true)
    expect(fits(policySchema, { groups: {}, routes: [] })).toBe(true)
    const oneWait = edited((policy) => void (policy.routes[1]!.wait = '10m' as never))
    expect(parsePolicy(oneWait)).toEqual(oneWait)
    expect(fits(policySchema, oneWait)).toBe(true)
    for (const [message, value] of wrong) expect(fits(policySchema, value), message).toBe(false)
    for (const [message, value] of wrongTogether) expect(fits(policySchema, value), message).toBe(true)
  })
})

/** The part of JSON Schema that the schema uses; a keyword that it does not know is an error. */
function fits(schema: object, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, rule]) => holds(keyword, rule, schema as Json, value))
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function holds(keyword: string, rule: unknown, schema: Json, value: unknown): boolean {
  const count = typeof rule === 'number' ? rule : NaN
  const names = isObject(value) ? Object.keys(value).filter((name) => value[name] !== undefined) : []
  switch (keyword) {
    case '$schema':
    case 'title':
    case 'description':
      return true
    case 'type':
      if (rule === 'object') return isObject(value)
      if (rule === 'array') return Array.isArray(value)
      return rule === 'integer' ? Number.isInteger(value) : typeof value === rule
    case 'enum':
      return (rule as unknown[]).includes(value)
    case 'anyOf':
      return (rule as Json[]).some((each) => fits(each, value))
    case 'required':
      return !isObject(value) || (rule as string[]).every((name) => names.includes(name))
    case 'properties':
      return Object.entries(rule as Json).every(
        ([name, of]) => !names.includes(name) || fits(of as Json, (value as Json)[name]),
      )
    case 'additionalProperties': {
      const others = names.filter((name) => !Object.hasOwn((schema['properties'] ?? {}) as Json, name))
      return others.every((name) => rule !== false && fits(rule as Json, (value as Json)[name]))
    }
    case 'propertyNames':
      return names.every((name) => fits(rule as Json, name))
    case 'maxProperties':
      return names.length <= count
    case 'items':
      return !Array.isArray(value) || value.every((item) => fits(rule as Json, item))
    case 'minItems':
      return !Array.isArray(value) || value.length >= count
    case 'maxItems':
      return !Array.isArray(value) || value.length <= count
    case 'minLength':
      return typeof value !== 'string' || value.length >= count
    case 'maxLength':
      return typeof value !== 'string' || value.length <= count
    case 'minimum':
      return typeof value !== 'number' || value >= count
    case 'maximum':
      return typeof value !== 'number' || value <= count
    case 'pattern':
      return typeof value !== 'string' || new RegExp(rule as string, 'u').test(value)
    default:
      throw new Error(`the test does not know the keyword ${keyword}`)
  }
}
