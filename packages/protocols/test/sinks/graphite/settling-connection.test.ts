import { EventEmitter } from 'node:events'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  createSettlingConnection,
  type Dialled,
  type SettlingConnection,
} from '../../../src/sinks/graphite/settling-connection.ts'
import { virtualTime, type VirtualTime } from '../../../src/testing/index.ts'

/** A socket that the test is the system and the other end of. */
class FakeSocket extends EventEmitter {
  hasRoom = true
  isDestroyed = false
  isEnded = false
  readonly written: number[] = []
  readonly callbacks: (() => void)[] = []
  write(bytes: Uint8Array, handed: () => void): boolean {
    this.written.push(bytes.length)
    this.callbacks.push(handed)
    return this.hasRoom
  }
  /** The system takes what was written. */
  take(count = this.callbacks.length): void {
    for (const handed of this.callbacks.splice(0, count)) handed()
  }
  end(): void {
    this.isEnded = true
  }
  destroy(): void {
    this.isDestroyed = true
  }
  resume(): this {
    return this
  }
}

let time: VirtualTime
let socket: FakeSocket
let queued: number | undefined
let losses: number
let connection: SettlingConnection
let outcomes: string[]

const limits = { settleMs: 60_000, connectTimeoutMs: 10_000, writeTimeoutMs: 30_000 }

beforeEach(() => {
  time = virtualTime({ start: 1_000_000 })
  socket = new FakeSocket()
  queued = 0
  losses = 0
  outcomes = []
  const dialled = {
    socket,
    where: 'there',
    connected: 'connect',
    unacknowledged: () => Promise.resolve(queued),
  } as unknown as Dialled
  connection = createSettlingConnection(dialled, { ...limits, scheduler: time }, () => (losses += 1))
})
afterEach(() => time.end())

/** Sends under a name, and notes what becomes of it. */
function send(name: string, bytes = 10): { isHandedOver: () => boolean } {
  const sending = connection.send(new Uint8Array(bytes))
  let isHandedOver = false
  void sending.handedOver.then(() => (isHandedOver = true))
  void sending.outcome.then((outcome) =>
    outcomes.push(
      `${name} ${outcome.type === 'taken' ? 'taken' : 'message' in outcome ? outcome.message : ''}`,
    ),
  )
  return { isHandedOver: () => isHandedOver }
}

describe('a connection on which things settle', () => {
  it('takes what has stood long enough, and not a moment earlier', async () => {
    socket.emit('connect')
    send('a')
    socket.take()
    await time.advanceBy(30_000)
    send('b')
    socket.take()
    await time.advanceBy(29_999)
    expect(outcomes).toEqual([])
    await time.advanceBy(1001)
    expect(outcomes).toEqual(['a taken'])
    await time.advanceBy(30_000)
    expect(outcomes).toEqual(['a taken', 'b taken'])
    expect(time.scheduled).toBe(0)
  })

  it.each([
    ['its end', () => socket.emit('end'), 'it closed the connection'],
    ['an error', () => socket.emit('error', new Error('ECONNRESET')), 'ECONNRESET'],
    ['a close', () => socket.emit('close'), 'the connection was closed'],
  ])('fails all that has not settled at %s, once', async (_, lose, message) => {
    socket.emit('connect')
    send('a')
    socket.take()
    await time.advanceBy(40_000)
    const waiting = send('b')
    await time.advanceBy(21_000)
    lose()
    lose()
    await time.run()
    expect(outcomes).toEqual(['a taken', `b there: ${message}`])
    expect(waiting.isHandedOver()).toBe(true)
    expect([losses, socket.isDestroyed, time.scheduled]).toEqual([1, true, 0])
  })

  it('hands over when there is room again, and until then nothing comes nearer to settling', async () => {
    socket.emit('connect')
    send('a')
    socket.take()
    await time.advanceBy(50_000)
    socket.hasRoom = false
    const blocked = send('b')
    await time.advanceBy(20_000)
    expect([blocked.isHandedOver(), outcomes]).toEqual([false, []])
    socket.take()
    socket.emit('drain')
    await time.advanceBy(1)
    expect(blocked.isHandedOver()).toBe(true)
    await time.advanceBy(9_000)
    expect(outcomes).toEqual([])
    await time.advanceBy(2_000)
    expect(outcomes).toEqual(['a taken'])
    await time.advanceBy(51_000)
    expect(outcomes).toEqual(['a taken', 'b taken'])
  })

  it('settles also where it is full again at once, each time', async () => {
    socket.emit('connect')
    socket.hasRoom = false
    for (let second = 0; second < 130; second += 1) {
      send(`${second}`)
      await time.advanceBy(100)
      socket.take()
      socket.emit('drain')
      await time.advanceBy(900)
    }
    expect(outcomes.length).toBeGreaterThan(40)
    expect(outcomes).toEqual(outcomes.map((_, at) => `${at} taken`))
  })

  it('gives up what does not stand, and what takes nothing', async () => {
    send('a')
    await time.advanceBy(9_999)
    expect(losses).toBe(0)
    await time.run()
    expect(outcomes).toEqual(['a there: no connection stood within 10000 ms'])
  })

  it('gives up what takes nothing, but not what takes a little now and then', async () => {
    socket.emit('connect')
    socket.hasRoom = false
    send('a')
    send('b')
    await time.advanceBy(20_000)
    socket.take(1)
    await time.advanceBy(29_000)
    expect(losses).toBe(0)
    await time.run()
    expect(outcomes).toEqual([
      'a there: it took nothing for 30000 ms',
      'b there: it took nothing for 30000 ms',
    ])
  })

  it('does not take what the other system has not acknowledged, and gives it up', async () => {
    socket.emit('connect')
    send('a', 10)
    send('b', 10)
    socket.take()
    // The last of both bytes.
    queued = 1
    await time.advanceBy(65_000)
    expect(outcomes).toEqual(['a taken'])
    await time.run()
    expect(outcomes[1]).toMatch(/^b there: its system has not acknowledged/)
    expect(losses).toBe(1)
  })

  it('takes what was acknowledged late, and all where the system does not say', async () => {
    socket.emit('connect')
    send('a')
    socket.take()
    queued = 10
    await time.advanceBy(70_000)
    expect(outcomes).toEqual([])
    queued = undefined
    await time.advanceBy(2_000)
    expect(outcomes).toEqual(['a taken'])
  })

  it('takes all at the end of the other, when it was said that nothing more comes', async () => {
    socket.emit('connect')
    send('a')
    socket.take()
    connection.end()
    connection.end()
    expect(socket.isEnded).toBe(true)
    socket.emit('finish')
    socket.emit('end')
    socket.emit('close')
    await time.advanceBy(1)
    expect(outcomes).toEqual(['a taken'])
    expect(losses).toBe(0)
  })

  it('takes nothing at an end that came before, or while something was on its way', async () => {
    socket.emit('connect')
    send('a')
    socket.take()
    connection.end()
    queued = 3
    socket.emit('finish')
    socket.emit('end')
    await time.advanceBy(1)
    expect(outcomes).toEqual(['a there: it closed the connection'])
  })

  it('leaves nothing behind when it is closed', async () => {
    send('a')
    connection.close()
    connection.close()
    await time.run()
    expect([socket.isDestroyed, time.scheduled, losses]).toEqual([true, 0, 0])
    expect(outcomes).toEqual(['a there: it was closed'])
  })
})
