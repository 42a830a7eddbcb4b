import type { Batch } from '@tocsin/core'
import { firstValueFrom, take, tap, timer, toArray } from 'rxjs'
import type { SchedulerLike } from 'rxjs'
import { describe, expect, it, vi, beforeEach, afterEach } from 'vitest'

import type { HostReading } from '../../src/host/host-samples.ts'
import { hostMetrics } from '../../src/host/host-metrics.ts'
import { createHostReader } from '../../src/host/read-host.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { firstOf, receive } from '../sockets.ts'

const reading: HostReading = { load: [1, 2, 3] }

describe('hostMetrics', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 10_300 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const times = (batches: readonly Batch<{ time: number }>[]): readonly number[] =>
    batches.map(({ values: [first] }) => first?.time ?? 0)

  it('gives one batch a period, at whole multiples of it, however late the timer is', async () => {
    const source = hostMetrics({ periodMs: 1000, read: async () => reading, hostname: 'web1' })
    const { values, subscription } = receive(source.batches().pipe(tap((batch) => batch.ack())))
    await vi.advanceTimersByTimeAsync(3000)
    const timers = vi.getTimerCount()
    subscription.unsubscribe()
    expect(vi.getTimerCount()).toBe(timers - 1)
    expect(times(values)).toEqual([11_000, 12_000, 13_000])
    expect(values[0]?.values.map(({ series }) => series.key)).toEqual([
      'load.1m|ST[host:web1]',
      'load.5m|ST[host:web1]',
      'load.15m|ST[host:web1]',
    ])
  })

  it('leaves out what is no number, and counts and tells it', async () => {
    const source = hostMetrics({ read: async () => ({ load: [Number.NaN, 1, Infinity] }), hostname: 'web1' })
    const problems = receive(source.problems)
    const { values, subscription } = receive(source)
    await vi.advanceTimersByTimeAsync(700)
    subscription.unsubscribe()
    expect(values.map(({ value }) => value)).toEqual([1])
    expect(source.stats).toMatchObject({ samples: 1, dropped: 2 })
    expect(problems.values.filter(({ reason }) => reason === 'bad-value')).toMatchObject([
      { message: 'the reading gave no finite number for load.1m|ST[host:web1]' },
      { message: 'the reading gave no finite number for load.15m|ST[host:web1]' },
    ])
  })

  it('survives a reading that rejects with what has no text', async () => {
    const source = hostMetrics({ read: () => Promise.reject(Object.create(null) as Error) })
    const problems = receive(source.problems)
    const { subscription } = receive(source)
    await vi.advanceTimersByTimeAsync(700)
    subscription.unsubscribe()
    expect(problems.values).toMatchObject([
      { reason: 'reading-failed', message: 'the machine could not be read: a value of type object' },
    ])
  })

  it('leaves a tick out, and counts it, while the reading before still runs', async () => {
    let finish: (() => void) | undefined
    let running = 0
    let most = 0
    const source = hostMetrics({
      read: async () => {
        most = Math.max(most, (running += 1))
        await new Promise<void>((resolve) => (finish = resolve))
        running -= 1
        return reading
      },
    })
    const problems = receive(source.problems)
    const { values, subscription } = receive(source.batches().pipe(tap((batch) => batch.ack())))
    await vi.advanceTimersByTimeAsync(2000)
    finish?.()
    await vi.advanceTimersByTimeAsync(1000)
    finish?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(times(values)).toEqual([11_000, 13_000])
    expect(most).toBe(1)
    expect(source.stats).toMatchObject({ received: 3, dropped: 1 })
    expect(problems.values.filter(({ reason }) => reason === 'still-running')).toHaveLength(1)
    subscription.unsubscribe()
  })

  it('leaves a tick out, and counts and tells it, while the batches before are not acknowledged', async () => {
    const read = vi.fn(async () => reading)
    const source = hostMetrics({ read })
    const problems = receive(source.problems)
    const { values, subscription } = receive(source.batches({ maxInFlight: 1 }))
    await vi.advanceTimersByTimeAsync(3000)
    values[0]?.ack()
    await vi.advanceTimersByTimeAsync(1000)
    subscription.unsubscribe()
    expect(times(values)).toEqual([11_000, 14_000])
    expect(read).toHaveBeenCalledTimes(2)
    expect(source.stats).toMatchObject({ received: 4, dropped: 2 })
    expect(problems.values.filter(({ reason }) => reason === 'overflow')).toMatchObject([
      { message: 'a reading was left out: those before wait to be acknowledged' },
      {},
    ])
  })

  it('counts the ticks that passed while the process was stopped, and goes on in phase', async () => {
    const source = hostMetrics({ read: async () => reading })
    const { values, subscription } = receive(source.batches().pipe(tap((batch) => batch.ack())))
    await vi.advanceTimersByTimeAsync(1000)
    vi.setSystemTime(15_500)
    await vi.advanceTimersByTimeAsync(2000)
    expect(times(values)[0]).toBe(11_000)
    expect(
      times(values)
        .slice(1)
        .every((time) => time % 1000 === 0 && time >= 15_000),
    ).toBe(true)
    expect(source.stats.dropped).toBeGreaterThanOrEqual(3)
    subscription.unsubscribe()
  })

  it('reports a failed reading and what the machine does not tell, and goes on', async () => {
    const read = vi.fn(async () => reading)
    read.mockRejectedValueOnce(new Error('EMFILE'))
    const source = hostMetrics({ read })
    const problems = receive(source.problems)
    const { values, subscription } = receive(source.batches().pipe(tap((batch) => batch.ack())))
    await vi.advanceTimersByTimeAsync(3000)
    subscription.unsubscribe()
    expect(values).toHaveLength(2)
    expect(problems.values.map(({ reason }) => reason)).toEqual([
      'reading-failed',
      ...['cpu', 'memory', 'disks', 'network'].map(() => 'not-available'),
    ])
  })
})

