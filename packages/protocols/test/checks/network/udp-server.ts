import { createSocket } from 'node:dgram'
import { once } from 'node:events'

import { onTestFinished } from 'vitest'

/** A server of UDP on a free port; it answers with each datagram that is given for one. */
export async function serveUdp(
  answer: (question: Buffer, count: number) => readonly Uint8Array[],
): Promise<{ readonly port: number; readonly asked: () => number }> {
  const socket = createSocket('udp4')
  let count = 0
  socket.on('message', (question, peer) => {
    for (const message of answer(question, count++)) socket.send(message, peer.port, peer.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { port: socket.address().port, asked: () => count }
}
