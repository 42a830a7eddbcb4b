import type { Batch } from '@tocsin/core'
import fc from 'fast-check'
import { firstValueFrom, mergeMap, retry, Subject, take, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { BoundAddress } from '../../src/source/bound-address.ts'
import type { Problem } from '../../src/source/problem.ts'
import { createSource, source, type Source, type SourceRun } from '../../src/source/source.ts'
import { createSourceBase, type SourceBase } from '../../src/source/source-base.ts'

const address = (port: number): BoundAddress => ({
  ...{ address: '127.0.0.1', family: 'IPv4', port },
  url: `tcp://127.0.0.1:${port}`,
})

function example(): {
  runs: SourceRun<number>[]
  stopped: SourceRun<number>[]
  base: SourceBase<string>
  numbers: Source<number, string>
  problems: Problem<string>[]
} {
  const runs: SourceRun<number>[] = []
  const stopped: SourceRun<number>[] = []
  const problems: Problem<string>[] = []
  const base = createSourceBase<string>('example', { now: () => 5 })
  const numbers = createSource<number, string>(base, (run) => {
    runs.push(run)
    return () => stopped.push(run)
  })
  numbers.problems.subscribe((problem) => problems.push(problem))
  return { runs, stopped, base, numbers, problems }
}

describe('a source', () => {
  it('starts nothing before it is subscribed to, and one run for each subscriber', () => {
    const { runs, stopped, numbers } = example()
    expect(runs).toHaveLength(0)
    const seen: string[] = []
    const first = numbers.subscribe((value) => seen.push(`first ${value}`))
    numbers.subscribe((value) => seen.push(`second ${value}`))
    runs[0]?.emit([1, 2])
    runs[1]?.emit([3])
    first.unsubscribe()
    expect(runs[0]?.emit([4])).toBe(false)
    expect(seen).toEqual(['first 1', 'first 2', 'second 3'])
    expect(stopped).toEqual([runs[0]])
  })

  it('gives batches as they were emitted, without the empty ones, and counts what it emitted', () => {
    const { runs, numbers } = example()
    const batches: (readonly number[])[] = []
    numbers.batches().subscribe(({ values }) => batches.push(values))
    for (const batch of [[1, 2], [], [3]]) runs[0]?.emit(batch)
    expect(batches).toEqual([[1, 2], [3]])
    expect(numbers.stats.samples).toBe(3)
  })

  it('stops in the middle of a batch when the subscriber has enough, which then is not acknowledged', () => {
    const { runs, stopped, numbers } = example()
    const seen: number[][] = []
    const acked = vi.fn()
    numbers.pipe(take(2), toArray()).subscribe((values) => seen.push(values))
    runs[0]?.emit([1, 2, 3], acked)
    expect(seen).toEqual([[1, 2]])
    expect([stopped.length, acked.mock.calls.length]).toEqual([1, 0])
  })

  it('ends with the error of its run, and can be subscribed to again', () => {
    const { runs, stopped, numbers } = example()
    const errors: unknown[] = []
    numbers.subscribe({ error: (error: unknown) => errors.push(error) })
    runs[0]?.fail('taken')
    numbers.subscribe({ error: (error: unknown) => errors.push(error) })
    expect(errors).toEqual(['taken'])
    expect([runs.length, stopped.length]).toEqual([2, 1])
  })

  it('shows at most ten problems a second for a reason and makes excerpts for those only', () => {
    const { base, numbers, problems } = example()
    let excerpts = 0
    for (let at = 0; at < 50; at += 1) {
      base.report('malformed', 'no', { peer: 'p:1', offset: at, excerpt: () => `${(excerpts += 1)}` })
    }
    expect([problems.length, excerpts, numbers.stats.problems]).toEqual([10, 10, 50])
    expect(problems[1]).toEqual({
      type: 'problem',
      from: 'example',
      reason: 'malformed',
      message: 'no',
      time: 5,
      count: 1,
      peer: 'p:1',
      offset: 1,
      excerpt: '2',
    })
  })

  it('warns of the first problem of each reason where nobody listens', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error & { code?: string }): void => {
      if (warning.code?.startsWith('source/') === true) warnings.push(warning)
    }
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const unheard = source<number, 'odd' | 'even'>((run) => {
      for (const reason of ['odd', 'odd', 'even'] as const) run.report(reason, `an ${reason} number`)
    })
    unheard.subscribe()
    await expect.poll(() => warnings).toHaveLength(2)
    expect(warnings).toMatchObject([
      { name: 'TocsinWarning', code: 'source/odd' },
      { name: 'TocsinWarning', code: 'source/even' },
    ])
  })

  it('exposes no subject', () => {
    const { numbers } = example()
    expect(numbers.problems).not.toBeInstanceOf(Subject)
    expect(numbers.listening).not.toBeInstanceOf(Subject)
  })
})

