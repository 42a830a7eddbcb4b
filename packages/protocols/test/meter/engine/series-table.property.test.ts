import { buildSeries } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createRoom } from '../../../src/meter/engine/room.ts'
import {
  createSeriesTable,
  type AnyTags,
  type Cell,
  type SeriesFault,
} from '../../../src/meter/engine/series-table.ts'

const categories = ['method', '__proto__', 'status']

function tableOf(maxBytes: number, isFolding = true) {
  const faults: SeriesFault[] = []
  const room = createRoom(maxBytes)
  const table = createSeriesTable<Cell>({
    ...{ metric: 'hits', categories, room, overflowRoom: createRoom(1000), isFolding },
    measure: (cell) => ({ ...cell }),
    tell: (fault) => void faults.push(fault),
  })
  return { table, room, faults }
}

const tagsOf = (values: readonly string[]): Record<string, string> =>
  Object.fromEntries(categories.map((category, at) => [category, values[at] ?? '']))

const value = fc.oneof(
  fc.constantFrom(
    '',
    'GET',
    '__proto__',
    'constructor',
    'a'.repeat(246),
    'a'.repeat(300),
    '\ud800',
    'ä,=|ST[',
  ),
  fc.string({ maxLength: 3 }),
)
const values = fc.tuple(value, value, value)
const steps = fc.array(
  fc.oneof(fc.record({ find: values }), fc.record({ expireAt: fc.integer({ min: 0, max: 100 }) })),
  { maxLength: 60 },
)

describe('cells by tags', () => {
  it('are one for each series, found as a Map of their keys would', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { table, room, faults } = tableOf(1e9)
        const known = new Map<string, Cell>()
        let now = 0
        for (const step of list) {
          if ('find' in step) {
            const built = buildSeries('hits', tagsOf(step.find))
            const before = faults.length
            const found = table.find(tagsOf(step.find))
            if (!built.ok) {
              expect(faults.slice(before)).toEqual(['bad-name'])
              expect(found?.series.key).toBe('hits|ST[overflow:true]')
              continue
            }
            const { key } = built.value
            expect(found).toMatchObject({ isKept: true, series: { key } })
            if (known.has(key)) expect(found).toBe(known.get(key))
            if (found !== undefined) known.set(key, found)
          } else {
            now += step.expireAt
            const idle = [...known].filter(
              ([, { isTouched, touchedAt }]) => !isTouched && now - touchedAt >= 50,
            )
            expect(table.expire(now, 50)).toBe(idle.length)
            for (const [key, cell] of idle) {
              expect(cell.isKept).toBe(false)
              known.delete(key)
            }
          }
          expect(new Set([...table.cells()].filter(({ isKept }) => isKept))).toEqual(new Set(known.values()))
          expect(room.bytes).toBe([...known.values()].reduce((sum, { bytes }) => sum + bytes, 0))
        }
      }),
    )
  })

  it('take no more than their room, whatever comes, and find again what has it', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 60 }), (list) => {
        const { table, room } = tableOf(3000)
        const first = list.map((one) => table.find(tagsOf(one)))
        expect(room.bytes).toBeLessThanOrEqual(3000)
        for (const [at, one] of list.entries()) expect(table.find(tagsOf(one))).toBe(first[at])
      }),
    )
  })
})

const throwing = {
  get method(): string {
    throw new Error('a getter of the program')
  },
}
const revoked = Proxy.revocable({}, {})
revoked.revoke()

describe.each([true, false])('what is no tags, folding %s', (isFolding) => {
  it.each<readonly [string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['no object', 'GET'],
    ['an object without them', {}],
    ['numbers', { method: 1, ['__proto__']: 2, status: 200 }],
    ['objects', { method: {}, ['__proto__']: [], status: Symbol('s') }],
    ['a getter that throws', throwing],
    ['a proxy that is revoked', revoked.proxy],
    ['a text of a million units', { method: 'a'.repeat(1e6), ['__proto__']: '', status: '' }],
  ])('%s is told, and throws nothing', (_, given) => {
    const tags = given as AnyTags
    const { table, room, faults } = tableOf(1e6, isFolding)
    const found = table.find(tags)
    expect(found?.series.key).toBe(isFolding ? 'hits|ST[overflow:true]' : undefined)
    expect(faults).toEqual(['bad-name'])
    table.find(table.copy(tags))
    expect(faults).toEqual(['bad-name', 'bad-name'])
    expect([...table.cells()].filter(({ isKept }) => isKept)).toEqual([])
    expect(room.bytes).toBe(0)
  })
})

describe('a clock that is set back', () => {
  it('lets nothing go too early, and nothing stay for good', () => {
    const { table } = tableOf(1e6)
    table.find(tagsOf(['GET', '', '200']))
    expect([
      table.expire(1000, 50),
      table.expire(10, 50),
      table.expire(59, 50),
      table.expire(60, 50),
    ]).toEqual([0, 0, 0, 1])
  })
})
