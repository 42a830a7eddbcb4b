import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

import { excerpt } from '../source/excerpt.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { SourceRun } from '../source/source.ts'
import type { Connection, Connections } from './connections.ts'
import { admitHandshakes } from './handshakes.ts'
import { tlsOptionsOf, type ResolvedConnections } from './listen-options.ts'

/** Cuts the bytes of one connection into what is whole, and hands it on. */
export interface StreamReader {
  /** Takes bytes; says whether something was whole with them. */
  push(chunk: Uint8Array): boolean
  /** The sender has ended in order: gives what takes what that makes whole, if anything. */
  end(): (() => void) | undefined
  /** What is left, and forgets it. */
  rest(): Uint8Array
}

/** Gives a reader for the connection of a peer. */
type OpenReader = (peer: string) => StreamReader

/** All connections of one run: without room, none is read. */
export interface Intake {
  add(socket: Socket): void
  /** After what came from this one was handed on. */
  took(socket: Socket): void
}

/** Lets connections be read while the subscriber has room; those that wait are read in turn. */
export function createIntake(
  run: Pick<SourceRun<unknown>, 'hasRoom' | 'whenRoom'>,
  connections: Connections,
): Intake {
  const sockets = new Set<Socket>()
  let isHeld = false
  const resume = (): void => {
    isHeld = false
    // The silence was ours; the time for that of the sender begins now.
    connections.release()
    for (const socket of sockets) socket.resume()
  }
  return {
    add(socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      if (isHeld) socket.pause()
    },
    took(socket) {
      if (isHeld || run.hasRoom) return
      isHeld = true
      connections.hold()
      // Whoever took the last place comes last, when there is room for one again.
      if (sockets.delete(socket)) sockets.add(socket)
      for (const one of sockets) one.pause()
      run.whenRoom(resume)
    },
  }
}

/** What a server of streams needs of its run. */
export interface StreamRun {
  readonly base: SourceBase<ProblemReason>
  readonly run: Pick<SourceRun<unknown>, 'hasRoom' | 'whenRoom'>
  readonly connections: Connections
  readonly intake: Intake
  readonly open: OpenReader
  /** Hands on what the reader has taken, as one batch. */
  readonly emit: () => void
}

/** A server whose connections are read; it never replies. */
export function createStreamServer(
  transport: 'tcp' | 'tls' | 'unix',
  options: ResolvedConnections,
  stream: StreamRun,
): Server {
  if (transport !== 'tls') {
    return createServer((socket) => {
      const connection = stream.connections.admit(socket, transport === 'unix')
      if (connection !== undefined) readStream(socket, connection, stream)
    })
  }
  const server = createTlsServer(tlsOptionsOf(options), (socket) => {
    const connection = stream.connections.below(socket)
    if (connection !== undefined) readStream(socket, connection, stream)
  })
  admitHandshakes(server, stream.base, stream.connections)
  return server
}

function readStream(socket: Socket, connection: Connection, stream: StreamRun): void {
  const { base, run, intake, open, emit } = stream
  const { peer } = connection
  const reader = open(peer)
  intake.add(socket)
  socket.on('data', (chunk) => {
    base.stats.received += 1
    base.stats.bytes += chunk.length
    if (reader.push(chunk)) connection.brought()
    emit()
    intake.took(socket)
  })
  socket.on('end', () => {
    const takeLast = reader.end()
    if (takeLast === undefined) return
    // It may close right after the last place was taken.
    run.whenRoom(() => {
      takeLast()
      emit()
      intake.took(socket)
    })
  })
  socket.on('error', () => {
    // 'close' follows, and reports what was lost.
  })
  socket.on('close', () => {
    const { readableLength: unread } = socket
    if (unread > 0) {
      const message = `the connection ended with ${unread} bytes that were not read, which are not taken`
      base.report('truncated', message, { peer })
    }
    const rest = reader.rest()
    if (rest.length === 0) return
    base.report('truncated', 'the connection broke inside a message, which is not taken', {
      peer,
      excerpt: () => excerpt(rest),
    })
  })
}