describe('demand', () => {
  function taking(maxInFlight?: number) {
    const made = example()
    const batches: Batch<number>[] = []
    made.numbers.batches({ maxInFlight }).subscribe((batch) => batches.push(batch))
    return { ...made, batches, run: made.runs[0]! }
  }

  it('lets so many batches be unacknowledged; what is emitted beyond is dropped, counted and told', () => {
    const { run, batches, numbers, problems } = taking(2)
    expect([[1], [2, 3], [4, 5], [6]].map((values) => run.emit(values))).toEqual([true, true, false, false])
    expect(batches.map(({ values }) => values)).toEqual([[1], [2, 3]])
    expect(numbers.stats).toMatchObject({ samples: 3, dropped: 3, problems: 3 })
    expect(problems).toMatchObject([
      {
        from: 'example',
        reason: 'overflow',
        count: 2,
        message: '2 values were dropped: 2 batches wait to be acknowledged, and there is room for no more',
      },
      { reason: 'overflow', count: 1 },
    ])
    batches[0]?.ack()
    expect([run.hasRoom, run.emit([7]), run.hasRoom]).toEqual([true, true, false])
  })

  it('is of 64 batches by default', () => {
    const { run, batches } = taking()
    while (run.hasRoom) run.emit([1])
    expect(batches).toHaveLength(64)
  })

  it('tells the source when there is room again, and each emission when it is acknowledged', () => {
    const { run, batches } = taking(1)
    const told: string[] = []
    run.emit([1], () => told.push('acknowledged'))
    run.whenRoom(() => told.push('room'))
    expect(told).toEqual([])
    batches[0]?.ack()
    expect(told.sort()).toEqual(['acknowledged', 'room'])
  })

  it('is not changed by a batch that is acknowledged twice, or after the end', () => {
    const { run, batches, numbers } = taking(2)
    const acked = vi.fn()
    run.emit([1], acked)
    run.emit([2])
    batches[0]?.ack()
    batches[0]?.ack()
    expect([acked.mock.calls.length, run.emit([3]), run.emit([4])]).toEqual([1, true, false])
    run.complete()
    batches[1]?.ack()
    expect([run.hasRoom, run.emit([5]), numbers.stats.dropped]).toEqual([false, false, 1])
  })

  it('holds a source for ever where nothing is acknowledged, and no other subscriber', () => {
    const { run, runs, batches, numbers } = taking(1)
    const others: number[] = []
    numbers.subscribe((value) => others.push(value))
    for (let value = 0; value < 100; value += 1) for (const one of runs) one.emit([value])
    expect([batches.length, run.hasRoom, others.length]).toEqual([1, false, 100])
  })

  it('is no matter for values: each is acknowledged when next has returned', () => {
    const { runs, numbers } = example()
    const order: string[] = []
    numbers.subscribe((value) => order.push(`value ${value}`))
    for (const values of [[1, 2], [3]]) runs[0]?.emit(values, () => order.push('acknowledged'))
    expect(order).toEqual(['value 1', 'value 2', 'acknowledged', 'value 3', 'acknowledged'])
  })

  it('acknowledges what has no values at once', () => {
    const acked = vi.fn()
    expect([taking(1).run.emit([], acked), acked.mock.calls.length]).toEqual([true, 1])
  })

  it('gives each value, or drops and counts it, whatever is acknowledged when', () => {
    const step = fc.oneof(
      fc.record({ emit: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ acknowledge: fc.nat(20) }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (maxInFlight, steps) => {
        const { run, batches, numbers } = taking(maxInFlight)
        // Which batches a naive count would still call unacknowledged.
        const waiting = new Set<number>()
        const given: number[] = []
        let [next, dropped] = [0, 0]
        for (const one of steps) {
          if ('acknowledge' in one) {
            batches[one.acknowledge]?.ack()
            waiting.delete(one.acknowledge)
            continue
          }
          const values = Array.from({ length: one.emit }, () => (next += 1))
          if (waiting.size >= maxInFlight) dropped += values.length
          else if (values.length > 0) {
            waiting.add(batches.length)
            given.push(...values)
          }
          run.emit(values)
        }
        expect(batches.flatMap(({ values }) => values)).toEqual(given)
        expect(numbers.stats).toMatchObject({ samples: given.length, dropped })
      }),
    )
  })

  it('refuses a wrong number at the call', () => {
    const { numbers } = example()
    expect(() => numbers.batches({ maxInFlight: 0 })).toThrow('PROTOCOL_BAD_OPTION: option "maxInFlight"')
  })
})