describe('hostMetrics in virtual time', () => {
  it('asks and stamps at its moments, and leaves out what is due while a reading goes on', async () => {
    using time = virtualTime()
    const asked: number[] = []
    const stamps = new Set<number>()
    const source = hostMetrics({
      read: async () => {
        asked.push(time.now())
        if (asked.length === 1) await firstValueFrom(timer(1500))
        return reading
      },
    })
    const subscription = source.subscribe((sample) => stamps.add(sample.time))
    await time.advanceTo(4500)
    subscription.unsubscribe()
    expect(asked).toEqual([1000, 3000, 4000])
    expect([...stamps]).toEqual(asked)
    expect(source.stats).toMatchObject({ received: 4, dropped: 1 })
    expect(time.scheduled).toBe(0)
  })

  it('takes the time of a scheduler of its own for its clock', async () => {
    using time = virtualTime()
    const scheduler: SchedulerLike = {
      now: () => time.now() + 500_000,
      schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay?: number) =>
        time.schedule(work, delay),
    }
    const stamps = new Set<number>()
    const subscription = hostMetrics({ scheduler, read: async () => reading }).subscribe((sample) =>
      stamps.add(sample.time),
    )
    await time.advanceTo(2000)
    subscription.unsubscribe()
    expect([...stamps]).toEqual([501_000, 502_000])
  })
})

describe('this machine', () => {
  it('tells its processors, memory and disk', async () => {
    const parts: HostReading[] = []
    const { signal } = new AbortController()
    const last = await createHostReader()()({ signal, tell: (part) => parts.push(part) })
    const { cpu, memory, disks, network }: HostReading = Object.assign({}, ...parts, last)
    expect(cpu?.idleMs).toBeGreaterThan(0)
    expect(memory?.totalBytes).toBeGreaterThan(memory?.availableBytes ?? Infinity)
    expect(disks?.[0]?.totalBytes).toBeGreaterThan(0)
    if (process.platform === 'linux') expect(network?.map(({ name }) => name)).toContain('lo')
  })

  it('is read for real once a period', async () => {
    const batches = await firstOf(hostMetrics({ periodMs: 20 }).batches().pipe(take(3), toArray()))
    const names = new Set(batches.flatMap(({ values }) => values).map(({ series }) => series.metric))
    for (const name of ['cpu.used_percent', 'load.1m', 'memory.used_percent', 'disk.used_percent']) {
      expect(names).toContain(name)
    }
  })
})
