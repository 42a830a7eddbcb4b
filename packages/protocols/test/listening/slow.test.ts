import type { Socket } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { ListenOptions } from '../../src/listening/listen-options.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import { dial, gone, portOf, receive } from '../sockets.ts'

async function listening(options: ListenOptions, maxInFlight?: number) {
  const source = statsd({ port: 0, transport: 'tcp', ...options })
  const received = receive(source.batches({ maxInFlight }))
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

/** Writes something again and again, until the connection is closed. */
async function dripping(port: number, text: string): Promise<Socket> {
  const socket = await dial(port)
  socket.setNoDelay(true).on('error', () => undefined)
  const timer = setInterval(() => socket.write(text), 5)
  socket.once('close', () => clearInterval(timer))
  return socket.resume()
}

describe('a connection', () => {
  it('that sends nothing is closed after the time to its first byte, and told of', async () => {
    const { problems, port } = await listening({ firstByteTimeoutMs: 30, idleTimeoutMs: 0 })
    await gone((await dial(port)).resume())
    expect(problems.values).toMatchObject([
      { reason: 'too-slow', message: 'closed: nothing came within 30 ms', peer: expect.any(String) },
    ])
  })

  it.each([
    ['single bytes', 'x'],
    ['blank lines', '\n'],
    ['lines that are refused', 'x\n'],
  ])('is not kept open by %s now and then', async (_, text) => {
    const { problems, port } = await listening({ idleTimeoutMs: 60 })
    await gone(await dripping(port, text))
    expect(problems.values).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ reason: 'too-slow', message: 'closed: nothing whole came within 60 ms' }),
      ]),
    )
  })

  it('is kept open by what it brings, until its life is over', async () => {
    const { received, problems, port } = await listening({ idleTimeoutMs: 2000, maxConnectionMs: 5000 })
    const socket = await dripping(port, 'a:1|c\n')
    const batches = await received.count(5)
    for (const batch of batches) batch.ack()
    expect(problems.values).toEqual([])
    expect(socket.destroyed).toBe(false)
  })

  it('is closed when its life is over, also while nothing is read', async () => {
    const { received, port } = await listening({ maxConnectionMs: 60, idleTimeoutMs: 0 }, 1)
    const socket = await dripping(port, 'a:1|c\n')
    await received.count(1)
    await gone(socket)
  })

  it('that is silent is not kept open by others for whom there is room again and again', async () => {
    const { source, received, problems, port } = await listening(
      { idleTimeoutMs: 100, firstByteTimeoutMs: 0 },
      1,
    )
    const silent = gone((await dial(port)).resume())
    await dripping(port, 'a:1|c\n')
    const state = { isOver: false }
    void silent.then(() => (state.isOver = true))
    // Held and let go with each batch, faster than the silent one's time.
    for (let count = 1; !state.isOver; count += 1) (await received.count(count))[count - 1]?.ack()
    expect(problems.values).toContainEqual(expect.objectContaining({ reason: 'too-slow' }))
    expect(source.stats.samples).toBeGreaterThan(2)
  })
})