describe('listening', () => {
  it('tells late subscribers the current address, and each bind', () => {
    const { runs, numbers } = example()
    const first = numbers.subscribe()
    numbers.subscribe()
    runs[0]?.bound(address(1))
    const ports: number[] = []
    numbers.listening.subscribe(({ port }) => ports.push(port))
    runs[1]?.bound(address(2))
    expect(ports).toEqual([1, 2])
    first.unsubscribe()
    const later: number[] = []
    numbers.listening.subscribe(({ port }) => later.push(port))
    expect(later).toEqual([2])
  })

  it('errs where the bind fails, also for whoever asks late, and not where the next one succeeds', async () => {
    const { runs, numbers } = example()
    const early = firstValueFrom(numbers.listening)
    numbers.subscribe({ error: () => undefined })
    runs[0]?.fail(new Error('taken'))
    await expect(early).rejects.toThrow('taken')
    await expect(firstValueFrom(numbers.listening)).rejects.toThrow('taken')
    numbers.subscribe()
    const again = firstValueFrom(numbers.listening)
    runs[1]?.bound(address(3))
    expect(await again).toMatchObject({ port: 3 })
  })

  it('waits for the run of a retry that begins where the error is told', async () => {
    let attempts = 0
    const stubborn = source((run) => {
      attempts += 1
      if (attempts < 3) run.fail(new Error('taken'))
      else run.bound(address(4))
    })
    stubborn.pipe(retry()).subscribe()
    expect(await firstValueFrom(stubborn.listening)).toMatchObject({ port: 4 })
  })

  it('does not err where a run fails that was bound', () => {
    const { runs, numbers } = example()
    numbers.subscribe({ error: () => undefined })
    runs[0]?.bound(address(1))
    const errors: unknown[] = []
    numbers.listening.subscribe({ error: (error: unknown) => errors.push(error) })
    runs[0]?.fail(new Error('later'))
    expect(errors).toEqual([])
  })
})

describe('a source of one’s own', () => {
  /** Counts up to `last`, and asks before each. */
  const counting = (last: number): Source<number, string> =>
    source((run) => {
      let at = 0
      const pull = (): void => {
        if (at === last) run.complete()
        else {
          run.emit([(at += 1)])
          run.whenRoom(pull)
        }
      }
      run.whenRoom(pull)
    })

  it('waits for a slow subscriber, loses nothing and ends', async () => {
    let [inFlight, most] = [0, 0]
    const slow = counting(1000)
      .batches({ maxInFlight: 3 })
      .pipe(
        mergeMap(async (batch) => {
          most = Math.max(most, (inFlight += 1))
          await new Promise(setImmediate)
          inFlight -= 1
          batch.ack()
          return batch.values[0]
        }),
        toArray(),
      )
    expect(await firstValueFrom(slow)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
    expect(most).toBe(3)
  })

  it('may be asked for a hundred thousand values at once', async () => {
    expect(await firstValueFrom(counting(100_000).pipe(toArray()))).toHaveLength(100_000)
  })

  it('may wait in a loop of promises', async () => {
    const awaiting = source<number>((run) => {
      const pull = async (): Promise<void> => {
        for (let value = 1; value <= 5; value += 1) {
          await new Promise<void>((ready) => run.whenRoom(ready))
          run.emit([value])
        }
        run.complete()
      }
      void pull()
    })
    const taken: number[] = []
    await new Promise<void>((complete) => {
      awaiting.batches({ maxInFlight: 1 }).subscribe({
        next: (batch) => {
          taken.push(...batch.values)
          setImmediate(() => batch.ack())
        },
        complete,
      })
    })
    expect([taken, awaiting.stats.dropped]).toEqual([[1, 2, 3, 4, 5], 0])
  })

  it('that ignores demand loses what is beyond it, every value counted', () => {
    const pushing = source<number>(
      (run) => {
        for (let value = 0; value < 1000; value += 1) run.emit([value])
      },
      { name: 'pushing', clock: { now: () => 7 } },
    )
    const problems: Problem<string>[] = []
    pushing.problems.subscribe((problem) => problems.push(problem))
    const taken: Batch<number>[] = []
    pushing.batches({ maxInFlight: 10 }).subscribe((batch) => taken.push(batch))
    expect(taken).toHaveLength(10)
    expect(pushing.stats).toMatchObject({ samples: 10, dropped: 990, problems: 990 })
    expect(problems[0]).toMatchObject({ from: 'pushing', reason: 'overflow', time: 7 })
  })

  it('errs with what its start throws, and so does its listening', async () => {
    const broken = source(() => {
      throw new Error('no such device')
    })
    await expect(firstValueFrom(broken)).rejects.toThrow('no such device')
    await expect(firstValueFrom(broken.listening)).rejects.toThrow('no such device')
  })

  it('stops what it gives back when unsubscribed from', () => {
    const stop = vi.fn()
    source(() => stop)
      .subscribe()
      .unsubscribe()
    expect(stop).toHaveBeenCalledTimes(1)
  })

  it('refuses wrong options at the call', () => {
    expect(() => source(undefined as never)).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => source(() => undefined, { name: '' })).toThrow('PROTOCOL_BAD_OPTION: option "name"')
  })
})
