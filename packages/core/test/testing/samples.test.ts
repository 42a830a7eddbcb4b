import fc from 'fast-check'
import { lastValueFrom, map, toArray } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it, vi } from 'vitest'

import { anySamples } from '../../src/testing/arbitraries/samples.ts'
import { samples, samplesFromMarbles } from '../../src/testing/samples/samples.ts'
import { virtualTime } from '../../src/testing/virtual-time.ts'

const times = (text: string, start = 0) =>
  samples(text, { start }).list.map(({ time, value }) => [time, value])

describe('the notation of samples', () => {
  it('reads a series, values, gaps, NaN and a step', () => {
    const sent = samples('cpu|ST[host:a] 1 2 _ 3 NaN @10s')
    expect(sent.list.map(({ series, time, value, kind }) => [series.key, time, value, kind])).toEqual([
      ['cpu|ST[host:a]', 0, 1, 'gauge'],
      ['cpu|ST[host:a]', 10_000, 2, 'gauge'],
      ['cpu|ST[host:a]', 30_000, 3, 'gauge'],
      ['cpu|ST[host:a]', 40_000, NaN, 'gauge'],
    ])
    expect(Array.from<unknown>(sent)).toEqual(sent.list)
  })

  it.each([
    [
      'repetitions',
      'a 5*2 _*2 0+10*3 -1.5e3 @1s',
      [
        [0, 5],
        [1000, 5],
        [4000, 0],
        [5000, 10],
        [6000, 20],
        [7000, -1500],
      ],
    ],
    [
      'falling ramps',
      'a 3-0.5*3 @1m',
      [
        [0, 3],
        [60_000, 2.5],
        [120_000, 2],
      ],
    ],
    [
      'an offset',
      'a 1 2 @1s+5m',
      [
        [300_000, 1],
        [301_000, 2],
      ],
    ],
    [
      'infinities',
      'a Infinity -Infinity @1s',
      [
        [0, Infinity],
        [1000, -Infinity],
      ],
    ],
    [
      'several lines, by time and then by line',
      'a 1 3 @2s\n\n  b 2 @1s+2s ',
      [
        [0, 1],
        [2000, 3],
        [2000, 2],
      ],
    ],
    [
      'texts',
      'a "up" "not \\"up\\"" @1s',
      [
        [0, 'up'],
        [1000, 'not "up"'],
      ],
    ],
    ['nothing', '', []],
  ])('reads %s', (_, text, expected) => {
    expect(times(text)).toEqual(expected)
  })

  it('begins where it is told to', () => {
    expect(times('a 1 2 @1s', 500)).toEqual([
      [500, 1],
      [1500, 2],
    ])
  })

  it('reads kinds, weights, whole numbers beyond doubles, and the end of a series', () => {
    const facts = samples('n counter 9007199254740993 @1s\nt delta 5w10 @1s\nu set "ada" stale @1s').list.map(
      ({ kind, value, weight, exact }) => [kind, value, weight, exact],
    )
    expect(facts).toEqual([
      ['counter', 9007199254740992, undefined, 9007199254740993n],
      ['delta', 5, 10, undefined],
      ['set', 'ada', undefined, undefined],
      ['stale', NaN, undefined, undefined],
    ])
  })

  it('reads samples that arrive late and those of a clock that is ahead', () => {
    const facts = samples('a 1 2@-30s 3@+1m @1m').list.map(({ time, receivedAt }) => [time, receivedAt])
    expect(facts).toEqual([
      [0, undefined],
      [30_000, 60_000],
      [180_000, 120_000],
    ])
  })

  it('reads a name with spaces in double quotes', () => {
    expect(samples('"disk free|ST[mount:b\\"L2E=\\"]" 1 @1s').list[0]?.series.key).toBe(
      'disk free|ST[mount:/a]',
    )
  })

  it.each([
    ['no step', 'cpu 1 2'],
    ['a step of nothing', 'cpu 1 @0s'],
    ['a word that is no value', 'cpu 1 x @1s'],
    ['no repetition', 'cpu 1*0 @1s'],
    ['far too many slots', 'cpu 1*999999 1*2 @1s'],
    ['a series that is none', 'cpu|ST[a 1 @1s'],
    ['a text that does not end', 'cpu "up @1s'],
    ['no series', '@1s'],
    ['far too many samples', 'cpu 1*100000 @1s\n'.repeat(11)],
  ])('refuses %s, and says what it takes', (_, text) => {
    expect(() => samples(text)).toThrow('SAMPLES_BAD_NOTATION')
  })
})

