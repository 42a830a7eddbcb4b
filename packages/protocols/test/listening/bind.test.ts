import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

import { firstValueFrom, share } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { graphite } from '../../src/graphite/graphite.ts'
import { httpTrap } from '../../src/http-trap/http-trap.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import { freePort, portOf, receive } from '../sockets.ts'

/** Takes a port, with a server that is no source. */
async function occupy(transport: 'udp' | 'tcp'): Promise<number> {
  if (transport === 'udp') {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    onTestFinished(() => void socket.close())
    return socket.address().port
  }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe.each([
  ['statsd over UDP', 'udp', (port: number) => statsd({ port })],
  ['statsd over TCP', 'tcp', (port: number) => statsd({ port, transport: 'tcp' })],
  ['graphite', 'tcp', (port: number) => graphite({ port })],
  ['httpTrap', 'tcp', (port: number) => httpTrap({ secret: 'x', port })],
] as const)('the listening of %s', (_, transport, create) => {
  it('errs where the port is taken, with the error of the stream, and settles for whoever asks later', async () => {
    const source = create(await occupy(transport))
    const early = firstValueFrom(source.listening).catch((error: unknown) => error)
    const error: unknown = await firstValueFrom(source).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'PROTOCOL_PORT_TAKEN',
      retryable: true,
      message: expect.stringMatching(/another program has it, or another server of this process/),
    })
    expect(await early).toBe(error)
    await expect(firstValueFrom(source.listening)).rejects.toBe(error)
  })

  it('gives the address where a later run finds the port free', async () => {
    const port = await freePort(transport)
    const source = create(port)
    const holder = create(port)
    const held = receive(holder)
    await portOf(holder)
    await expect(firstValueFrom(source)).rejects.toMatchObject({
      facts: { port, holder: expect.any(String) },
    })
    held.subscription.unsubscribe()
    const { subscription } = receive(source)
    expect(await portOf(source)).toBe(port)
    subscription.unsubscribe()
  })
})

describe('a taken port', () => {
  it.each([
    ['by its number', '127.0.0.1', '127.0.0.1'],
    ['by a name', '127.0.0.1', 'localhost'],
    ['on all addresses', '0.0.0.0', '127.0.0.1'],
  ])('names the source of this process that has it, bound %s, and share()', async (_, held, asked) => {
    const lines = graphite({ port: 0, host: held })
    const { subscription } = receive(lines)
    const port = await portOf(lines)
    onTestFinished(() => subscription.unsubscribe())
    const error: unknown = await firstValueFrom(statsd({ port, host: asked, transport: 'tcp' })).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      message: expect.stringMatching(/the source "graphite" of this process has it: .* share\(\)/),
      facts: { holder: 'graphite' },
    })
  })

  it('by a second subscription of one source is said so, and share() mends it', async () => {
    const port = await freePort('tcp')
    const source = graphite({ port })
    const { subscription } = receive(source)
    await portOf(source)
    await expect(firstValueFrom(source)).rejects.toThrow(/the source "graphite" of this process has it/)
    subscription.unsubscribe()
    const shared = source.pipe(share())
    const both = [receive(shared), receive(shared)]
    expect(await portOf(source)).toBe(port)
    for (const one of both) one.subscription.unsubscribe()
  })

  it('of another transport is no holder', async () => {
    const datagrams = statsd({ port: 0 })
    const { subscription } = receive(datagrams)
    const port = await portOf(datagrams)
    onTestFinished(() => subscription.unsubscribe())
    const lines = graphite({ port })
    const held = receive(lines)
    expect(await portOf(lines)).toBe(port)
    held.subscription.unsubscribe()
  })
})
