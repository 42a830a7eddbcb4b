import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import { Observable, Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { LiveStream } from '../server/live/live-stream.ts'
import type { Change } from '../server/live/live-stream.ts'
import type { RecentRow } from '../server/live/recent.ts'
import type { Status } from '../server/wire.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Told {
  readonly id?: string
  readonly event: string
  readonly data: unknown
}

/** A connection that keeps what it is sent. */
class Connection {
  readonly response = new ServerResponse(new IncomingMessage(new Socket()))
  readonly told: Told[] = []
  buffered = 0
  isEnded = false

  constructor() {
    Object.defineProperty(this.response, 'writableLength', { get: () => this.buffered })
    vi.spyOn(this.response, 'write').mockImplementation((text: unknown) => {
      const fields = Object.fromEntries(
        String(text)
          .split('\n')
          .flatMap((line) => (line.includes(': ') ? [line.split(/: (.*)/s).slice(0, 2)] : [])),
      ) as { id?: string; event?: string; data?: string }
      const { id, event, data } = fields
      if (event !== undefined) {
        this.told.push({ ...(id !== undefined && { id }), event, data: JSON.parse(data ?? '') })
      }
      return true
    })
    vi.spyOn(this.response, 'destroy').mockImplementation(() => this.close())
  }

  close(): ServerResponse {
    this.isEnded = true
    return this.response.emit('close') ? this.response : this.response
  }

  events(event: string): readonly unknown[] {
    return this.told.filter((one) => one.event === event).map(({ data }) => data)
  }
}

function stream(run = 'run') {
  const changes$ = new Subject<Change>()
  const rows = new Subject<readonly RecentRow[]>()
  const status = vi.fn(() => ({ now: Date.now() }) as Status)
  const failed = vi.fn()
  const counted = { series: 5 }
  const news$ = new Subject<void>()
  const live = new LiveStream({
    changes$,
    recent: { rows },
    status,
    news$,
    series: () => counted.series,
    watched: () => 2,
    failed,
    run,
    now: () => 7,
  })
  const connect = (id = 'one', after?: string): Connection => {
    const connection = new Connection()
    live.serve(connection.response, id, after)
    return connection
  }
  return { live, changes$, rows, status, news$, failed, counted, connect }
}

const change = (data: unknown): Change => ({ event: 'fault', data })
const row = (key: string, time: number, value: number): RecentRow => ({ key, time, value })

