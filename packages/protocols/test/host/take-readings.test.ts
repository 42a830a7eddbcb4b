import { tap } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { hostMetrics, type HostMetricsOptions } from '../../src/host/host-metrics.ts'
import type { HostReading } from '../../src/host/host-samples.ts'
import { processMetrics } from '../../src/host/process-metrics.ts'
import { createStage, type Stage } from '../checks/stage.ts'
import { receive } from '../sockets.ts'

const reading: HostReading = { load: [1, 2, 3] }

/** Of this reading only. */
const isKnown = ({ reason }: { readonly reason: string }): boolean => reason !== 'not-available'

let stage: Stage
beforeEach(() => {
  stage = createStage()
})
afterEach(() => stage[Symbol.dispose]())

/** What a source tells, each as one line with its time. */
function follow(options: HostMetricsOptions): {
  readonly source: ReturnType<typeof hostMetrics>
  readonly lines: readonly string[]
  readonly leave: () => void
} {
  const source = hostMetrics({ ...stage.options, ...options })
  const lines: string[] = []
  source.problems.subscribe((problem) => {
    if (isKnown(problem)) lines.push(`${stage.options.scheduler.now()} ${problem.reason}`)
  })
  const samples = source.batches().pipe(tap((batch) => batch.ack()))
  const subscription = samples.subscribe(({ values: [first] }) => {
    lines.push(`${stage.options.scheduler.now()} ${first?.series.metric} of ${first?.time}`)
  })
  return { source, lines, leave: () => subscription.unsubscribe() }
}

describe('readings', () => {
  it('tell of one that never ends once, then of each that is left out, and take no other meanwhile', async () => {
    let [asked, aborted] = [0, 0]
    const { source, lines, leave } = follow({
      timeoutMs: 1500,
      read({ signal, tell }) {
        asked += 1
        tell(reading)
        signal.addEventListener('abort', () => (aborted += 1))
        return new Promise(() => undefined)
      },
    })
    await stage.advance(4000)
    leave()
    await stage.advance(9000)
    expect([asked, aborted]).toEqual([1, 1])
    expect(lines).toEqual([
      '102000 still-running',
      '102500 reading-failed',
      '102500 load.1m of 101000',
      '103000 still-running',
      '104000 still-running',
    ])
    expect(source.stats).toMatchObject({ received: 4, dropped: 4, samples: 3 })
    expect(stage.timers).toBe(0)
  })

  it('tell nothing of what one that was given up still brings, and go on when it has ended', async () => {
    let asked = 0
    const { source, lines, leave } = follow({
      timeoutMs: 500,
      async read({ tell }) {
        asked += 1
        if (asked > 1) return { memory: { totalBytes: 2, availableBytes: 1 } }
        await stage.sleep(1700)
        tell(reading)
        return { load: [Number.NaN, 0, 0] }
      },
    })
    await stage.advance(4000)
    leave()
    expect(lines).toEqual([
      '101500 reading-failed',
      '102000 still-running',
      '103000 memory.used_bytes of 103000',
      '104000 memory.used_bytes of 104000',
    ])
    expect(source.stats).toMatchObject({ received: 4, dropped: 2 })
  })

  it('take nothing from a reader that goes on to tell after its end', async () => {
    let tellLate: ((part: HostReading) => void) | undefined
    const { source, lines, leave } = follow({
      async read({ tell }) {
        tellLate = tell
        return reading
      },
    })
    await stage.advance(1500)
    tellLate?.({ load: [7, 7, 7] })
    await stage.advance(1000)
    leave()
    expect(lines).toEqual(['101000 load.1m of 101000', '102000 load.1m of 102000'])
    expect(source.stats).toMatchObject({ received: 2, dropped: 0, samples: 6 })
  })

  it('end with the subscription, also in the middle of one', async () => {
    const reasons: unknown[] = []
    const { lines, leave } = follow({
      read({ signal, tell }) {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason)
          tell(reading)
        })
        return stage.sleep(300).then(() => reading)
      },
    })
    await stage.advance(1100)
    leave()
    await stage.advance(5000)
    expect(lines).toEqual([])
    expect(reasons).toMatchObject([{ message: 'nobody is subscribed any more' }])
    expect(stage.timers).toBe(0)
  })

  it('end with a subscriber who leaves at a sample', async () => {
    const source = hostMetrics({ ...stage.options, read: async () => reading })
    let taken = 0
    const subscription = source.subscribe(() => {
      taken += 1
      subscription.unsubscribe()
    })
    await stage.advance(3000)
    expect(taken).toBe(1)
    expect(stage.timers).toBe(0)
  })

  it('are taken however late, for the last tick, and count and tell those before', async () => {
    const { source, lines, leave } = follow({ read: async () => reading })
    await stage.advance(1000)
    stage.stall(3950)
    await stage.advance(1000)
    leave()
    expect(lines).toEqual(['101000 load.1m of 101000', '105950 overloaded', '105950 load.1m of 105000'])
    expect(source.stats).toMatchObject({ received: 5, dropped: 3, problems: 3 + 4 })
  })

  it('are bounded, and tell what is beyond', async () => {
    const network = Array.from({ length: 5001 }, (_, at) => ({
      ...{ name: `veth${at}`, receivedBytes: 1n, sentBytes: 2n },
    }))
    const { source, lines, leave } = follow({ read: async () => ({ network }) })
    await stage.advance(1000)
    leave()
    expect(lines).toEqual(['101000 too-many-values', '101000 network.received_bytes of 101000'])
    expect(source.stats).toMatchObject({ received: 1, dropped: 2, samples: 10_000 })
  })

  it('keep to the clock where it is set, and to their time-out', async () => {
    const { lines, leave } = follow({
      timeoutMs: 300,
      read: () => stage.sleep(250).then(() => reading),
    })
    await stage.advance(1100)
    stage.jump(-3_600_000)
    await stage.advance(61_000)
    expect(lines[0]).toBe('-3498750 load.1m of 101000')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(line).toMatch(/ load\.1m of -?\d+000$/)
    stage.jump(3_600_000)
    await stage.advance(1500)
    leave()
    expect(lines.filter((line) => line.endsWith('reading-failed'))).toEqual([])
    expect(lines.at(-1)).toMatch(/000$/)
  })

  it('of a process are given up too, and are of each subscription alone', async () => {
    const watching = new Set<number>()
    let begun = 0
    const source = processMetrics({
      ...stage.options,
      timeoutMs: 500,
      watch() {
        const own = (begun += 1)
        watching.add(own)
        return {
          read: () => (own === 1 ? new Promise(() => undefined) : Promise.resolve({ uptimeMs: own })),
          stop: () => void watching.delete(own),
        }
      },
    })
    const problems = receive(source.problems)
    const [hangs, works] = [receive(source), receive(source)]
    await stage.advance(2000)
    expect([...watching]).toEqual([1, 2])
    hangs.subscription.unsubscribe()
    expect([...watching]).toEqual([2])
    works.subscription.unsubscribe()
    expect([...watching]).toEqual([])
    expect(hangs.values).toEqual([])
    expect(works.values.map(({ time, value }) => [time, value])).toEqual([
      [101_000, 2],
      [102_000, 2],
    ])
    expect(problems.values.filter(isKnown)).toMatchObject([
      { reason: 'reading-failed', message: 'the process could not be read: gave no answer in 500 ms' },
      { reason: 'still-running' },
    ])
    expect(stage.timers).toBe(0)
  })
})
