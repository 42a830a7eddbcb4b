import { describe, expect, it } from 'vitest'

import { createOutbox } from '../../src/engine/outbox/outbox.ts'
import type { Delivery } from '../../src/engine/outbox/delivery.ts'
import type { Outbox } from '../../src/engine/outbox/outbox.ts'
import { rankOf } from '../../src/engine/outbox/rank.ts'
import type { Rank } from '../../src/engine/outbox/rank.ts'
import { createTimerQueue } from '../../src/engine/outbox/timer-queue.ts'
import type { PlannedNotification } from '../../src/model/notification.ts'

const limits = { baseDelayMs: 1000, maxDelayMs: 300_000, sendTimeoutMs: 30_000 }

const planned = (id: string, rest: Partial<PlannedNotification> = {}): PlannedNotification => ({
  id,
  kind: 'alert',
  place: 'a',
  notifier: 'a',
  alerts: [`alert of ${id}`],
  sequence: 1,
  severity: 5,
  time: 0,
  ...rest,
})

/** An outbox whose time moves only when told to. */
class Post {
  now = 0
  readonly timers = createTimerQueue()
  readonly outbox: Outbox
  /** Ids of the attempts that were begun, as `time id`. */
  readonly begun: string[] = []

  constructor(concurrency = 1, random = 0.999_999) {
    this.outbox = createOutbox({
      notifiers: new Map([
        ['a', { concurrency }],
        ['b', { concurrency }],
      ]),
      limits,
      timers: this.timers,
      random: () => random,
    })
  }

  add(id: string, rest: Partial<PlannedNotification> = {}): this {
    const notification = planned(id, rest)
    this.outbox.add(notification, rankOf(notification, false), false, this.now)
    return this
  }

  start(): string[] {
    const ids = this.outbox.start(this.now).map(({ planned: { id } }) => id)
    this.begun.push(...ids.map((id) => `${this.now} ${id}`))
    return ids
  }

  /** Moves the time to a moment, waking and starting what is due on the way. */
  to(time: number): this {
    for (let timer = this.timers.take(time); timer !== undefined; timer = this.timers.take(time)) {
      this.now = timer.due
      if (timer.kind === 'retry') this.outbox.wake(timer.id)
      this.start()
    }
    this.now = time
    return this
  }

  get(id: string): Delivery {
    const delivery = this.outbox.get(id)
    if (delivery === undefined) throw new Error(`${id} is not in the outbox`)
    return delivery
  }

  taken(id: string): this {
    this.outbox.end(this.get(id), 'taken', 'perhaps', this.now)
    this.outbox.remove(id)
    return this
  }

  failed(id: string, pauseMs: number, how: 'failed' | 'refused' = 'failed'): this {
    this.outbox.end(this.get(id), how, 'no', this.now)
    this.outbox.rest(this.get(id), this.now + pauseMs, this.now)
    return this
  }
}

describe('what goes first', () => {
  it('is a severity 1, behind 100,000 of severity 5 that were planned before it', () => {
    const post = new Post()
    for (let index = 0; index < 100_000; index++) post.add(`mild ${index}`)
    post.add('worst', { severity: 1 })
    expect(post.start()).toEqual(['worst'])
    post.taken('worst')
    // All the same the others come in the order of their planning.
    let told = 0
    for (let [next] = post.start(); next === `mild ${told}`; [next] = post.start()) {
      post.taken(next)
      told += 1
    }
    expect([told, post.outbox.size]).toEqual([100_000, 0])
  })

  it('is what was planned first, of one rank, and one that failed comes behind those that wait for their first attempt', () => {
    const post = new Post()
    post.add('first').add('second').add('third')
    post.start()
    post.failed('first', 10)
    post.start()
    post.to(10).taken('second')
    post.start()
    post.taken('third')
    post.start()
    expect(post.begun).toEqual(['0 first', '0 second', '10 third', '10 first'])
  })

  it('changes with the rank of what waits', () => {
    const post = new Post()
    post.add('first').add('second').add('third')
    post.outbox.rerank('third', 0)
    post.outbox.rerank('first', 6)
    const order: string[] = []
    for (let [id] = post.start(); id !== undefined; [id] = post.start()) {
      order.push(id)
      post.taken(id)
    }
    expect(order).toEqual(['third', 'second', 'first'])
  })
})