describe('the live stream', () => {
  it('reads nothing, asks nothing, has no timer and writes no text while nobody watches', () => {
    const { live, changes$, rows, status, connect } = stream()
    const toJSON = vi.fn(() => 'fault')
    changes$.next(change({ toJSON }))
    vi.advanceTimersByTime(60_000)
    expect([rows.observed, vi.getTimerCount()]).toEqual([false, 0])

    const [first, second] = [connect('one'), connect('two')]
    live.show({ viewer: 'one', version: 1, keys: ['load'] })
    rows.next([row('load', 1, 2)])
    expect([rows.observed, live.viewers, vi.getTimerCount() > 0]).toEqual([true, 2, true])
    vi.advanceTimersByTime(1000)
    expect(status).toHaveBeenCalledTimes(1)
    rows.next([row('load', 2, 3)])
    first.close()
    expect(rows.observed).toBe(true)
    second.close()

    expect([rows.observed, live.viewers, vi.getTimerCount()]).toEqual([false, 0, 0])
    vi.advanceTimersByTime(60_000)
    changes$.next(change({ toJSON }))
    expect(status).toHaveBeenCalledTimes(1)
    expect(toJSON).not.toHaveBeenCalled()
  })

  it('tells the status at once when something of it is new, and only to those who watch', () => {
    const { status, news$, connect } = stream()
    news$.next()
    expect(status).not.toHaveBeenCalled()
    const connection = connect()
    news$.next()
    expect(connection.events('status')).toHaveLength(1)
    connection.close()
    expect(news$.observed).toBe(false)
  })

  it('beats each 5 s, with the same text for all who watch', () => {
    const { status, connect } = stream()
    const [first, second] = [connect('one'), connect('two')]
    vi.advanceTimersByTime(11_000)
    expect(status).toHaveBeenCalledTimes(3)
    expect(first.events('status')).toHaveLength(3)
    expect(second.events('status')).toEqual(first.events('status'))
  })

  it('tells changes with ids, and turns each into text once', () => {
    const { changes$, connect, live } = stream()
    const toJSON = vi.fn(() => 'fault')
    const [first, second] = [connect('one'), connect('two')]
    changes$.next(change({ toJSON }))
    changes$.next({ event: 'maintenance', data: [] })
    expect(first.told).toEqual([
      { event: 'hello', data: { now: 7, resumed: false } },
      { id: 'run-1', event: 'fault', data: 'fault' },
      { id: 'run-2', event: 'maintenance', data: [] },
    ])
    expect(second.told).toEqual(first.told)
    expect(toJSON).toHaveBeenCalledTimes(1)
    expect(live.position).toBe('run-2')
  })

  it('sends what was missed again, and exactly that', () => {
    const { changes$, connect } = stream()
    for (const number of [1, 2, 3]) changes$.next(change(number))
    const { told } = connect('one', 'run-1')
    expect(told).toEqual([
      { event: 'hello', data: { now: 7, resumed: true } },
      { id: 'run-2', event: 'fault', data: 2 },
      { id: 'run-3', event: 'fault', data: 3 },
    ])
    expect(connect('two', 'run-3').told).toEqual([{ event: 'hello', data: { now: 7, resumed: true } }])
  })

  it.each(['other-1', 'run-4', 'run-', 'run--1', 'run-1e0', '', 'run-9999999999999999999'])(
    'says that events are missing behind %j, which it has not told',
    (after) => {
      const { changes$, connect } = stream()
      for (const number of [1, 2, 3]) changes$.next(change(number))
      expect(connect('one', after).told).toEqual([{ event: 'hello', data: { now: 7, resumed: false } }])
    },
  )

  it('keeps a thousand changes and says that events are missing where more were', () => {
    const { changes$, connect } = stream()
    for (let number = 1; number <= 1002; number++) changes$.next(change(number))
    expect(connect('one', 'run-1').events('hello')).toEqual([{ now: 7, resumed: false }])
    const { told } = connect('two', 'run-2')
    expect([told.length, told[1]?.id, told.at(-1)?.id]).toEqual([1001, 'run-3', 'run-1002'])
  })

  it('sends of the samples those that a viewer shows, gathered, by their place in what it asked', () => {
    const { live, rows, connect } = stream()
    const [first, second] = [connect('one'), connect('two')]
    live.show({ viewer: 'one', version: 4, keys: ['load', 'queue'] })
    rows.next([row('load', 1, 10), row('other', 1, 11), row('queue', 1, 12)])
    rows.next([row('load', 2, 13)])
    expect(first.events('samples')).toEqual([])
    vi.advanceTimersByTime(250)
    const expected = { version: 4, rows: [[0, 1, 10], [1, 1, 12], [0, 2, 13]] } // prettier-ignore
    expect(first.events('samples')).toEqual([expected])
    expect(second.events('samples')).toEqual([])
    rows.next([row('load', 3, 14)])
    live.show({ viewer: 'one', version: 5, keys: ['queue'] })
    vi.advanceTimersByTime(250)
    expect(first.events('samples')).toHaveLength(1)
  })

  it('forgets what a viewer shows with its connection', () => {
    const { live, rows, connect } = stream()
    const lost = connect('one')
    live.show({ viewer: 'one', version: 1, keys: ['load'] })
    lost.close()
    expect(() => live.show({ viewer: 'one', version: 2, keys: ['load'] })).toThrow('not connected')
    const again = connect('one')
    rows.next([row('load', 1, 1)])
    vi.advanceTimersByTime(250)
    expect(again.events('samples')).toEqual([])
  })

  it('counts a window once that connects again, and keeps nothing of an old connection that nobody reads', () => {
    const { live, connect } = stream()
    const old = connect('one')
    old.buffered = 1 << 20
    const next = connect('one')
    expect([old.isEnded, next.isEnded, live.viewers]).toEqual([true, false, 1])
    next.close()
    expect([live.viewers, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('leaves out what a slow viewer cannot take, and says how much when it can again', () => {
    const { changes$, connect } = stream()
    const slow = connect('one')
    slow.told.length = 0
    slow.buffered = 2 << 20
    for (const number of [1, 2, 3]) changes$.next(change(number))
    expect(slow.told).toEqual([])
    slow.buffered = 0
    changes$.next(change(4))
    expect(slow.told).toEqual([
      { event: 'gap', data: { missed: 3 } },
      { id: 'run-4', event: 'fault', data: 4 },
    ])
  })

  it('gives up a connection that has taken nothing for a minute, and not one that merely is slow', () => {
    const { live, connect } = stream()
    const [gone, slow] = [connect('one'), connect('two')]
    gone.buffered = slow.buffered = 2 << 20
    vi.advanceTimersByTime(41_000)
    slow.buffered = 0
    vi.advanceTimersByTime(30_000)
    expect([gone.isEnded, slow.isEnded, live.viewers]).toEqual([true, false, 1])
  })

  it('tells of new series once a second, however many come', () => {
    const { rows, counted, connect } = stream()
    const viewer = connect()
    for (const series of [6, 7, 8]) {
      counted.series = series
      rows.next([row('load', 1, 1)])
    }
    vi.advanceTimersByTime(1000)
    expect(viewer.events('catalogue')).toEqual([{ series: 8, watched: 2 }])
    vi.advanceTimersByTime(60_000)
    expect(viewer.events('catalogue')).toHaveLength(1)
  })

  it.each(['samples', 'status'])(
    'ends all connections where the %s fail, since silence would look live',
    (part) => {
      const { live, rows, status, failed, connect } = stream()
      const viewer = connect()
      const error = new Error('the disk is gone')
      if (part === 'samples') rows.error(error)
    else status.mockImplementation(() => { throw error }) // prettier-ignore
      vi.advanceTimersByTime(1000)
      expect([viewer.isEnded, live.viewers, vi.getTimerCount()]).toEqual([true, 0, 0])
      expect(failed).toHaveBeenCalledWith(error)
    },
  )

  it.each(['', 'a b', 'x'.repeat(65), '<b>'])('takes no viewer that calls itself %j', (id) => {
    const { live, connect } = stream()
    expect(() => connect(id)).toThrow('letters')
    expect(live.viewers).toBe(0)
  })

  it('takes a hundred viewers, and tells the next one so', () => {
    const { connect, live } = stream()
    for (let number = 0; number < 100; number++) connect(`viewer-${number}`)
    expect(() => connect('another')).toThrow('100 windows watch already')
    connect('viewer-5')
    expect(live.viewers).toBe(100)
  })

  it('survives samples that come while it subscribes', () => {
    const rows = new Observable<readonly RecentRow[]>((subscriber) => subscriber.next([row('load', 1, 1)]))
    const live = new LiveStream({
      changes$: new Subject(),
      recent: { rows },
      status: () => ({ now: 1 }) as Status,
      news$: new Subject(),
      series: () => 1,
      watched: () => 1,
      failed: vi.fn(),
      run: 'run',
    })
    const viewer = new Connection()
    live.serve(viewer.response, 'one', undefined)
    viewer.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})
