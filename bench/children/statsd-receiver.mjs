// Listens for statsd over UDP and adds up, as the daemon does: says its port, and when asked what it has taken.
import { statsd } from '@tocsin/protocols/statsd'

const source = statsd({ port: 0 })
const sums = new Map()
source.problems.subscribe(({ reason, message }) => {
  // What is lost is counted by who sent it.
  if (reason !== 'lost') throw new Error(message)
})
source.subscribe(({ series, value }) => sums.set(series.key, (sums.get(series.key) ?? 0) + value))
source.listening.subscribe(({ port }) => process.send({ port }))
process.on('message', () => process.send({ ...process.cpuUsage(), lines: source.stats.samples }))
process.on('disconnect', () => process.exit())