describe('several attempts at a time', () => {
  it('are made by each notifier, with a place that is kept for the worst', () => {
    const post = new Post(4)
    for (const id of ['1', '2', '3', '4', '5']) post.add(id)
    for (const id of ['6', '7']) post.add(id, { notifier: 'b' })
    expect(post.start()).toEqual(['1', '2', '3', '6', '7'])
    post.add('worst', { severity: 1 }).add('as bad', { severity: 1 })
    expect(post.start()).toEqual(['worst'])
    post.taken('2')
    expect(post.start()).toEqual(['as bad'])
    post.taken('worst').taken('1')
    expect(post.start()).toEqual(['4'])
  })

  it('are one where one is asked for, for the worst too', () => {
    const post = new Post(1)
    post.add('mild')
    expect(post.start()).toEqual(['mild'])
    post.add('worst', { severity: 1 })
    expect(post.start()).toEqual([])
  })

  it('end in any order, and each frees its own place', () => {
    const post = new Post(3)
    for (const id of ['1', '2', '3', '4']) post.add(id)
    expect(post.start()).toEqual(['1', '2'])
    post.taken('2')
    expect(post.start()).toEqual(['3'])
    post.outbox.remove('1')
    expect(post.start()).toEqual(['4'])
  })
})

describe('a notifier that is down', () => {
  const fail = (post: Post, count: number, how: 'failed' | 'refused' = 'failed') => {
    for (let index = 0; index < count; index++) post.add(`m${index}`)
    for (let index = 0; index < count; index++) {
      post.start()
      post.failed(`m${index}`, 1e6, how)
    }
  }

  it('is tried with one message at a time, in turn the most important and the least tried, after pauses that double up to 30 s', () => {
    const post = new Post(4)
    fail(post, 8)
    for (let index = 0; index < 20; index++) post.add(`w${index}`)
    post.add('bad', { severity: 2 }).add('worst', { severity: 1 }).add('worse', { severity: 3 })
    expect(post.start()).toEqual([])
    const times: number[] = []
    while (times.length < 8) {
      post.to(post.timers.next() ?? NaN)
      const sending = post.begun.at(-1)?.split(' ')[1] ?? ''
      expect(post.outbox.start(post.now)).toEqual([])
      times.push(post.now)
      post.failed(sending, 1e6)
    }
    expect(post.begun.slice(8)).toEqual([
      '1000 worst',
      '3000 w0',
      '7000 bad',
      '15000 w1',
      '31000 worse',
      '61000 w2',
      '91000 w3',
      '121000 w4',
    ])
    expect(times.map((time, index) => time - (times[index - 1] ?? 0))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ])
  })

  it('is not held against its messages, which rest for 30 s at most', () => {
    const rests = (post: Post): number[] =>
      [1, 4, 6, 20].map((attempts) => post.outbox.backoffMs({ ...post.get('m0'), attempts }))
    const down = new Post()
    fail(down, 8)
    expect(rests(down)).toEqual([1000, 8000, 30_000, 30_000])
    const up = new Post()
    fail(up, 7)
    expect(rests(up)).toEqual([1000, 8000, 32_000, 300_000])
  })

  it('is as before after one success', () => {
    const post = new Post(4)
    fail(post, 8)
    for (let index = 0; index < 4; index++) post.add(`w${index}`)
    post.to(1000)
    expect(post.begun.at(-1)).toBe('1000 w0')
    post.taken('w0')
    expect(post.start()).toEqual(['w1', 'w2', 'w3'])
  })

  it('is not one that fails seven messages, or one message for ever, or refuses what it is told', () => {
    const seven = new Post()
    fail(seven, 7)
    expect(seven.add('next').start()).toEqual(['next'])

    const one = new Post()
    one.add('same')
    for (let attempt = 0; attempt < 20; attempt++) {
      one.start()
      one.failed('same', 10).to(one.now + 10)
    }
    expect(one.begun).toHaveLength(21)
    one.failed('same', 10)
    expect(one.add('next').start()).toEqual(['next'])

    const refusing = new Post()
    fail(refusing, 50, 'refused')
    expect(refusing.add('next').start()).toEqual(['next'])
  })
})

describe('a pause that a receiver asks for', () => {
  it('is kept, and bounded', () => {
    const post = new Post()
    expect(post.outbox.restLane('a', 60_000, 0)).toBe(60_000)
    expect(post.outbox.restLane('b', 1e15, 0)).toBe(300_000)
    post.add('1').add('2', { notifier: 'b' })
    expect(post.to(59_999).start()).toEqual([])
    expect([post.outbox.isPaused('a', 59_999), post.outbox.isPaused('a', 60_000)]).toEqual([true, false])
    post.to(1e6)
    expect(post.begun).toEqual(['60000 1', '300000 2'])
  })

  it.each([0, -5, NaN, undefined, -Infinity])(
    'of %s ms is one of its own, which doubles until something arrives',
    (asked) => {
      const post = new Post()
      const pauses: number[] = []
      while (pauses.length < 7) {
        const until = post.outbox.restLane('a', asked, post.now)
        pauses.push(until - post.now)
        post.to(until)
      }
      expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
      post.add('1').start()
      post.taken('1')
      expect(post.outbox.restLane('a', asked, post.now)).toBe(post.now + 1000)
    },
  )

  it('is not made longer by the others that were under way and got the same answer', () => {
    const post = new Post(8)
    const until = Array.from({ length: 7 }, () => post.outbox.restLane('a', 0, post.now))
    expect(new Set(until)).toEqual(new Set([1000]))
  })

  it('is not ended by the success of an attempt that was under way', () => {
    const post = new Post(4)
    post.add('1').add('2').add('3').add('4').start()
    post.outbox.restLane('a', 10_000, 0)
    post.taken('2')
    expect(post.start()).toEqual([])
  })
})