describe('any text', () => {
  it('is read or refused, and nothing else', () => {
    const parts = fc.constantFrom(
      ...Array.from('012_*+-@".\\ew|[]{}:, \n'),
      ...['cpu ', 'counter ', 'stale', 'NaN', '__proto__', '|ST[', '|MT{', ' @10s', '@-5s', '*100000', '日'],
    )
    const texts = fc.array(parts, { maxLength: 12 }).map((all) => all.join(''))
    const read = (text: string): void => {
      try {
        void samples(text)
      } catch (error) {
        expect(error).toHaveProperty('code', 'SAMPLES_BAD_NOTATION')
      }
    }
    fc.assert(fc.property(texts, read))
    fc.assert(
      fc.property(
        texts.map((text) => `cpu ${text} @10s`),
        read,
      ),
    )
  })
})

describe('a sequence of samples', () => {
  it('brings each sample when it arrives, and ends in the last slot', async () => {
    using time = virtualTime()
    const told: unknown[] = []
    samples('a 1 2@-5s _ _ @10s').subscribe({
      next: ({ value }) => told.push([time.now(), value]),
      complete: () => told.push([time.now(), 'end']),
    })
    await time.run()
    expect(told).toEqual([
      [0, 1],
      [10_000, 2],
      [30_000, 'end'],
    ])
  })

  it.each([NaN, Infinity])('refuses to begin at %s', (start) => {
    expect(() => samples('cpu 1 @1s', { start })).toThrow('SAMPLES_BAD_OPTION')
  })

  it('brings at once what was due before, also in the time of the machine', async () => {
    const values = await lastValueFrom(
      samples('a 1 2 3 @10s').pipe(
        map(({ value }) => value),
        toArray(),
      ),
    )
    expect(values).toEqual([1, 2, 3])
  })

  it('waits for months in the time of the machine without waking at once', async () => {
    const woken = vi.spyOn(globalThis, 'setInterval')
    const playing = samples('a 1 2 @60d', { start: Date.now() + 1e10 }).subscribe()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(woken.mock.calls.map(([, wait]) => wait)).toEqual([2 ** 31 - 1])
    playing.unsubscribe()
    woken.mockRestore()
    using time = virtualTime()
    const told: number[] = []
    samples('a 1 2 @60d').subscribe(() => told.push(time.now()))
    await time.run()
    expect(told).toEqual([0, 60 * 86_400_000])
  })

  it('stops when it is left', async () => {
    using time = virtualTime()
    const told: unknown[] = []
    const subscription = samples('a 1 2 3 @10s\nb 1 2 3 @10s').subscribe(({ value }) => {
      told.push(value)
      if (value === 2) subscription.unsubscribe()
    })
    await time.run()
    expect([told, time.now()]).toEqual([[1, 1, 2], 10_000])
  })

  it('is a diagram for the test scheduler of rxjs, with the same samples at the same moments', () => {
    fc.assert(
      fc.property(anySamples({ step: '1m' }), (sent) => {
        const [played, drawn] = [[], []] as [unknown[], unknown[]]
        new TestScheduler(() => undefined).run(({ cold }) => {
          const scheduler = { now: () => 0 }
          sent.subscribe({ next: (sample) => played.push(sample), complete: () => played.push('end') })
          cold(...sent.marbles()).subscribe({
            next: (sample) => drawn.push(sample),
            complete: () => drawn.push('end'),
          })
          return scheduler
        })
        expect(drawn).toEqual(played)
        expect(played.slice(0, -1)).toEqual(sent.list)
      }),
      { numRuns: 50 },
    )
  })

  it('is made of a diagram', () => {
    const sent = samplesFromMarbles('cpu|ST[host:a]', '12- h|', { step: '10s', values: { h: 97.5 } })
    expect(sent.text).toBe('cpu|ST[host:a] 1 2 _ 97.5 _ @10s')
    expect(() => samplesFromMarbles('cpu', '1x', { step: '1s' })).toThrow('SAMPLES_BAD_MARBLES')
    expect(() => samplesFromMarbles('cpu', '1|2', { step: '1s' })).toThrow('SAMPLES_BAD_MARBLES')
    for (const h of ['1 2', '1*2']) {
      expect(() => samplesFromMarbles('cpu', 'h', { step: '1s', values: { h } })).toThrow(
        'one marble is one word',
      )
    }
    expect(samplesFromMarbles('disk free', '1', { step: '1s' }).list[0]?.series.key).toBe('disk free')
  })

  it('prints as the call that makes it', () => {
    const sent = samples('a 1 @1s', { start: 5 })
    expect(String(sent)).toBe('samples("a 1 @1s", { start: 5 })')
    expect(fc.stringify(sent)).toBe(String(sent))
  })
})
