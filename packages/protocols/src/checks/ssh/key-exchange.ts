import type { Socket } from 'node:net'

import type { AlgorithmList, Client, KexAlgorithm, ServerHostKeyAlgorithm } from 'ssh2'

import { missingPeer } from '../../errors.ts'
import { answeredBadly } from '../check-failure.ts'
import type { Dialled } from '../exchange/dial.ts'
import { failure } from '../exchange/failures.ts'
import { quoted } from '../quoted.ts'

/** Most bytes of a server until its key is known; they are some thousand. */
const maxBytes = 256 * 1024

/**
 * In it a server names the prime (RFC 4419), and with a large one that is none, ssh2 calculates for a second in which nothing else runs. All
 * servers that have it have others as well.
 */
const withoutGroupExchange: AlgorithmList<KexAlgorithm> = {
  remove: 'diffie-hellman-group-exchange-sha256',
  append: [],
  prepend: [],
}

/** Loads ssh2. */
export async function loadSsh2(): Promise<{ readonly Client: new () => Client }> {
  try {
    const { default: library } = await import('ssh2')
    return library
  } catch (cause) {
    throw missingPeer('ssh2', cause)
  }
}

/**
 * Exchanges keys with a server, and gives its host key when it has signed with it, so that it is its own. Nobody logs in; the connection ends.
 */
export function exchangeKeys(
  { socket, name }: Dialled,
  client: Client,
  algorithms: readonly ServerHostKeyAlgorithm[] | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let key: Buffer | undefined
    boundBytes(socket, () =>
      reject(answeredBadly(`${name} sent more than ${maxBytes} bytes in the key exchange`)),
    )
    client
      .on('handshake', () => {
        socket.destroy()
        if (key !== undefined) resolve(key)
      })
      .on('error', (error: Error & { readonly level?: string }) => {
        const isOfSocket = error.level === undefined || error.level === 'client-socket'
        if (isOfSocket && 'syscall' in error) reject(failure(`${name} broke the connection off`, error))
        else reject(answeredBadly(`the key exchange with ${name} failed: ${quoted(error.message)}`))
      })
      .on('close', () => reject(new Error(`${name} ended the connection in the key exchange`)))
    client.connect({
      sock: socket,
      // It is never told.
      username: 'nobody',
      ident: 'tocsin',
      readyTimeout: 0,
      hostVerifier: (sent: Buffer) => {
        key = Buffer.from(sent)
        return true
      },
      algorithms: {
        kex: withoutGroupExchange,
        ...(algorithms !== undefined && { serverHostKey: [...algorithms] }),
      },
    })
  })
}

/** The bytes are counted from when ssh2 listens to them: whoever listens before lets them go by, since it has to get ready first. */
function boundBytes(socket: Socket, exceeded: () => void): void {
  let received = 0
  const count = (chunk: Buffer): void => {
    received += chunk.length
    if (received <= maxBytes) return
    exceeded()
    socket.destroy()
  }
  const begin = (event: string | symbol): void => {
    if (event !== 'data') return
    socket.off('newListener', begin)
    socket.on('data', count)
  }
  socket.on('newListener', begin)
}