describe('the time that counts', () => {
  it('is that of attempts and of decided pauses, not of waiting in the queue or of sleep', () => {
    const post = new Post()
    post.add('1').add('2').start()
    post.now = 2000
    post.failed('1', 5000).start()
    // The queue is held up by another one: that is not the fault of this one.
    post.to(20_000).taken('2')
    post.start()
    // The machine sleeps in the middle of an attempt.
    post.now = 7_200_000
    post.outbox.end(post.get('1'), 'failed', 'no', post.now)
    expect(post.get('1').spentMs).toBe(2000 + 5000 + 30_000)
  })

  it('never runs backwards with the clock', () => {
    const post = new Post()
    post.now = 1000
    post.add('1').start()
    post.now = 0
    post.outbox.end(post.get('1'), 'failed', 'no', 0)
    expect(post.get('1').spentMs).toBe(0)
  })

  it('goes on as it was when the clock is set back: pauses, attempts and waits for a first attempt', () => {
    const post = new Post(4)
    post.now = 1_000_000
    post.add('retried').start()
    post.failed('retried', 5000)
    post.add('later', { notBefore: 1_003_000 }).add('under way').start()
    post.outbox.restLane('b', 7000, post.now)
    post.add('behind', { notifier: 'b' })
    post.now = 500_000
    post.outbox.setBack(500_000)
    expect(post.timers.next()).toBe(503_000)
    post.to(510_000)
    expect(post.begun.slice(2)).toEqual(['503000 later', '505000 retried', '507000 behind'])
    expect(post.timers.next()).toBe(530_000)
  })
})

describe('a notification', () => {
  it('of an earlier life may have arrived, a new one has not, one whose attempt failed so may have', () => {
    const post = new Post()
    post.outbox.add(planned('old'), 4, true, 0)
    post.add('new').add('tried')
    post.outbox.remove('old')
    post.outbox.add(planned('old'), 4, true, 0)
    expect([post.get('old').arrived, post.get('new').arrived]).toEqual(['perhaps', 'no'])
    post.start()
    post.outbox.end(post.get('new'), 'failed', 'perhaps', 0)
    expect(post.get('new').arrived).toBe('perhaps')
    post.outbox.rest(post.get('new'), 5000, 0)
    post.to(5000)
    // A later attempt that surely did not arrive takes nothing back.
    post.failed(post.begun.at(-1)?.split(' ')[1] ?? '', 1)
    post.to(6000)
    post.outbox.end(post.get('new'), 'failed', 'no', 6000)
    expect(post.get('new').arrived).toBe('perhaps')
  })

  it('that takes the place of one that rests begins when that would have, and no later than the longest pause allows', () => {
    const post = new Post(4)
    post.add('next', { notBefore: 4000 }).add('odd', { notBefore: 1e12 }).add('past', { notBefore: -5 })
    post.start()
    post.to(1e6)
    expect(post.begun).toEqual(['0 past', '4000 next', '600000 odd'])
  })

  it('that is settled leaves no timer behind, whatever it was doing', () => {
    const post = new Post(4)
    post.add('resting').add('sending').start()
    post.failed('resting', 5000)
    post.add('ready')
    for (const id of ['resting', 'sending', 'ready']) post.outbox.remove(id)
    expect([post.timers.next(), post.outbox.size, post.start()]).toEqual([undefined, 0, []])
  })

  it('counts among what waits for its notifier until it is settled', () => {
    const post = new Post(4)
    expect(post.outbox.waiting('a')).toEqual({ count: 0, worst: undefined })
    post.add('1', { severity: 3 }).add('2', { severity: 2 }).add('3', { notifier: 'b', severity: 1 })
    post.start()
    expect(post.outbox.waiting('a')).toEqual({ count: 2, worst: 2 })
    post.taken('2')
    expect(post.outbox.waiting('a')).toEqual({ count: 1, worst: 3 })
    expect(post.outbox.waiting('nobody')).toEqual({ count: 0, worst: undefined })
  })

  it('for a notifier that is not there is an error of the program', () => {
    const rank: Rank = 0
    expect(() => {
      new Post().outbox.add(planned('1', { notifier: 'c' }), rank, false, 0)
    }).toThrow('no lane for the notifier c')
  })
})
