import { buildSeries, type Sample, type SampleKind, type Series, type Tags } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import { toRemoteWrite } from '../../../src/sinks/remote-write/to-remote-write.ts'
import { destination, feed } from './destination.ts'

function seriesOf(metric: string, tags: Tags = {}): Series {
  const built = buildSeries(metric, tags)
  if (!built.ok) throw new Error(built.message)
  return built.value
}
const up = seriesOf('up', { job: 'web' })
const load = seriesOf('load')
const sample = (series: Series, value: number, time: number, kind: SampleKind = 'gauge'): Sample =>
  ({ series, time, value, kind }) as Sample
const other = (value: Sample['value'], kind: SampleKind): Sample =>
  ({ series: up, time: 1, value, kind }) as Sample

describe('toRemoteWrite', () => {
  it('posts one message of 1.0, packed, with the headers of the specification', async () => {
    const { url, headers, requests } = await destination()
    const fed = feed({ url, headers: { authorization: 'Bearer x', 'content-type': 'text/plain' } })
    fed.give(sample(up, 1, 5), sample(load, 0.5, 6))
    await fed.end()
    expect(requests).toEqual([['up|ST[job:web] 1 @5', 'load 0.5 @6']])
    expect(headers).toMatchObject([
      {
        ...{
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          authorization: 'Bearer x',
        },
        ...{ 'x-prometheus-remote-write-version': '0.1.0', 'user-agent': 'tocsin' },
      },
    ])
    expect(fed.events).toMatchObject([{ type: 'delivered', count: 2, held: { count: 0 } }])
    expect(fed.acknowledged()).toBe(1)
  })

  it('groups samples by series, in the order of their times, and keeps that of equal ones', async () => {
    const { url, requests } = await destination()
    const fed = feed({ url })
    const copy = seriesOf('up', { job: 'web' })
    fed.give(
      sample(up, 1, 10),
      sample(load, 2, 10),
      sample(copy, 3, 20),
      sample(up, 4, 15),
      sample(up, 5, 20),
    )
    await fed.end()
    expect(requests).toEqual([
      [
        'up|ST[job:web] 1 @10',
        'up|ST[job:web] 4 @15',
        'up|ST[job:web] 3 @20',
        'up|ST[job:web] 5 @20',
        'load 2 @10',
      ],
    ])
  })

  it('sorts labels by their bytes, upper case before the name', async () => {
    const { url, requests, bodies } = await destination()
    const fed = feed({ url })
    fed.give(sample(seriesOf('a', { zone: 'z', Env: 'e', '\u{1f600}': '1', '\uff5e': '2' }), 1, 1))
    fed.give(sample(seriesOf('a', { zone: 'z', Env: 'e' }), 1, 1))
    await fed.end()
    expect(requests.flat()).toEqual(['a|ST[Env:e,zone:z] 1 @1'])
    expect(Buffer.from(bodies[0]!).toString('latin1')).toMatch(/Env.*__name__.*zone/s)
  })

  it.each<readonly [string, number, Uint8Array]>([
    ['an ordinary NaN', Number.NaN, Uint8Array.of(1, 0, 0, 0, 0, 0, 0xf8, 0x7f)],
    ['infinity', Infinity, Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x7f)],
  ])('sends %s as what it is', async (_, value, bits) => {
    const { url, bodies } = await destination()
    const fed = feed({ url })
    fed.give(sample(up, value, 1))
    await fed.end()
    expect(Buffer.from(bodies[0]!).includes(Buffer.concat([Buffer.of(9), bits]))).toBe(true)
  })

  it('sends the stale marker bit for bit, whichever NaN the sample has', async () => {
    const { url, requests, bodies } = await destination()
    const fed = feed({ url })
    fed.give(sample(up, Number.NaN, 5, 'stale'), sample(load, 0, 5, 'stale'))
    await fed.end()
    expect(requests).toEqual([['up|ST[job:web] NaN @5', 'load NaN @5']])
    const marker = Buffer.of(9, 2, 0, 0, 0, 0, 0, 0xf0, 0x7f)
    expect(Buffer.from(bodies[0]!).toString('latin1').split(marker.toString('latin1'))).toHaveLength(3)
  })

  it.each([-1, -1_000_000_000_000, 0, 127, 128, 8.64e15, -8.64e15, 1_700_000_000_000.6])(
    'sends the time %s',
    async (time) => {
      const { url, requests } = await destination()
      const fed = feed({ url })
      fed.give(sample(up, 1, time))
      await fed.end()
      expect(requests).toEqual([[`up|ST[job:web] 1 @${Math.round(time)}`]])
    },
  )

  it.each<SampleKind>(['gauge', 'counter', 'delta', 'observation', 'state'])(
    'sends the numbers of kind %s',
    async (kind) => {
      const { url, requests } = await destination()
      const fed = feed({ url })
      fed.give(sample(up, 2, 1, kind))
      await fed.end()
      expect(requests).toHaveLength(1)
    },
  )

  it.each([
    ['a text', other('ok', 'text'), 'a text has no form'],
    ['a state in words', other('open', 'state'), 'a text has no form'],
    ['a member of a set', other('ada', 'set'), 'a text has no form'],
    ['a histogram', other({ bins: [] }, 'histogram'), 'a histogram has no form in remote write 1.0'],
    ['a time that is none', sample(up, 1, Number.NaN), 'a time is'],
    ['a metric with a dot', sample(seriesOf('cpu.load'), 1, 1), 'metric "cpu.load" has more than'],
    [
      'a tag with a dash',
      sample(seriesOf('a', { 'data-center': 'x' }), 1, 1),
      'tag "data-center" has more than',
    ],
    [
      'a tag __name__',
      sample(seriesOf('a', { __name__: 'x' }), 1, 1),
      'two of the labels of a would be "__name__"',
    ],
  ])('refuses %s at once, says why, and sends the others', async (_, wrong, message) => {
    const { url, requests } = await destination()
    const fed = feed({ url })
    fed.give(sample(up, 1, 1), wrong, sample(up, 2, 2))
    await fed.end()
    expect(fed.events[0]).toMatchObject({
      type: 'refused',
      refusals: [{ sample: wrong, reason: 'unsupported', message: expect.stringContaining(message) }],
    })
    expect(requests).toEqual([['up|ST[job:web] 1 @1', 'up|ST[job:web] 2 @2']])
    expect(fed.acknowledged()).toBe(1)
  })

  it('puts _ in names where that is wanted, and refuses what two tags would share', async () => {
    const { url, requests } = await destination()
    const fed = feed({ url, names: 'underscored' })
    fed.give(
      sample(seriesOf('cpu.load:1m', { 'data-center': 'x', '1st': 'y', 'a:b': 'z', empty: '' }), 1, 1),
      sample(seriesOf('9'), 2, 1),
      sample(seriesOf('é\u{1f600}'), 3, 1),
      sample(seriesOf('two', { 'a-b': '1', 'a.b': '2' }), 4, 1),
    )
    await fed.end()
    expect(requests).toEqual([['cpu_load:1m|ST[_1st:y,a_b:z,data_center:x] 1 @1', '_9 2 @1', '__ 3 @1']])
    expect(fed.events).toMatchObject([
      { type: 'refused', refusals: [{ message: 'two of the labels of two would be "a_b"' }] },
      { type: 'delivered' },
    ])
  })

  it('sends names as they are where that is wanted, sorted by their bytes', async () => {
    const { url, requests, bodies } = await destination()
    const fed = feed({ url, names: 'utf8' })
    fed.give(sample(seriesOf('cpu.load', { '\u{1f600}': '1', '\uff5e': '2' }), 1, 1))
    await fed.end()
    expect(requests).toHaveLength(1)
    const text = Buffer.from(bodies[0]!).toString()
    expect(text.indexOf('\uff5e')).toBeLessThan(text.indexOf('\u{1f600}'))
    expect(requests[0]).toHaveLength(1)
  })

  it.each([503, 500, 429, 401, 404])(
    'sends again what is answered %s, in its order, and nothing meanwhile',
    async (status) => {
      const { url, requests } = await destination((_, attempt) => ({
        status: attempt <= 2 ? status : 204,
        body: 'wait',
      }))
      const fed = feed({ url, maxRequestSamples: 2 })
      fed.give(sample(up, 1, 1), sample(up, 2, 2), sample(up, 3, 3))
      await fed.end()
      const first = ['up|ST[job:web] 1 @1', 'up|ST[job:web] 2 @2']
      expect(requests).toEqual([first, first, first, ['up|ST[job:web] 3 @3']])
      expect(fed.events).toMatchObject([
        { type: 'failed', message: `the destination answered ${status}: wait`, attempt: 1 },
        { type: 'failed', attempt: 2 },
        { type: 'delivered', count: 2 },
        { type: 'delivered', count: 1 },
      ])
    },
  )

  it('waits as long as it is asked to', async () => {
    const { url } = await destination((_, attempt) => ({
      status: attempt === 1 ? 429 : 204,
      headers: { 'retry-after': '1' },
    }))
    const fed = feed({ url })
    fed.give(sample(up, 1, 1))
    await fed.end()
    expect(fed.events).toMatchObject([{ type: 'failed', delayMs: 1000 }, { type: 'delivered' }])
  })

  it('sends again where the answer broke off, though the destination may have it', async () => {
    const { url, requests } = await destination((_, attempt) => (attempt === 1 ? 'cut' : { status: 204 }))
    const fed = feed({ url })
    fed.give(sample(up, 1, 1))
    await fed.end()
    expect(requests).toEqual([['up|ST[job:web] 1 @1'], ['up|ST[job:web] 1 @1']])
    expect(fed.events).toMatchObject([
      { type: 'failed', message: expect.stringContaining('gave no answer') },
      { type: 'delivered' },
    ])
  })

  it.each([
    ['out of order sample', 'out of order: it has a later sample of the series'],
    ['duplicate sample for timestamp', 'duplicate: it has another value at this time'],
    ['out of bounds', 'out of bounds: the time is too far from the present'],
    ['something else', 'the destination answered 400: something else'],
  ])(
    'finds the one sample that is answered "%s", refuses it by name, and sends the others in order',
    async (said, message) => {
      const bad = 'up|ST[job:web] 4 @4'
      const { url, requests } = await destination((lines) =>
        lines.includes(bad) ? { status: 400, body: said } : { status: 204 },
      )
      const fed = feed({ url })
      const values = [1, 2, 3, 4, 5, 6, 7].map((value) => sample(up, value, value))
      fed.give(...values)
      await fed.end()
      const refused = fed.events.flatMap((event) => (event.type === 'refused' ? event.refusals : []))
      expect(refused).toMatchObject([
        { sample: values[3], reason: 'refused', message: expect.stringContaining(message) },
      ])
      const delivered = requests.filter((lines) => !lines.includes(bad)).flat()
      expect(delivered).toEqual([1, 2, 3, 5, 6, 7].map((value) => `up|ST[job:web] ${value} @${value}`))
      expect(fed.acknowledged()).toBe(1)
    },
  )

  it('sends in halves what is too large', async () => {
    const { url, requests } = await destination((lines) => ({ status: lines.length > 2 ? 413 : 204 }))
    const fed = feed({ url })
    fed.give(...[1, 2, 3, 4].map((value) => sample(up, value, value)))
    await fed.end()
    expect(requests.map((lines) => lines.length)).toEqual([4, 2, 2])
  })

  it.each([
    ['no address', {} as never],
    ['a path alone', { url: '/api/v1/write' }],
    ['a way with names that there is not', { url: 'http://x', names: 'quoted' as never }],
    ['an option that there is not', { url: 'http://x', version: '2.0' } as never],
  ])('refuses %s at the call', (_, options) => {
    expect(() => toRemoteWrite(options)).toThrow('PROTOCOL_BAD_OPTION')
  })
})
