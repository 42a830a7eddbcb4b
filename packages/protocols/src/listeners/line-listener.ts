import { createServer, type Socket } from 'node:net'

import { excerpt } from '../engine/excerpt.ts'
import { createLineSplitter } from '../formats/line-splitter.ts'
import { lineTooLong } from '../formats/lines.ts'
import type { SourceBase } from '../source.ts'
import { listenTcp, peerName, type BindAddress } from './bind.ts'

/** Where and how to listen for lines. */
export interface LineListenerOptions extends BindAddress {
  readonly maxLineBytes: number
  readonly maxConnections: number
  readonly idleTimeoutMs: number
}

/** Listens on TCP and hands on blocks of whole lines; never replies. The function given back closes all. */
export function listenLines(
  base: SourceBase,
  options: LineListenerOptions,
  take: (lines: Uint8Array, peer: string) => void,
  fail: (error: unknown) => void,
): () => void {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    base.stats.connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    readLines(socket, base, options, take)
  })
  server.maxConnections = options.maxConnections
  const stop = listenTcp(server, base, options, fail)
  return () => {
    stop()
    for (const socket of sockets) socket.destroy()
  }
}

function readLines(
  socket: Socket,
  base: SourceBase,
  { maxLineBytes, idleTimeoutMs }: LineListenerOptions,
  take: (lines: Uint8Array, peer: string) => void,
): void {
  const peer = peerName(socket.remoteAddress, socket.remotePort)
  const splitter = createLineSplitter(maxLineBytes, {
    lines: (bytes) => take(bytes, peer),
    tooLong: (start) =>
      base.report('line-too-long', lineTooLong(maxLineBytes), { peer, excerpt: () => excerpt(start) }),
  })
  socket.setTimeout(idleTimeoutMs, () => socket.destroy())
  socket.on('data', (chunk) => {
    base.stats.received += 1
    base.stats.bytes += chunk.length
    splitter.push(chunk)
  })
  // A sender that closes in order has ended its last line too.
  socket.on('end', () => take(splitter.rest(), peer))
  socket.on('error', () => {
    // 'close' follows, and reports what was lost.
  })
  socket.on('close', () => {
    const rest = splitter.rest()
    if (rest.length === 0) return
    base.report('truncated', 'the connection broke inside a line, which is not taken', {
      peer,
      excerpt: () => excerpt(rest),
    })
  })
}
