// Checks that run so many a minute, in a process of their own: processor time and lateness. `noop`, `http` or `tcp`, at a port.
import { setTimeout as sleep } from 'node:timers/promises'

import { checks, httpCheck, tcpCheck } from '@tocsin/protocols/checks'

const [kind, perMinuteGiven, port, warmMs, measuredMs] = process.argv.slice(2)
const perMinute = Number(perMinuteGiven)

const good = Promise.resolve({ state: 'good' })
const kinds = {
  noop: (name) => ({ name, run: () => good }),
  http: (name) => httpCheck({ name, url: `http://127.0.0.1:${port}/` }),
  tcp: (name) => tcpCheck({ name, host: '127.0.0.1', port: Number(port) }),
}
const definitions = Array.from({ length: perMinute }, (_, number) => ({
  check: kinds[kind](`${kind}-${number}`),
  periodMs: 60_000,
}))

let isMeasured = false
let notGood = 0
let why
const late = []
// All look at one host, which is no reason to wait here.
const running = checks(definitions, { concurrency: 1000, perHost: 1000 }).subscribe((result) => {
  if (!isMeasured) return
  late.push(result.lateMs)
  if (result.state === 'good') return
  notGood += 1
  why ??= result.status
})
await sleep(Number(warmMs))
isMeasured = true
const before = process.cpuUsage()
const start = performance.now()
await sleep(Number(measuredMs))
const { user, system } = process.cpuUsage(before)
const wall = performance.now() - start
running.unsubscribe()

late.sort((a, b) => a - b)
const quantile = (part) => late[Math.max(0, Math.ceil(part * late.length) - 1)]
const processor = (user + system) / 1e6
console.log(
  JSON.stringify({
    runs: late.length,
    notGood,
    why,
    processor,
    wall: wall / 1000,
    p50: quantile(0.5),
    p99: quantile(0.99),
  }),
)
process.exit(0)
