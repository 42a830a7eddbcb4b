import type { Socket } from 'node:net'
import type { Server } from 'node:tls'

import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { Connection, Connections } from './connections.ts'

/**
 * Lets the connections of a server of TLS in, and tells of those whose handshake does not come to its end: what Node tells of is not
 * closed by it, and whose certificate it refuses it closes and tells nobody.
 */
export function admitHandshakes(
  server: Server,
  base: SourceBase<ProblemReason>,
  connections: Connections,
): void {
  const secured = new WeakSet<Connection>()
  const faults = new WeakMap<Connection, string>()
  server.on('connection', (socket: Socket) => {
    const connection = connections.admit(socket, false)
    if (connection === undefined) return
    socket.once('close', () => {
      // One that was silent is told of as such.
      if (secured.has(connection) || socket.bytesRead === 0) return
      const why =
        faults.get(connection) ?? 'it was broken off, or the certificate is of no authority that is taken'
      base.stats.refused += 1
      base.report('connection-failed', `the TLS handshake failed (${why})`, { peer: connection.peer })
    })
  })
  server.prependListener('secureConnection', (socket) => {
    const connection = connections.below(socket)
    if (connection === undefined) socket.destroy()
    else secured.add(connection)
  })
  // Before that of Node's HTTP server, which closes the socket, whose address is then unknown.
  server.prependListener('tlsClientError', ({ message }, socket) => {
    const connection = connections.below(socket)
    if (connection !== undefined) faults.set(connection, message)
    socket.destroy()
  })
}
