import { Subject, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Problem } from '../src/problem.ts'
import { createSource, createSourceBase, type Run } from '../src/source.ts'

function example(): {
  runs: Run<number>[]
  stopped: Run<number>[]
  base: ReturnType<typeof createSourceBase>
  source: ReturnType<typeof createSource<number>>
} {
  const runs: Run<number>[] = []
  const stopped: Run<number>[] = []
  const base = createSourceBase('example', { now: () => 5 })
  const source = createSource<number>(base, (run) => {
    runs.push(run)
    return () => stopped.push(run)
  })
  return { runs, stopped, base, source }
}

describe('a source', () => {
  it('starts nothing before it is subscribed to, and one run for each subscriber', () => {
    const { runs, stopped, source } = example()
    expect(runs).toHaveLength(0)
    const seen: string[] = []
    const first = source.subscribe((value) => seen.push(`first ${value}`))
    source.subscribe((value) => seen.push(`second ${value}`))
    runs[0]?.emit([1, 2])
    runs[1]?.emit([3])
    first.unsubscribe()
    runs[0]?.emit([4])
    expect(seen).toEqual(['first 1', 'first 2', 'second 3'])
    expect(stopped).toEqual([runs[0]])
  })

  it('gives batches as they were emitted, without the empty ones, and counts what it emitted', () => {
    const { runs, source } = example()
    const batches: (readonly number[])[] = []
    source.batches().subscribe((batch) => batches.push(batch))
    for (const batch of [[1, 2], [], [3]]) runs[0]?.emit(batch)
    expect(batches).toEqual([[1, 2], [3]])
    expect(source.stats.samples).toBe(3)
  })

  it('stops in the middle of a batch when the subscriber has enough', () => {
    const { runs, stopped, source } = example()
    const seen: number[][] = []
    source.pipe(take(2), toArray()).subscribe((values) => seen.push(values))
    runs[0]?.emit([1, 2, 3])
    expect(seen).toEqual([[1, 2]])
    expect(stopped).toHaveLength(1)
  })

  it('ends with the error of its run, and can be subscribed to again', () => {
    const { runs, stopped, source } = example()
    const errors: unknown[] = []
    source.subscribe({ error: (error: unknown) => errors.push(error) })
    runs[0]?.fail('taken')
    source.subscribe({ error: (error: unknown) => errors.push(error) })
    expect(errors).toEqual(['taken'])
    expect([runs.length, stopped.length]).toEqual([2, 1])
  })

  it('tells late subscribers the current address, and each bind', () => {
    const { base, source } = example()
    const address = (port: number): { address: string; family: string; port: number } => ({
      address: '127.0.0.1',
      family: 'IPv4',
      port,
    })
    const withdraw = base.bound(address(1))
    const ports: number[] = []
    source.listening.subscribe(({ port }) => ports.push(port))
    base.bound(address(2))
    expect(ports).toEqual([1, 2])
    const later: number[] = []
    withdraw()
    source.listening.subscribe(({ port }) => later.push(port))
    expect(later).toEqual([2])
  })

  it('shows at most ten problems a second for a reason and makes excerpts for those only', () => {
    const { base, source } = example()
    const problems: Problem[] = []
    source.problems.subscribe((problem) => problems.push(problem))
    let excerpts = 0
    for (let at = 0; at < 50; at += 1) {
      base.report('malformed', 'no', { peer: 'p:1', offset: at, excerpt: () => `${(excerpts += 1)}` })
    }
    expect([problems.length, excerpts, source.stats.problems]).toEqual([10, 10, 50])
    expect(problems[1]).toEqual({
      source: 'example',
      reason: 'malformed',
      message: 'no',
      time: 5,
      suppressed: 0,
      peer: 'p:1',
      offset: 1,
      excerpt: '2',
    })
  })

  it('exposes no subject', () => {
    const { source } = example()
    expect(source.problems).not.toBeInstanceOf(Subject)
    expect(source.listening).not.toBeInstanceOf(Subject)
  })
})
