// What is looked at: a server that answers over HTTP, and one that takes connections. Tells their ports.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createPort } from 'node:net'

const http = createServer((request, response) => response.end('all is well')).listen(0, '127.0.0.1')
const tcp = createPort((socket) => socket.on('error', () => undefined).end()).listen(0, '127.0.0.1')
await Promise.all([once(http, 'listening'), once(tcp, 'listening')])
process.send({ http: http.address().port, tcp: tcp.address().port })
