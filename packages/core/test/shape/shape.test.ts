import { describe, expect, it } from 'vitest'

import {
  advise,
  check,
  duration,
  either,
  Flaw,
  integer,
  list,
  mapOf,
  number,
  object,
  oneField,
  oneOf,
  optional,
  read,
  readField,
  refine,
  schemaOf,
  type Shape,
  tagQuery,
  text,
  unique,
  variants,
} from '../../src/shape/index.ts'

interface Route {
  readonly to: string
  readonly severity?: 1 | 2
  readonly tags?: Readonly<Record<string, string>>
}
const name = text(1, 5)
const route: Shape<Route> = object({
  to: name,
  severity: optional(oneOf([1, 2])),
  tags: optional(mapOf(text(1, 9), name, 2)),
})
const routes = list(route, 1, 2)

const message = <T>(shape: Shape<T>, value: unknown): string | undefined => check(shape, value, 'it')?.message

/** A value that tells when somebody looks into it. */
const sealed = <Value extends object>(value: Value): Value =>
  new Proxy(value, {
    get: (target, key) => {
      if (key === 'length' || typeof key === 'symbol') return Reflect.get(target, key) as unknown
      throw new Error(`looked at ${key}`)
    },
  })

describe('a flaw', () => {
  it.each<[string | undefined, string]>([
    [message(number(), Infinity), 'it must be a finite number, got Infinity'],
    [message(integer(0, 5), 2.5), 'it must be a whole number from 0 to 5, got 2.5'],
    [message(oneOf([1, 2, 3]), 9), 'it must be one of 1, 2, 3, got 9'],
    [message(oneOf(['on']), 9n), 'it must be "on", got a bigint'],
    [message(name, 'x'.repeat(999)), `it must be a text of 1 to 5 characters, got "${'x'.repeat(39)}…"`],
    [message(routes, [{ to: 'a' }, {}]), 'it[1].to is missing; it must be a text of 1 to 5 characters'],
    [message(routes, Array(1)), 'it[0] must be an object with to, and perhaps severity, tags, got undefined'],
    [message(routes, []), 'it must be an array of 1 to 2 items, got an array of 0'],
    [message(route, {}), 'it.to is missing; it must be a text of 1 to 5 characters'],
    [message(route, null), 'it must be an object with to, and perhaps severity, tags, got null'],
    [message(route, { to: 'a', too: 1 }), 'it.too is not known here; known are to, severity, tags'],
    [message(route, { to: 'a', severity: 3 }), 'it.severity must be one of 1, 2, got 3'],
    [
      message(route, { to: 'a', tags: { 'x.y': '' } }),
      'it.tags["x.y"] must be a text of 1 to 5 characters, got ""',
    ],
    [
      message(route, { to: 'a', tags: { '': 'a' } }),
      'it.tags has a name that must be a text of 1 to 9 characters, got ""',
    ],
    [
      message(route, { to: 'a', tags: { a: 'a', b: 'b', c: 'c' } }),
      'it.tags must be an object of at most 2 entries, got 3',
    ],
    [
      message(either(name, route), 7),
      'it must be a text of 1 to 5 characters, or an object with to, and perhaps severity, tags, got 7',
    ],
    [message(either(name, route), { to: '' }), 'it.to must be a text of 1 to 5 characters, got ""'],
    [
      message(duration(), '5 min'),
      'it must be a duration such as "250ms", "30s", "5m", "1h" or "1d", got "5 min"',
    ],
    [
      message(duration(), '1h30m'),
      'such as "250ms", "30s", "5m", "1h" or "1d", got "1h30m"; say one number and a unit, such as "90m"',
    ],
    [
      message(
        either(
          advise(name, () => 'never seen here'),
          route,
        ),
        { to: '' },
      ),
      'it.to must be a text of 1 to 5 characters, got ""',
    ],
    [
      message(tagQuery, 'host:a,host:b'),
      'expected the end of the query (write host:web for one tag, and(a,b) or or(a,b) for several), at character 6',
    ],
    [message(tagQuery, '{host="web"}'), '(write host:web for one tag, and(a,b) or or(a,b) for several)'],
    [message(duration('above 0'), '00s'), 'it must be a duration above 0 such as'],
    [message(duration(), '999999999999d'), 'it must be less than 2^53 milliseconds, got 999999999999d'],
    [message(tagQuery, 'and(a'), 'it must be a tag query, got "and(a": expected , or ) here, at character 5'],
  ])('says where, what is allowed and what was found (%#)', (told, sentence) => {
    expect(told).toContain(sentence)
  })

  it('cuts long names, paths and lists of names', () => {
    const long = 'x'.repeat(10_000)
    expect(message(route, { [long]: 1 })).toBe(
      `it["${'x'.repeat(63)}…"] is not known here; known are to, severity, tags`,
    )
    expect(
      message(name, Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`n${index}`, 0]))),
    ).toBe('it must be a text of 1 to 5 characters, got an object with n0, n1, n2, n3, n4, n5, n6, n7')
    expect(check(name, 1, long)).toMatchObject({ path: `${'x'.repeat(199)}…` })
  })

  it('of an object of a class without fields names the class', () => {
    expect(message(number(), new Date())).toBe('it must be a finite number, got a Date')
    expect(message(number(), {})).toBe('it must be a finite number, got an empty object')
  })

  it('is told of a value that throws where it is read', () => {
    const { proxy, revoke } = Proxy.revocable<object>({}, {})
    revoke()
    const throwing = {
      get to(): string {
        throw new Error('no longer there')
      },
    }
    const unreadable = 'it must be plain data, but throws where it is read'
    expect([message(route, proxy), message(routes, [proxy]), message(route, throwing)]).toEqual(
      Array(3).fill(unreadable),
    )
    expect(read(route, throwing, 'it')).toMatchObject({ path: 'it', message: unreadable })
  })

  it('is told of a Map or Set, whose entries are no fields', () => {
    expect(message(mapOf(name, name, 2), new Map([['a', 'b']]))).toBe(
      'it must be an object of at most 2 entries, got a Map',
    )
    expect(message(route, new Set(['a']))).toContain('and perhaps severity, tags, got a Set')
  })

  it('of one of several fields, or of a type, names what there is', () => {
    const criterion: Shape<{ readonly above: number } | { readonly below: number }> = oneField({
      above: number(),
      below: number(),
    })
    const command: Shape<{ readonly type: 'set'; readonly to: string } | { readonly type: 'end' }> = variants(
      {
        set: { to: name },
        end: {},
      },
    )
    expect(message(criterion, { above: 1, below: 2 })).toBe(
      'it must be an object with exactly one of above, below, got an object with above, below',
    )
    expect(read(criterion, { above: 1, below: undefined }, 'it')).toEqual({ above: 1 })
    expect(message(command, {})).toBe('it.type must be one of "set", "end", got undefined')
    expect(message(command, { type: 'end', to: 'a' })).toBe('it.to is not known here; known are type')
    expect(message(command, 'end')).toBe('it must be an object whose type is one of "set", "end", got "end"')
  })
})

