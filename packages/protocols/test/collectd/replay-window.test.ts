import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createReplayWindow, timesByHost } from '../../src/collectd/replay-window.ts'
import { highResolution, number, simple, text, values, gauge } from './packets.ts'

const roomy = 16 * 1024 * 1024
const seal = (mark: string, user = 'alice') => ({ user, mark })
const at = (time: number, host = 'h') => new Map([[host, time]])

describe('createReplayWindow', () => {
  it('refuses what came before, and what is older than the newest of its host by more than the window', () => {
    const window = createReplayWindow(1000, roomy)
    expect(window.check(seal('a'), at(10_000), 10_000)).toBeUndefined()
    expect(window.check(seal('a'), at(10_000), 10_001)).toMatchObject({ reason: 'replayed' })
    expect(window.check(seal('b'), at(9000), 10_002)).toBeUndefined()
    expect(window.check(seal('c'), at(8999), 10_003)).toMatchObject({ reason: 'replayed' })
    expect(window.check(seal('d'), at(8999, 'other'), 10_004)).toBeUndefined()
    expect(window.check(seal('e', 'bob'), at(8999), 10_005)).toBeUndefined()
  })

  it('refuses times ahead of its clock, so that no sender with a wrong clock silences its host', () => {
    const window = createReplayWindow(1000, roomy)
    expect(window.check(seal('a'), at(11_001), 10_000)).toMatchObject({ reason: 'bad-timestamp' })
    expect(window.check(seal('b'), at(11_000), 10_000)).toBeUndefined()
    expect(window.check(seal('c'), at(10_001), 10_001)).toBeUndefined()
  })

  it('refuses values without a time, since they could come again at any time', () => {
    const times = timesByHost(Buffer.concat([text(0, 'h'), values(gauge(1))]))
    expect(createReplayWindow(1000, roomy).check(seal('a'), times, 10_000)).toMatchObject({
      reason: 'bad-timestamp',
    })
  })

  it('refuses the last packet of a host that is silent, however long afterwards it comes again', () => {
    const window = createReplayWindow(1000, roomy)
    expect(window.check(seal('last'), at(10_000), 10_000)).toBeUndefined()
    for (let now = 10_500; now < 30_000; now += 500) window.check(seal(`${now}`), at(now, 'other'), now)
    expect(window.check(seal('last'), at(10_000), 30_000)).toMatchObject({ reason: 'replayed' })
  })

  it('takes no packet twice, whatever the order, the clock and the room', () => {
    const packet = fc.record({ id: fc.nat(30), host: fc.constantFrom('h', 'i'), later: fc.nat(700) })
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 200 }), fc.constantFrom(roomy, 4000), (packets, room) => {
        const window = createReplayWindow(1000, room)
        const taken = new Set<string>()
        let now = 100_000
        for (const { id, host, later } of packets) {
          now += later
          // The same packet has the same time, whenever it comes.
          const refused = window.check(seal(`${host}${id}`), at(100_000 + id * 400, host), now)
          if (refused !== undefined) continue
          expect(taken.has(`${host}${id}`)).toBe(false)
          taken.add(`${host}${id}`)
        }
      }),
    )
  })

  it('takes all packets of a host whose clock is right', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 300 }), (steps) => {
        const window = createReplayWindow(1000, roomy)
        let now = 100_000
        for (const [index, step] of steps.entries()) {
          now += step
          expect(window.check(seal(`${index}`), at(now - (index % 3) * 200), now)).toBeUndefined()
        }
      }),
    )
  })
})

describe('timesByHost', () => {
  it('gives the newest time of the values of each host', () => {
    const packet = Buffer.concat([
      simple(100),
      simple(90),
      simple(95, 1, 'i'),
      number(8, highResolution(500)),
    ])
    expect([...timesByHost(packet)].map(([host, time]) => [host.replace('\0', ''), time])).toEqual([
      ['h', 100_000],
      ['i', 95_000],
    ])
  })
})
