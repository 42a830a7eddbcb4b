import { EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

import type { Client, ConnectConfig } from 'ssh2'
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
