import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createDemand } from '../../src/source/demand.ts'

describe('demand', () => {
  it('calls at once while there is room, and else in the order of asking, one for each place', () => {
    const demand = createDemand(1)
    const called: string[] = []
    const ask = (name: string): void =>
      demand.whenRoom(() => {
        called.push(name)
        demand.take()
      })
    ask('a')
    ask('b')
    ask('c')
    expect([called.join(''), demand.hasRoom]).toEqual(['a', false])
    demand.giveBack()
    expect(called.join('')).toBe('ab')
    demand.giveBack()
    expect(called.join('')).toBe('abc')
  })

  it('calls nothing after the end, and has no room then', () => {
    const demand = createDemand(1)
    const called: string[] = []
    demand.take()
    demand.whenRoom(() => called.push('waiting'))
    demand.end()
    demand.giveBack()
    demand.whenRoom(() => called.push('later'))
    expect([called, demand.hasRoom]).toEqual([[], false])
  })

  it('grows no deep chain where each call asks for the next and what it takes is given back at once', () => {
    const demand = createDemand(1)
    let calls = 0
    const pull = (): void => {
      demand.take()
      demand.giveBack()
      calls += 1
      if (calls < 100_000) demand.whenRoom(pull)
    }
    demand.whenRoom(pull)
    expect(calls).toBe(100_000)
  })

  it('goes on after a call that throws', () => {
    const demand = createDemand(1)
    expect(() =>
      demand.whenRoom(() => {
        throw new Error('no')
      }),
    ).toThrow('no')
    let called = false
    demand.whenRoom(() => (called = true))
    expect(called).toBe(true)
  })

  it('never has more under way than allowed, and leaves nobody waiting while there is room', () => {
    const steps = fc.array(fc.constantFrom('ask', 'ack'))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), steps, (maxInFlight, actions) => {
        const demand = createDemand(maxInFlight)
        let [asked, given, acknowledged] = [0, 0, 0]
        for (const action of actions) {
          if (action === 'ask') {
            asked += 1
            demand.whenRoom(() => {
              given += 1
              demand.take()
            })
          } else if (acknowledged < given) {
            acknowledged += 1
            demand.giveBack()
          }
          expect(given - acknowledged).toBe(Math.min(asked - acknowledged, maxInFlight))
        }
      }),
    )
  })
})
