import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { createHealthLog } from '../src/health.ts'
import { LatencyHistogram } from '../src/write/latency-histogram.ts'
import { JournalError } from '../src/index.ts'
import { journalSamples } from '../src/samples.ts'
import type { JournalHealth, JournalSnapshot } from '../src/index.ts'
import type { Sample } from '../src/samples.ts'
import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'

describe('health$', () => {
  it('gives the present state to each subscriber, then changes, and completes behind closed', async () => {
    using time = virtualTime()
    const journal = await openStrings(newFileSystem())
    const seen: JournalHealth[] = []
    let completed = 0
    const watch = { next: (health: JournalHealth) => seen.push(health), complete: () => (completed += 1) }
    journal.health$.subscribe(watch)
    await time.advanceBy(5000)
    expect(seen).toEqual([{ type: 'health', state: 'open', since: 0 }])
    expect(journal.health).toEqual({ type: 'health', state: 'open', since: 0 })
    await journal.close()
    journal.health$.subscribe(watch)
    const closed = { type: 'health', state: 'closed', since: 5000 }
    expect(seen).toEqual([{ type: 'health', state: 'open', since: 0 }, closed, closed])
    expect(completed).toBe(2)
    expect(journal.health).toEqual(closed)
  })

  it('is failed when both attempts failed, and open again with the next append that succeeds', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const states: JournalHealth[] = []
    journal.health$.subscribe((health) => states.push(health))
    await journal.append('1')
    const mend = fileSystem.fail('write', 'EIO', { path: /segment$/ })
    await expect(journal.append('2')).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    await expect(journal.append('2')).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    expect(states.slice(1)).toMatchObject([{ state: 'failed', reason: expect.stringContaining('EIO') }])
    expect((await readAll(journal)).values.size).toBe(1)
    mend()
    await journal.append('2')
    expect(states.map(({ state }) => state)).toEqual(['open', 'failed', 'open'])
  })

  it('stays open where the second attempt succeeds, which counts as a rewrite', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    fileSystem.fail('write', 'EIO', { path: /segment$/, call: 1 })
    await journal.append('2')
    expect(journal.health.state).toBe('open')
    expect(journal.stats.rewrites).toBe(1)
  })

  it('is fenced for good, told once, and still ends with closed', () => {
    let told = 0
    const log = createHealthLog({ now: () => 7 }, () => (told += 1))
    const seen: string[] = []
    log.changes.subscribe(({ state }) => seen.push(state))
    log.failed(new JournalError('JOURNAL_FENCED', 'taken over'))
    log.failed(new JournalError('JOURNAL_FENCED', 'taken over'))
    log.written()
    log.full('disk')
    log.failed(new Error('EIO'))
    log.closed()
    log.written()
    expect(seen).toEqual(['open', 'fenced', 'closed'])
    expect(told).toBe(1)
  })

  it('does not change with errors that say nothing of the disk', () => {
    const log = createHealthLog({ now: () => 7 }, () => undefined)
    log.failed(new JournalError('JOURNAL_RECORD_TOO_LARGE', 'large'))
    log.failed(new JournalError('JOURNAL_BUSY', 'busy'))
    expect(log.present.state).toBe('open')
  })
})

