import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  createAddressCache,
  type Known,
  type LookupAnswer,
  type Remembered,
} from '../../../../src/checks/exchange/names/address-cache.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

type Step = { readonly wait: number; readonly name: string } & (
  { readonly type: 'ask' } | { readonly type: 'told'; readonly answer: LookupAnswer }
)

const answers: fc.Arbitrary<LookupAnswer> = fc.oneof(
  fc.record({
    type: fc.constant('found' as const),
    addresses: fc.constantFrom(['192.0.2.1'], ['192.0.2.2', '192.0.2.3']),
    ttlMs: fc.constantFrom(0, 1, 5, 30, 300, 3600, 86_400).map((seconds) => seconds * second),
  }),
  fc.record({ type: fc.constant('none' as const) }),
  fc.record({ type: fc.constant('failed' as const), reason: fc.constantFrom('ETIMEOUT', 'ESERVFAIL') }),
)

// Edges of all times, and one less and more.
const waits = fc
  .tuple(
    fc.constantFrom(0, second, 4 * second, 5 * second, 24 * second, minute, 20 * minute, hour),
    fc.constantFrom(-1, 0, 1),
  )
  .map(([wait, more]) => Math.max(0, wait + more))

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('ask' as const), wait: waits, name: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({
      type: fc.constant('told' as const),
      wait: waits,
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      answer: answers,
    }),
  ),
  { maxLength: 40 },
)

/** What a name has from its history alone: all that was told of it since it was last forgotten, and the present. */
function fromHistory(told: readonly { at: number; answer: LookupAnswer }[], now: number): Remembered {
  const last = told.at(-1)
  if (last === undefined) return { known: undefined, isDue: true }
  const firm = told.findLast(({ answer }) => answer.type !== 'failed')
  const failure = last.answer.type === 'failed' ? last : undefined
  const isHeld = failure !== undefined && now < failure.at + 5 * second
  if (firm?.answer.type === 'found') {
    const { addresses } = firm.answer
    const ttl = firm.answer.ttlMs < second ? second : firm.answer.ttlMs > hour ? hour : firm.answer.ttlMs
    const end = firm.at + ttl
    const isAhead = 10 * (now - firm.at) >= 8 * ttl
    if (now < end) return { known: { type: 'found', addresses, isStale: false }, isDue: isAhead && !isHeld }
    if (failure !== undefined && now < end + hour)
      return { known: { type: 'found', addresses, isStale: true }, isDue: !isHeld }
  }
  if (firm?.answer.type === 'none' && now < firm.at + minute) return { known: { type: 'none' }, isDue: false }
  if (failure?.answer.type === 'failed' && isHeld)
    return { known: { type: 'failed', reason: failure.answer.reason }, isDue: false }
  return { known: undefined, isDue: true }
}

/** A list of names with their histories; the most used comes last. */
function createModel(maxNames: number): {
  readonly ask: (name: string, now: number) => Remembered
  readonly told: (name: string, answer: LookupAnswer, now: number) => Known | undefined
  readonly names: () => number
} {
  let all: { name: string; usedAt: number; told: { at: number; answer: LookupAnswer }[] }[] = []
  const forget = (now: number): void => void (all = all.filter(({ usedAt }) => now < usedAt + 20 * minute))
  return {
    ask(name, now) {
      forget(now)
      const entry = all.find((each) => each.name === name)
      if (entry === undefined) return { known: undefined, isDue: true }
      all = [...all.filter((each) => each !== entry), { ...entry, usedAt: now }]
      return fromHistory(entry.told, now)
    },
    told(name, answer, now) {
      forget(now)
      let entry = all.find((each) => each.name === name)
      if (entry === undefined) all.push((entry = { name, usedAt: now, told: [] }))
      entry.told.push({ at: now, answer })
      all = all.slice(-maxNames)
      return fromHistory(entry.told, now).known
    },
    names: () => all.length,
  }
}

describe('createAddressCache', () => {
  it('says what the history of each name says, in any order of questions and answers', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (taken, maxNames) => {
        const cache = createAddressCache(maxNames)
        const model = createModel(maxNames)
        let now = 0
        for (const step of taken) {
          now += step.wait
          if (step.type === 'ask') expect(cache.ask(step.name, now)).toEqual(model.ask(step.name, now))
          else
            expect(cache.told(step.name, step.answer, now)).toEqual(model.told(step.name, step.answer, now))
          expect(cache.size).toBe(model.names())
          expect(cache.size).toBeLessThanOrEqual(maxNames)
        }
      }),
    )
  })

  it('asks nobody for 5 s after a failure', () => {
    const cache = createAddressCache(10)
    cache.told('a', { type: 'failed', reason: 'ESERVFAIL' }, 0)
    const held: Remembered = { known: { type: 'failed', reason: 'ESERVFAIL' }, isDue: false }
    expect(cache.ask('a', 4999)).toEqual(held)
    expect(cache.ask('a', 5000)).toEqual({ known: undefined, isDue: true })
  })

  it('counts the names that it gave up for others', () => {
    const cache = createAddressCache(2)
    for (const name of ['a', 'b', 'c', 'd']) cache.told(name, { type: 'none' }, 0)
    expect(cache).toMatchObject({ size: 2, evicted: 2 })
  })

  it('serves addresses for an hour beyond their time while look-ups fail, and no longer', () => {
    const cache = createAddressCache(10)
    cache.told('a', { type: 'found', addresses: ['192.0.2.1'], ttlMs: minute }, 0)
    const failure: LookupAnswer = { type: 'failed', reason: 'ETIMEOUT' }
    for (let at = 10 * minute; at < 61 * minute; at += 10 * minute) {
      cache.ask('a', at)
      expect(cache.told('a', failure, at)).toEqual({ type: 'found', addresses: ['192.0.2.1'], isStale: true })
    }
    cache.ask('a', 60.9 * minute)
    expect(cache.told('a', failure, 61 * minute)).toEqual({ type: 'failed', reason: 'ETIMEOUT' })
  })
})
