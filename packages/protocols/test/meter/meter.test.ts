import type { Batch, Sample } from '@tocsin/core'
import { describe, expect, it, vi } from 'vitest'

import { meter } from '../../src/meter/index.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { receive } from '../sockets.ts'

const shown = (samples: readonly Sample[]): readonly string[] =>
  samples.map(
    ({ series, value, kind, time }) =>
      `${time} ${kind} ${series.key} ${typeof value === 'object' ? binsOf(value) : String(value)}`,
  )
const binsOf = ({ bins }: Extract<Sample['value'], object>): string =>
  bins.map(({ value, exponent, count }) => `${value}e${exponent}x${count}`).join(' ')

describe('a meter', () => {
  it('tells all that it measures at each tick, at whole multiples of the period', async () => {
    using time = virtualTime({ start: 300 })
    const own = meter()
    const requests = own.counter('http_requests', { tags: ['method', 'status'] })
    const open = own.gauge('open')
    const took = own.histogram('took', { tags: ['route'] })
    requests.add(1, { method: 'GET', status: '200' })
    requests.add(2, { status: '200', method: 'GET' })
    requests.with({ method: 'POST', status: '500' }).add(0.5)
    open.add(3)
    open.add(-1)
    for (const value of [0.012, 0.0129, 4]) took.observe(value, { route: '/' })
    const { values, subscription } = receive(own.samples({ everyMs: 1000 }))
    expect(values).toEqual([])
    await time.advanceTo(1000)
    took.with({ route: '/' }).observe(4)
    open.set(7.5)
    await time.advanceTo(2500)
    subscription.unsubscribe()
    expect(shown(values)).toEqual([
      '1000 counter http_requests|ST[method:GET,status:200] 3',
      '1000 counter http_requests|ST[method:POST,status:500] 0.5',
      '1000 gauge open 2',
      '1000 histogram took|ST[route:/] 12e-2x2 40e0x1',
      '2000 counter http_requests|ST[method:GET,status:200] 3',
      '2000 counter http_requests|ST[method:POST,status:500] 0.5',
      '2000 gauge open 7.5',
      '2000 histogram took|ST[route:/] 40e0x1',
    ])
    expect(time.scheduled).toBe(0)
  })

  it('runs nothing without a subscriber, and one timer with one', async () => {
    using time = virtualTime()
    const own = meter()
    own.counter('hits').add(1)
    const samples = own.samples({ everyMs: 100 })
    const stats = vi.fn(() => ({ a: 1 }))
    own.observe('parts', stats)
    await time.advanceTo(1000)
    expect([time.scheduled, stats.mock.calls.length]).toEqual([0, 0])
    const first = samples.subscribe()
    expect(time.scheduled).toBe(1)
    first.unsubscribe()
    expect(time.scheduled).toBe(0)
  })

  it('stops where it is left in the middle of its samples', async () => {
    using time = virtualTime()
    const own = meter()
    own.counter('first')
    own.counter('second')
    const heard: string[] = []
    const subscription = own.samples({ everyMs: 10 }).subscribe(({ series }) => {
      heard.push(series.key)
      subscription.unsubscribe()
    })
    await time.advanceTo(100)
    expect(heard).toEqual(['first'])
    expect(time.scheduled).toBe(0)
  })

  it('runs nothing any more where its subscriber leaves inside a sample', async () => {
    using time = virtualTime()
    const own = meter()
    own.counter('hits').add(1)
    const problems = receive(own.problems)
    const subscription = own.samples({ everyMs: 100 }).subscribe(() => subscription.unsubscribe())
    await time.advanceTo(1000)
    expect([time.scheduled, problems.values]).toEqual([0, []])
    problems.subscription.unsubscribe()
  })

  it('begins counters without tags at 0, and says nothing of a gauge before it is known', async () => {
    using time = virtualTime()
    const own = meter()
    own.counter('hits')
    own.counter('tagged', { tags: ['a'] })
    own.gauge('open')
    own.gauge('of', { tags: ['a'] }).with({ a: 'b' })
    own.histogram('took')
    const { values, subscription } = receive(own.samples({ everyMs: 10 }))
    await time.advanceTo(10)
    subscription.unsubscribe()
    expect(shown(values)).toEqual(['10 counter hits 0', '10 histogram took '])
  })

  it('gives batches, and leaves a period out where there is no room: the next one has it all', async () => {
    using time = virtualTime()
    const own = meter()
    const hits = own.counter('hits')
    const took = own.histogram('took')
    const samples = own.samples({ everyMs: 10 })
    const problems = receive(samples.problems)
    const batches: Batch<Sample>[] = []
    const subscription = samples.batches({ maxInFlight: 1 }).subscribe((batch) => batches.push(batch))
    for (let tick = 1; tick <= 4; tick += 1) {
      hits.add(1)
      took.observe(tick)
      await time.advanceTo(10 * tick)
      if (tick === 3) batches[0]?.ack()
    }
    subscription.unsubscribe()
    expect(batches.map(({ values }) => shown(values))).toEqual([
      ['10 counter hits 1', '10 histogram took 10e0x1'],
      ['40 counter hits 4', '40 histogram took 20e0x1 30e0x1 40e0x1'],
    ])
    expect(samples.stats).toMatchObject({ received: 4, dropped: 2, samples: 4 })
    expect(problems.values.map(({ reason }) => reason)).toEqual(['overflow', 'overflow'])
  })

  it('gives each subscriber every measurement of a histogram once', async () => {
    using time = virtualTime()
    const own = meter()
    const took = own.histogram('took')
    const fast = receive(own.samples({ everyMs: 10 }))
    const slow = receive(own.samples({ everyMs: 30 }))
    for (let at = 1; at <= 60; at += 1) {
      took.observe(at)
      await time.advanceTo(at)
    }
    fast.subscription.unsubscribe()
    slow.subscription.unsubscribe()
    const countOf = (samples: readonly Sample[]): number =>
      samples
        .flatMap(({ value }) => (typeof value === 'object' ? value.bins : []))
        .reduce((sum, { count }) => sum + count, 0)
    expect([fast.values.length, slow.values.length]).toEqual([6, 2])
    expect(countOf(fast.values)).toBe(countOf(slow.values))
  })

  it('gives a subscription the measurements that the one before has not acknowledged', async () => {
    using time = virtualTime()
    const own = meter()
    const took = own.histogram('took')
    const samples = own.samples({ everyMs: 10 })
    const batches: Batch<Sample>[] = []
    const subscribe = () => samples.batches().subscribe((batch) => batches.push(batch))
    took.observe(1)
    const first = subscribe()
    await time.advanceTo(10)
    batches[0]?.ack()
    took.observe(2)
    await time.advanceTo(20)
    first.unsubscribe()
    took.observe(3)
    const second = subscribe()
    await time.advanceTo(30)
    second.unsubscribe()
    expect(batches.flatMap(({ values }) => shown(values))).toEqual([
      '10 histogram took 10e0x1',
      '20 histogram took 20e0x1',
      '30 histogram took 20e0x1 30e0x1',
    ])
  })

  it('lets idle series with tags go, where it is asked to, and begins anew with those that return', async () => {
    using time = virtualTime()
    const own = meter({ expireAfterMs: 100 })
    const hits = own.counter('hits', { tags: ['user'] })
    own.counter('plain')
    const bound = hits.with({ user: 'a' })
    bound.add(5)
    const { values, subscription } = receive(own.samples({ everyMs: 50 }))
    await time.advanceTo(200)
    expect(own.stats.expired).toBe(1)
    const filled = own.stats.bytes
    bound.add(2)
    hits.add(1, { user: 'a' })
    expect(own.stats.bytes).toBeGreaterThan(filled)
    await time.advanceTo(250)
    subscription.unsubscribe()
    expect(shown(values).filter((line) => line.includes('user'))).toEqual([
      '50 counter hits|ST[user:a] 5',
      '100 counter hits|ST[user:a] 5',
      '150 counter hits|ST[user:a] 5',
      '250 counter hits|ST[user:a] 3',
    ])
    expect(shown(values).filter((line) => line.includes('plain'))).toHaveLength(5)
    expect(() => own.samples({ everyMs: 100 })).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('tells what each metric is, as a page of Prometheus shows it', () => {
    const own = meter()
    own.counter('hits', { help: 'Requests.' })
    own.histogram('took', { unit: 'seconds' })
    expect(own.metadata).toEqual([
      { name: 'hits', type: 'counter', help: 'Requests.' },
      { name: 'took', type: 'histogram', unit: 'seconds' },
    ])
  })

  it('has a time and a name of its own', async () => {
    using time = virtualTime()
    const own = meter({ name: 'shop', clock: { now: () => time.now() + 5000 } })
    const problems = receive(own.problems)
    own.counter('hits').add(-1)
    const { values, subscription } = receive(own.samples({ everyMs: 1000 }))
    await time.advanceTo(1000)
    subscription.unsubscribe()
    expect(values.map((sample) => sample.time)).toEqual([6000])
    expect(problems.values).toMatchObject([{ from: 'shop', reason: 'bad-value', time: 5000 }])
  })
})

describe('the bound of a meter', () => {
  it('folds counters and histograms into a series of overflow, so that their sums stay right, and leaves gauges out', async () => {
    using time = virtualTime()
    const own = meter({ maxBytes: 20_000 })
    const problems = receive(own.problems)
    const hits = own.counter('hits', { tags: ['user'] })
    const took = own.histogram('took', { tags: ['user'] })
    const open = own.gauge('open', { tags: ['user'] })
    const many = 1000
    for (let user = 0; user < many; user += 1) {
      const tags = { user: `u${user}` }
      hits.add(2, tags)
      hits.with(tags).add(1)
      took.observe(user, tags)
      if (user % 2 === 0) open.set(user, tags)
      else open.with(tags).add(user)
    }
    const { values, subscription } = receive(own.samples({ everyMs: 10 }))
    await time.advanceTo(10)
    subscription.unsubscribe()
    const sumOf = (metric: string): number =>
      values
        .filter(({ series }) => series.metric === metric)
        .reduce(
          (sum, { value }) =>
            sum +
            (typeof value === 'object'
              ? value.bins.reduce((all, { count }) => all + count, 0)
              : Number(value)),
          0,
        )
    expect(sumOf('hits')).toBe(3 * many)
    const overflows = values.filter(({ series }) => series.tags['overflow'] === 'true')
    expect(overflows.map(({ series }) => series.key)).toEqual([
      'hits|ST[overflow:true]',
      'took|ST[overflow:true]',
    ])
    // The bins of the overflow have a bound too, and what is beyond is counted.
    expect(sumOf('took') + own.stats.refused).toBe(
      many + many - values.filter(({ series }) => series.metric === 'open').length,
    )
    expect(own.stats.bytes).toBeLessThanOrEqual(22_000)
    expect(own.stats.folded).toBeGreaterThan(2 * many)
    expect(problems.values.map(({ reason }) => reason)).toContain('too-many-series')
    expect(problems.values[0]?.message).toMatch(/it is counted in (hits|took)\|ST\[overflow:true\]$/)
  })

  it('gives a bound one its own series again once there is room', async () => {
    using time = virtualTime()
    const own = meter({ maxBytes: 700, expireAfterMs: 20 })
    receive(own.problems)
    const hits = own.counter('a', { tags: ['b'] })
    hits.add(1, { b: 'first' })
    const bound = hits.with({ b: 'second' })
    bound.add(1)
    expect(own.stats.folded).toBe(1)
    const { values, subscription } = receive(own.samples({ everyMs: 10 }))
    await time.advanceTo(30)
    bound.add(4)
    await time.advanceTo(40)
    subscription.unsubscribe()
    expect(shown(values.slice(-2))).toEqual([
      '40 counter a|ST[b:second] 4',
      '40 counter a|ST[overflow:true] 1',
    ])
  })
})

describe('what is measured wrongly', () => {
  it.each([NaN, Infinity, -1, '1', undefined, null, 1n, Symbol('1'), { valueOf: () => explode() }])(
    'is left out, counted and told, and throws nothing: %s',
    async (wrong) => {
      using time = virtualTime()
      const own = meter()
      const problems = receive(own.problems)
      const hits = own.counter('hits')
      const took = own.histogram('took')
      const open = own.gauge('open')
      open.set(5)
      hits.add(wrong as number)
      hits.with().add(wrong as number)
      // They take what is below 0.
      if (wrong !== -1) {
        took.observe(wrong as number)
        took.with().observe(wrong as number)
        open.set(wrong as number)
        open.add(wrong as number)
        open.with().set(wrong as number)
        open.with().add(wrong as number)
      }
      expect(own.stats.refused).toBe(wrong === -1 ? 2 : 8)
      expect(new Set(problems.values.map(({ reason }) => reason))).toEqual(new Set(['bad-value']))
      const { values, subscription } = receive(own.samples({ everyMs: 10 }))
      await time.advanceTo(10)
      subscription.unsubscribe()
      expect(shown(values)).toEqual(['10 counter hits 0', '10 gauge open 5', '10 histogram took '])
    },
  )

  it('throws nothing where a listener of problems measures, wrongly again', () => {
    const own = meter()
    const hits = own.counter('hits')
    const heard: string[] = []
    own.problems.subscribe(({ reason }) => {
      heard.push(reason)
      hits.add(-1)
    })
    hits.add(-1)
    expect(heard.length).toBeGreaterThan(0)
    expect(own.stats.refused).toBe(heard.length + 1)
  })

  it('is told by a warning of the process where nobody listens', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const own = meter()
    own.counter('hits').add(-1)
    own.counter('hits').add(-1)
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })
})

function explode(): never {
  throw new Error('of the program')
}

describe('a definition', () => {
  it('given again gives the same, and otherwise than before is an error', () => {
    const own = meter()
    const hits = own.counter('hits', { tags: ['a', 'b'] })
    expect(own.counter('hits', { tags: ['a', 'b'] })).toBe(hits)
    const wrong = [
      () => own.counter('hits'),
      () => own.counter('hits', { tags: ['b', 'a'] }),
      () => own.gauge('hits', { tags: ['a', 'b'] }),
    ]
    for (const define of wrong) expect(define).toThrow('PROTOCOL_BAD_OPTION')
  })

  it.each([
    ['no name', [undefined]],
    ['an empty name', ['']],
    ['a reserved name', ['a|ST[b:c]']],
    ['a name that is too long', ['a'.repeat(5000)]],
    ['tags that are no list', ['a', { tags: 'method' }]],
    ['a tag twice', ['a', { tags: ['b', 'b'] }]],
    ['a tag without a name', ['a', { tags: [''] }]],
    ['the tag of overflow', ['a', { tags: ['overflow'] }]],
    ['an option that there is not', ['a', { labelNames: ['b'] }]],
    ['a help that is no text', ['a', { help: 1 }]],
  ])('is an error with %s', (_, [name, definition]) => {
    const own = meter()
    for (const type of ['counter', 'gauge', 'histogram'] as const)
      expect(() => own[type](name as string, definition as object)).toThrow(/^PROTOCOL_BAD_OPTION: /)
  })

  it('is an error where names are made of data', () => {
    const own = meter()
    for (let name = 0; name < 2000; name += 1) own.counter(`a${name}`)
    expect(() => own.counter('b')).toThrow('belongs into tags')
    expect(own.counter('a0')).toBeDefined()
  })

  it('of a meter checks its options', () => {
    for (const options of [{ maxBytes: 0 }, { name: '' }, { expireAfterMs: -1 }, { clock: {} }, { every: 1 }])
      expect(() => meter(options as object)).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => meter().samples({ everyMs: 0 })).toThrow('PROTOCOL_BAD_OPTION')
  })
})

