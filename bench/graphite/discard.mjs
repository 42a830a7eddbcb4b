// Takes connections, reads and forgets all, and ends each when its sender does; says its port, and the bytes that it had.
import { createServer } from 'node:net'

const server = createServer((socket) => {
  let bytes = 0
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => (bytes += chunk.length))
  socket.on('close', () => process.send?.({ bytes }))
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }))