describe('a copy', () => {
  it('is one of its own, without what is undefined', () => {
    const value = { to: 'a', severity: undefined, other: undefined }
    expect(Object.keys(read(route, value, 'it'))).toEqual(['to'])
  })

  it('has own fields only, whatever they are called', () => {
    const hostile: unknown = JSON.parse('{"to":"a","tags":{"__proto__":"p"}}')
    const copy = read(route, hostile, 'it') as Route
    expect(Object.entries(copy.tags ?? {})).toEqual([['__proto__', 'p']])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(copy.tags?.['constructor']).toBeUndefined()
    expect(message(route, JSON.parse('{"to":"a","__proto__":{"severity":3}}'))).toContain(
      'it.__proto__ is not known',
    )
    expect(message(route, Object.create({ to: 'inherited' }))).toContain('it.to is missing')
  })

  it('of an open object leaves out what is not described', () => {
    const open: Shape<Pick<Route, 'to'>> = object({ to: name }, { open: true })
    expect(read(open, { to: 'a', more: 1 }, 'it')).toEqual({ to: 'a' })
  })
})

describe('a bound', () => {
  it('is looked at before what it bounds', () => {
    expect(message(routes, sealed([1, 2, 3]))).toContain('got an array of 3')
    expect(message(mapOf(name, name, 1), sealed({ a: 1, b: 2 }))).toContain('at most 1 entries, got 2')
  })

  it('holds for an array that says another length each time', () => {
    let length = 0
    const growing: unknown = new Proxy([], {
      get: (target, key) =>
        key === 'length' ? ++length : key === '0' ? { to: 'a' } : (Reflect.get(target, key) as unknown),
    })
    expect(read(list(route, 1, 2), growing, 'it')).toEqual([{ to: 'a' }])
  })

  it('on a text counts characters, as JSON Schema does', () => {
    const two = text(2, 2)
    expect(['😀', 'a😀', '😀😀', '😀😀a', 'a'].map((value) => message(two, value) === undefined)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ])
  })
})

describe('meaning', () => {
  const window: Shape<{ readonly from: number; readonly to: number }> = refine(
    object({ from: integer(0, 9), to: integer(0, 9) }),
    ({ from, to }) => (from < to ? undefined : new Flaw('.to', `must be after from, got ${to}`)),
  )

  it('is looked at where the shape is right, and its path begins there', () => {
    expect(
      message(list(window, 0, 5), [
        { from: 1, to: 2 },
        { from: 2, to: 2 },
      ]),
    ).toBe('it[1].to must be after from, got 2')
    expect(message(window, { from: 1 })).toContain('it.to is missing')
  })

  it('may be that no two items have the same value', () => {
    const lists = unique(list(route, 0, 5), 'to')
    expect(message(lists, [{ to: 'a' }, { to: 'b' }])).toBeUndefined()
    expect(message(lists, [{ to: 'a' }, { to: 'b' }, { to: 'a' }])).toBe(
      'it[2].to must be unique, but [0].to is "a" too',
    )
  })
})

it('a schema is a document of its own, and plain JSON', () => {
  const schema = schemaOf(routes, 'Routes')
  expect(schema).toMatchObject({ title: 'Routes', type: 'array', maxItems: 2 })
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
})

it('a field of something that is wrong elsewhere is read where it is good itself, and own', () => {
  const value = { to: 'a', severity: 9, tags: { x: 'y', long: 'too long' } }
  expect(readField(name, value, 'to')).toBe('a')
  expect(readField(name, value, 'tags', 'x')).toBe('y')
  const throws = {
    get to(): string {
      throw new Error('no')
    },
  }
  for (const [not, ...way] of [
    [value, 'severity'],
    [value, 'tags', 'long'],
    [value, 'to', 'length'],
    [value, 'tags', 'toString'],
    [null, 'to'],
    [throws, 'to'],
  ] as const)
    expect(readField(name, not, ...way)).toBeUndefined()
})
