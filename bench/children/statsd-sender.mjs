// Sends statsd lines over UDP in bursts of so many datagrams, as it is told, and says how many lines in how many seconds.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const line = (number) => {
  const name = `service.endpoint${number % 50}.latency${number % 20}`
  const bit = [`${number % 997}|ms|@0.5`, `${number % 7}|c`, `${number % 101}.5|g`][number % 3]
  return `${name}:${bit}|#host:web-${number % 10},env:prod`
}

/** A thousand different lines, so many a datagram. */
const datagramsOf = (linesEach) =>
  Array.from({ length: Math.ceil(1000 / linesEach) }, (_, at) =>
    Buffer.from(Array.from({ length: linesEach }, (_, index) => line(at * linesEach + index)).join('\n')),
  )

process.on('message', async ({ port, linesEach, perBurst, bursts, everyMs }) => {
  const datagrams = datagramsOf(linesEach)
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const start = performance.now()
  let sent = 0
  for (let burst = 0; burst < bursts; burst++) {
    // Late bursts are not made up for: one never meets the other.
    if (burst > 0) await pause(everyMs)
    await new Promise((done) => {
      let left = perBurst
      for (let index = 0; index < perBurst; index++)
        socket.send(datagrams[sent++ % datagrams.length], () => --left === 0 && done())
    })
  }
  const seconds = (performance.now() - start) / 1000
  socket.close()
  process.send({ lines: sent * linesEach, seconds })
})
process.on('disconnect', () => process.exit())
process.send({ ready: true })
