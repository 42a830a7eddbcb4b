// A process of its own that listens for everything, so that what it holds is only what senders made it hold. It says its ports, and
// answers each line of its input with what it has counted.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'

import { combineLatest, merge } from 'rxjs'

import { graphite } from '../../src/graphite/graphite.ts'
import { httpTrap } from '../../src/http-trap/http-trap.ts'
import { statsd } from '../../src/statsd/statsd.ts'

/** What the process says of itself. */
export interface Told {
  readonly rss: number
  /** What is alive on the heap and beside it, where it was asked to collect before. */
  readonly alive: number
  /** Bytes taken, of statsd and of Graphite. */
  readonly bytes: readonly [statsd: number, graphite: number]
  /** Most samples that one turn of the event loop has taken, since it was asked before. */
  readonly mostInTurn: number
  readonly delayP99Ms: number
  readonly served: Readonly<Record<string, number>>
  readonly refused: number
  readonly problems: number
}

const small = { firstByteTimeoutMs: 300, idleTimeoutMs: 300, maxNameBytes: 16 << 20 }
const lines = statsd({ listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'], ...small })
const carbon = graphite({ port: 0, ...small })
const trap = httpTrap({
  ...{ secret: 'x', port: 0, firstByteTimeoutMs: 300, requestTimeoutMs: 500, maxNameBytes: 16 << 20 },
  ...{ maxBodyBytes: 1 << 20, maxDecodedBytes: 4 << 20, maxPendingBytes: 16 << 20, ackTimeoutMs: 200 },
})
// Nobody acknowledges what comes here.
const deaf = httpTrap({ secret: 'x', path: '/deaf', port: 0, ackTimeoutMs: 200, maxPendingBytes: 1 << 20 })
deaf.batches().subscribe()

const served: Record<string, number> = Object.create(null) as Record<string, number>
const sources = [lines, carbon, trap, deaf]
let problems = 0
merge(...sources.map((one) => one.problems)).subscribe(({ count }) => (problems += count))
let inTurn = 0
let mostInTurn = 0
const endTurn = (): void => {
  mostInTurn = Math.max(mostInTurn, inTurn)
  inTurn = 0
}
merge(lines, carbon, trap).subscribe(({ series: { metric } }) => {
  if (inTurn === 0) setImmediate(endTurn)
  inTurn += 1
  if (metric.startsWith('good')) served[metric] = (served[metric] ?? 0) + 1
})
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

const ports: number[] = []
lines.listening.subscribe(({ port }) => ports.push(port))
combineLatest([carbon.listening, trap.listening, deaf.listening]).subscribe((others) => {
  console.log(JSON.stringify([...ports, ...others.map(({ port }) => port)]))
})
createInterface({ input: process.stdin })
  .on('line', (question) => {
    if (question === 'collect') globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    const told: Told = {
      ...{ rss, alive: heapUsed + external, bytes: [lines.stats.bytes, carbon.stats.bytes], mostInTurn },
      delayP99Ms: delay.percentile(99) / 1e6,
      served,
      refused: sources.reduce((sum, { stats }) => sum + stats.refused, 0),
      problems,
    }
    mostInTurn = 0
    console.log(JSON.stringify(told))
  })
  .on('close', () => process.exit())
