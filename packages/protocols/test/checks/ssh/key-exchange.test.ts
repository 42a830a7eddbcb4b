import { EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

import ssh2, { type Client, type ConnectConfig } from 'ssh2'
import { describe, expect, it } from 'vitest'

import type { Dialled } from '../../../src/checks/exchange/dial.ts'
import { readIdentification } from '../../../src/checks/ssh/identification.ts'
import { exchangeKeys } from '../../../src/checks/ssh/key-exchange.ts'
import { serve } from '../exchange/run.ts'

const said = 'SSH-2.0-x\r\nand what it sends with it'

/** A client as that of ssh2 is, which begins to listen some time after it was given the connection. */
class LateClient extends EventEmitter {
  heard = ''

  connect({ sock }: ConnectConfig): this {
    const socket = sock as Socket
    void wait(50).then(() => {
      socket.on('data', (chunk: Buffer) => {
        this.heard += String(chunk)
        if (this.heard.length === said.length) this.emit('error', new Error('it has heard all'))
      })
      socket.resume()
    })
    return this
  }
}

async function dialled(port: number): Promise<Dialled> {
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, name: 'fake:22' } as unknown as Dialled
}

const groupExchange = 'diffie-hellman-group-exchange-sha256'

/** The packet by which a server says what it can do (RFC 4253 section 7.1). */
function offer(exchange: string): Buffer {
  const lists = [exchange, 'ssh-ed25519', ...twice('aes128-ctr'), ...twice('hmac-sha2-256'), ...twice('none')]
  const content = Buffer.concat([
    Buffer.of(20),
    Buffer.alloc(16),
    ...[...lists, ...twice('')].map((list) => Buffer.concat([uint32(list.length), Buffer.from(list)])),
    Buffer.alloc(5),
  ])
  const padding = 16 - ((5 + content.length) % 8)
  return Buffer.concat([
    uint32(1 + content.length + padding),
    Buffer.of(padding),
    content,
    Buffer.alloc(padding),
  ])
}

const twice = (list: string): readonly string[] => [list, list]
const uint32 = (value: number): Buffer => Buffer.of(value >>> 24, value >>> 16, value >>> 8, value)

describe('exchangeKeys', () => {
  it('keeps all that a server says for a client that is not ready yet', async () => {
    const port = await serve((socket) => void socket.write(said))
    const connection = await dialled(port)
    expect(await readIdentification(connection, () => undefined)).toBe('SSH-2.0-x')
    const client = new LateClient()
    await expect(exchangeKeys(connection, client as unknown as Client, undefined)).rejects.toThrow(
      'heard all',
    )
    expect(client.heard).toBe(said)
    connection.socket.destroy()
  })

  it('lets no server choose the prime to calculate with', async () => {
    const port = await serve((socket) => {
      socket.write('SSH-2.0-x\r\n')
      socket.write(offer(groupExchange))
    })
    const connection = await dialled(port)
    await expect(exchangeKeys(connection, new ssh2.Client(), undefined)).rejects.toThrow(
      'no matching key exchange algorithm',
    )
    connection.socket.destroy()
  })

  it('ends where a server sends without an end', async () => {
    const port = await serve((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      }
      socket.on('drain', more)
      more()
    })
    const connection = await dialled(port)
    const exchanged = exchangeKeys(connection, new LateClient() as unknown as Client, undefined)
    await expect(exchanged).rejects.toThrow('fake:22 sent more than 262144 bytes in the key exchange')
    expect(connection.socket.destroyed).toBe(true)
  })
})