describe('stats$()', () => {
  it('gives a snapshot at once and one each period, and a last one on close()', async () => {
    using time = virtualTime()
    const journal = await openStrings(newFileSystem())
    const snapshots: JournalSnapshot[] = []
    let completed = false
    journal.stats$().subscribe({ next: (one) => snapshots.push(one), complete: () => (completed = true) })
    await journal.subscriber('reader')
    await journal.append('1')
    await time.advanceBy(25_000)
    expect(snapshots.map(({ time }) => time)).toEqual([0, 10_000, 20_000])
    await journal.close()
    expect(snapshots.length).toBe(4)
    expect(snapshots.at(-1)).toMatchObject({ time: 25_000, health: { state: 'closed' } })
    expect(completed).toBe(true)
    expect(time.scheduled).toBe(0)
  })

  it('has one timer per subscription, which goes with it', async () => {
    using time = virtualTime()
    const journal = await openStrings(newFileSystem())
    await time.advanceBy(0)
    const idle = time.scheduled
    const stats = journal.stats$({ periodMs: 100 })
    expect(time.scheduled).toBe(idle)
    const subscriptions = [stats.subscribe(), stats.subscribe()]
    await time.advanceBy(1000)
    expect(time.scheduled).toBe(2)
    for (const subscription of subscriptions) subscription.unsubscribe()
    await time.advanceBy(1000)
    expect(time.scheduled).toBe(0)
  })

  it('gives plain data that survives JSON, with the lag of each subscriber', async () => {
    let stopwatch = 0
    const journal = await openStrings(newFileSystem(), {
      stopwatch: { now: () => (stopwatch += 1.25) },
    })
    await journal.subscriber('reader')
    for (let index = 0; index < 3; index += 1) await journal.append('x')
    await journal.append('y', { durability: 'os' })
    const one = await firstValueFrom(journal.stats$())
    expect(JSON.parse(JSON.stringify(one))).toEqual(one)
    expect(one).toMatchObject({
      type: 'stats',
      locked: true,
      health: { state: 'open' },
      stats: { appended: 4, commits: 4, evicted: 0, rewrites: 0, gaps: { corrupt: 0 }, pending: 0 },
      subscribers: [{ name: 'reader', lagRecords: 3, expired: false, evicted: 0 }],
    })
    // Only what appends waited for is measured.
    expect(one.stats.commitLatency).toEqual({ bins: [{ value: 12, exponent: 0, count: 3 }] })
  })

  it('refuses a period that is none at the call', async () => {
    const journal = await openStrings(newFileSystem())
    expect(() => journal.stats$({ periodMs: 0 })).toThrow('JOURNAL_BAD_OPTION')
  })
})

describe('journalSamples()', () => {
  it('makes counters, gauges, a histogram, and one gauge per subscriber', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.subscriber('reader')
    await journal.appendBatch(['1', '2'])
    const samples: Sample[] = []
    const toSamples = journalSamples({ prefix: 'edge.journal', tags: { host: 'web-1' } })
    journal
      .stats$()
      .pipe(toSamples)
      .subscribe((sample) => samples.push(sample))
      .unsubscribe()
    const byKey = new Map(samples.map(({ series, kind, value }) => [series.key, { kind, value }]))
    expect(byKey.size).toBe(samples.length)
    expect(byKey.get('edge.journal.appended_records|ST[host:web-1]')).toEqual({ kind: 'counter', value: 2 })
    expect(byKey.get('edge.journal.lag_records|ST[host:web-1,subscriber:reader]')).toEqual({
      kind: 'gauge',
      value: 2,
    })
    expect(byKey.get('edge.journal.gaps|ST[host:web-1,reason:missing-segment]')).toEqual({
      kind: 'counter',
      value: 0,
    })
    expect(byKey.get('edge.journal.commit_ms|ST[host:web-1]')).toMatchObject({
      kind: 'histogram',
      value: { bins: [{ count: 1 }] },
    })
    expect(byKey.get('edge.journal.health|ST[host:web-1]')).toEqual({ kind: 'gauge', value: 0 })
    expect(byKey.has('edge.journal.lag_ms|ST[host:web-1,subscriber:reader]')).toBe(true)
  })

  it('refuses names that are none at the call', () => {
    for (const options of [{ prefix: '' }, { tags: { host: 5 } }, { prefixes: 'x' }, { tags: { '': 'x' } }]) {
      expect(() => journalSamples(options as never)).toThrow('JOURNAL_BAD_OPTION')
    }
  })
})

describe('the latency histogram', () => {
  it('counts each duration in the bin of its first two digits, lowest first', () => {
    const histogram = new LatencyHistogram()
    for (const ms of [120, 0.115, 0, 0.1199, 1.25, 129, -3, NaN, Infinity, 9.99]) histogram.add(ms)
    expect(histogram.snapshot().bins).toEqual([
      { value: 0, exponent: 0, count: 2 },
      { value: 11, exponent: -1, count: 2 },
      { value: 12, exponent: 0, count: 1 },
      { value: 99, exponent: 0, count: 1 },
      { value: 12, exponent: 2, count: 2 },
    ])
  })
})