describe('stats that are observed', () => {
  const observe = async (
    ...args: readonly [string, () => object, object?]
  ): Promise<{ readonly lines: readonly string[]; readonly reasons: readonly string[] }> => {
    using time = virtualTime()
    const own = meter()
    const problems = receive(own.problems)
    own.observe(...(args as Parameters<typeof own.observe>))
    const { values, subscription } = receive(own.samples({ everyMs: 10 }))
    await time.advanceTo(10)
    subscription.unsubscribe()
    return { lines: shown(values), reasons: problems.values.map(({ reason }) => reason) }
  }

  it('are told by name, what only grows as counters and all else that is a number as gauges', async () => {
    const stats = { lastSeq: 12, pending: 3, text: 'a', nothing: undefined, inner: { a: 1 }, big: 2n ** 60n }
    const { lines, reasons } = await observe('journal', () => stats, {
      ...{ counters: ['lastSeq', 'big'], tags: { of: 'x' } },
    })
    expect(lines).toEqual([
      '10 counter journal.last_seq|ST[of:x] 12',
      '10 gauge journal.pending|ST[of:x] 3',
      `10 counter journal.big|ST[of:x] ${2 ** 60}`,
    ])
    expect(reasons).toEqual([])
  })

  it('are read through getters, and may all be counters', async () => {
    const own = meter({ name: 'inner' })
    const { lines } = await observe('meter', () => own.stats, { counters: 'all' })
    expect(lines).toEqual([
      '10 counter meter.bytes 0',
      '10 counter meter.folded 0',
      '10 counter meter.refused 0',
      '10 counter meter.expired 0',
    ])
  })

  it.each([
    ['throws', () => explode(), ['reading-failed']],
    ['gives nothing', () => undefined as never, ['reading-failed']],
    ['gives no finite number', () => ({ a: NaN, b: Infinity, c: 1 }), ['bad-value', 'bad-value']],
    ['has a name that is none', () => ({ '\ud800': 1, c: 1 }), ['bad-name']],
  ])('are a problem where what gives them %s, and all else is told', async (_, stats, expected) => {
    const { lines, reasons } = await observe('part', stats)
    expect(reasons).toEqual(expected)
    expect(lines).toEqual(expected[0] === 'reading-failed' ? [] : ['10 gauge part.c 1'])
  })

  it('are bounded as all series, and end with their room', async () => {
    using time = virtualTime()
    const own = meter({ maxBytes: 5000 })
    const problems = receive(own.problems)
    const end = own.observe('part', () =>
      Object.fromEntries(Array.from({ length: 100 }, (_, member) => [`member${member}`, member])),
    )
    expect(() => own.observe('part', () => ({}))).toThrow('observed already')
    const { values, subscription } = receive(own.samples({ everyMs: 10 }))
    await time.advanceTo(10)
    expect(values.length).toBeLessThan(20)
    expect(problems.values.map(({ reason }) => reason)).toContain('too-many-series')
    end()
    expect(own.stats.bytes).toBe(0)
    const told = values.length
    await time.advanceTo(20)
    subscription.unsubscribe()
    expect(values).toHaveLength(told)
    own.observe('part', () => ({}))
    end()
    expect(() => own.observe('part', () => ({}))).toThrow('observed already')
  })

  it.each([
    ['no function', ['a', {}]],
    ['an empty name', ['', () => ({})]],
    ['counters that are no list', ['a', () => ({}), { counters: 'some' }]],
    ['tags that are no texts', ['a', () => ({}), { tags: { b: 1 } }]],
  ])('are an error at the call with %s', (_, args) => {
    const own = meter()
    expect(() => own.observe(...(args as unknown as Parameters<typeof own.observe>))).toThrow(
      'PROTOCOL_BAD_OPTION',
    )
  })
})
