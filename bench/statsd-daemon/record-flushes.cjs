// Records what the npm daemon flushes for random traffic: node record-flushes.cjs <seed> <options as JSON> > flushes.json
const { writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const seed = Number(process.argv[2])
const options = JSON.parse(process.argv[3] ?? '{}')
const intervals = 6
const flushMs = 200

/** mulberry32. */
let state = seed
const random = () => {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const pick = (list) => list[Math.floor(random() * list.length)]
const number = () =>
  pick([Math.floor(random() * 1000), (random() * 100).toFixed(2), (random() * 1e6).toExponential(3)])
const rate = () => pick(['', '', '|@0.5', '|@0.1', '|@0.3'])
const line = () =>
  pick([
    () => `requests.${pick('abc')}:${number()}|c${rate()}`,
    () => `requests.${pick('abc')}:-${number()}|c`,
    () => `render.${pick('abc')}:${number()}|ms${rate()}`,
    () => `render.a:${number()}|ms:${number()}|ms|@0.5:x|ms`,
    () => `query:${number()}|ms`,
    () => `level.${pick('ab')}:${pick(options.deleteIdleStats ? [''] : ['', '+', '-'])}${number()}|g`,
    () => `users.${pick('ab')}:${pick(['ada', 'bob', 'cy', Math.floor(random() * 20)])}|s`,
  ])()

const backend = join(tmpdir(), `tocsin-flushes-${process.pid}-backend.js`)
writeFileSync(
  backend,
  'exports.init = (time, config, events) => { globalThis.statsdEvents = events; return true }',
)
const config = join(tmpdir(), `tocsin-flushes-${process.pid}.js`)
writeFileSync(
  config,
  JSON.stringify({
    ...options,
    servers: [{ server: join(__dirname, 'capture.cjs') }],
    backends: [backend],
    mgmt_port: 0,
    mgmt_address: '127.0.0.1',
    flushInterval: flushMs,
    automaticConfigReload: false,
  }),
)
process.argv[2] = config
console.log = () => undefined
require(process.env.STATSD ?? 'statsd/stats.js')

const own = (name) => name.startsWith('statsd.')
const without = (numbers) => Object.fromEntries(Object.entries(numbers).filter(([name]) => !own(name)))
const flushes = []
let lines
const send = () => {
  // Some intervals are silent, and some names in most.
  lines = Array.from({ length: flushes.length % 3 === 2 ? 2 : Math.floor(random() * 60) }, line)
  if (lines.length > 0) globalThis.statsdHandlePacket(Buffer.from(lines.join('\n')), {})
}
const wait = setInterval(() => {
  if (globalThis.statsdHandlePacket === undefined || globalThis.statsdEvents === undefined) return
  clearInterval(wait)
  globalThis.statsdEvents.on('flush', (time, { counters, counter_rates, gauges, sets, timer_data }) => {
    if (lines !== undefined) {
      const sizes = Object.entries(sets).map(([name, set]) => [name, set.size()])
      flushes.push(
        structuredClone({
          lines,
          counters: without(counters),
          rates: without(counter_rates),
          gauges: without(gauges),
          sets: Object.fromEntries(sizes),
          timers: timer_data,
        }),
      )
    }
    if (flushes.length === intervals) {
      process.stdout.write(
        `${JSON.stringify({ daemon: 'statsd 0.9.0', seed, flushMs, options, flushes })}\n`,
        () => process.exit(0),
      )
    } else setImmediate(send)
  })
}, 1)
