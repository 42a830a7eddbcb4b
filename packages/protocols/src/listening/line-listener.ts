import { createServer, type Socket } from 'node:net'

import type { Sample } from '@tocsin/core'

import { excerpt } from '../source/excerpt.ts'
import { createLineSplitter } from '../wire/line-splitter.ts'
import { lineTooLong } from '../wire/lines.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { SourceRun } from '../source/source.ts'
import { listenTcp, peerName, type BindAddress } from './bind.ts'
import type { Feed } from './feed.ts'

/** Where and how to listen for lines. */
export interface LineListenerOptions extends BindAddress {
  readonly maxLineBytes: number
  readonly maxConnections: number
  readonly idleTimeoutMs: number
}

/** All connections of one run: without room, none is read. */
interface Intake {
  readonly isHeld: boolean
  add(socket: Socket): void
  /** After what came from this one was handed on. */
  took(socket: Socket): void
  close(): void
}

/**
 * Listens on TCP and hands on the lines of each read; never replies. While the subscriber has no room, nothing is read, so that
 * senders wait. The function given back closes all.
 */
export function listenLines(
  base: SourceBase<ProblemReason>,
  options: LineListenerOptions,
  feed: Feed,
  run: SourceRun<Sample>,
): () => void {
  const intake = createIntake(run, options.idleTimeoutMs)
  const server = createServer((socket) => {
    base.stats.connections += 1
    intake.add(socket)
    readLines(socket, base, options, { feed, run, intake })
  })
  server.maxConnections = options.maxConnections
  const stop = listenTcp(server, base, options, run)
  return () => {
    stop()
    intake.close()
  }
}

function createIntake(run: SourceRun<Sample>, idleTimeoutMs: number): Intake {
  const sockets = new Set<Socket>()
  let held = false
  const resume = (): void => {
    held = false
    for (const socket of sockets) {
      // The silence was ours; the time for that of the sender begins now.
      socket.setTimeout(idleTimeoutMs)
      socket.resume()
    }
  }
  return {
    get isHeld() {
      return held
    },
    add(socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      if (held) socket.pause()
    },
    took(socket) {
      if (held || run.hasRoom) return
      held = true
      // Whoever took the last place comes last, when there is room for one again.
      if (sockets.delete(socket)) sockets.add(socket)
      for (const one of sockets) one.pause()
      run.whenRoom(resume)
    },
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function readLines(
  socket: Socket,
  base: SourceBase<ProblemReason>,
  { maxLineBytes, idleTimeoutMs }: LineListenerOptions,
  { feed, run, intake }: { readonly feed: Feed; readonly run: SourceRun<Sample>; readonly intake: Intake },
): void {
  const peer = peerName(socket.remoteAddress, socket.remotePort)
  const splitter = createLineSplitter(maxLineBytes, {
    lines: (bytes) => feed.parse(bytes, peer),
    tooLong: (start) =>
      base.report('line-too-long', lineTooLong(maxLineBytes), { peer, excerpt: () => excerpt(start) }),
  })
  socket.setTimeout(idleTimeoutMs)
  socket.on('timeout', () => {
    // Not read for so long, it could not but be silent.
    if (!intake.isHeld) socket.destroy()
  })
  socket.on('data', (chunk) => {
    base.stats.received += 1
    base.stats.bytes += chunk.length
    splitter.push(chunk)
    feed.emit()
    intake.took(socket)
  })
  socket.on('end', () => {
    // A sender that closes in order has ended its last line too. It may close right after the last place was taken.
    const rest = splitter.rest()
    if (rest.length === 0) return
    run.whenRoom(() => {
      feed.parse(rest, peer)
      feed.emit()
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
    const rest = splitter.rest()
    if (rest.length === 0) return
    base.report('truncated', 'the connection broke inside a line, which is not taken', {
      peer,
      excerpt: () => excerpt(rest),
    })
  })
}
