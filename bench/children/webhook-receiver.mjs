// Takes webhooks of either contender, and tells its parent when it has so many: which alert came when, and over how many connections.
import { createServer } from 'node:http'

const delayMs = Number(process.argv[2] ?? 0)
const numbered = /"n":"(\d+)"|"name":"n","value":"(\d+)"/g
const now = () => performance.timeOrigin + performance.now()

let connections = 0
let arrivals = new Map()
let wanted = Infinity
const report = () => {
  if (arrivals.size < wanted) return
  process.send({ arrivals: [...arrivals], connections })
  wanted = Infinity
}
const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const time = now()
    for (const [, a, b] of Buffer.concat(chunks).toString().matchAll(numbered)) {
      const n = Number(a ?? b)
      if (!arrivals.has(n)) arrivals.set(n, time)
    }
    report()
    if (delayMs > 0) setTimeout(() => response.end(), delayMs)
    else response.end()
  })
})
server.on('connection', () => (connections += 1))
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', (message) => {
  if (message.reset) {
    arrivals = new Map()
    connections = 0
  }
  wanted = message.wanted ?? Infinity
  if (message.reset) process.send({ ready: true })
  report()
})
process.on('disconnect', () => process.exit())
