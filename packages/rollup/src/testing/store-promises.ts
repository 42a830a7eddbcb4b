import { series, type Sample, type SampleKind } from '@tocsin/core'

import { expectRejected, expectSlots, expectThat, midnight, readSlots } from './store-scene.ts'
import type { StoreScene } from './store-scene.ts'

/** One promise: how it is seen to be kept, and without which means of the user's it cannot be. */
export interface StorePromise {
  readonly needs?: 'kill'
  readonly check: (scene: StoreScene) => Promise<void>
}

const numeric = ['count', 'average', 'min', 'max', 'sum', 'stddev', 'first', 'last'] as const
const counting = ['count', 'first', 'last', 'increase', 'rate', 'resets'] as const
const periods = ['1m', '5m', '1h'] as const

/** A sample so many seconds after midnight. */
const at = (
  seconds: number,
  value: number | string,
  kind: SampleKind = 'gauge',
  more: Pick<Partial<Sample>, 'weight' | 'exact'> = {},
  metric = 'cpu',
): Sample => ({ series: series(metric), time: midnight + seconds * 1000, value, kind, ...more }) as Sample

/** An hour of decimals every 20 s, the same each time, which no sum of doubles gets right. */
const anHour = (kind: SampleKind = 'gauge'): Sample[] =>
  Array.from({ length: 180 }, (_, index) => at(index * 20, (((index * 7919) % 1009) + 1) / 100, kind))

/** Out of order by about a minute, and each tenth twice. */
const disordered = (samples: readonly Sample[]): Sample[] =>
  samples
    .map((sample, index) => ({ sample, place: index + ((index * 31) % 7) / 2 }))
    .sort((a, b) => a.place - b.place)
    .flatMap(({ sample }, index) => (index % 10 === 3 ? [sample, sample] : [sample]))

/** All promises of a store, by their sentences. */
export const promises: Readonly<Record<string, StorePromise>> = {
  'is empty at first': {
    async check({ store }) {
      expectThat(store.position === undefined, 'it had a position')
      expectThat(store.series().length === 0, 'it had series')
      const query = { select: '__name:cpu', from: 0, to: 60_000, period: '1m', value: 'sum' } as const
      expectThat((await store.fetch(query)).length === 0, 'it had an answer')
    },
  },

  'says the same of what was written at once, after a flush and after a restart': {
    async check(scene) {
      await scene.write(anHour())
      await scene.expectExact('cpu', periods, numeric)
      await scene.store.flush()
      await scene.expectExact('cpu', periods, numeric)
      await scene.restart()
      await scene.expectExact('cpu', periods, numeric)
    },
  },

  'has everything that it acknowledged when its process was killed': {
    needs: 'kill',
    async check(scene) {
      const samples = anHour()
      await scene.write(samples.slice(0, 100))
      await scene.store.flush()
      await scene.write(samples.slice(100))
      await scene.restart(false)
      expectThat(
        scene.store.position?.seq === samples.length,
        `its position was ${scene.store.position?.seq}`,
      )
      await scene.expectExact('cpu', periods, numeric)
    },
  },

  'counts records once that come again, in whole or in part': {
    async check(scene) {
      const [first, second] = [
        [at(0, 1, 'delta'), at(1, 2, 'delta')],
        [at(2, 4, 'delta'), at(3, 8, 'delta')],
      ]
      const batch = scene.next(first)
      await scene.store.write(batch)
      const again = await scene.store.write(batch)
      expectThat(again.count === 0 && again.skipped === 2, `${again.count} values counted again`)
      const overlapping = {
        ...batch,
        values: [...first, ...second],
        position: { ...batch.position, lastSeq: 4 },
      }
      const partly = await scene.store.write(overlapping)
      expectThat(partly.count === 2 && partly.skipped === 2, `${partly.count} of 2 new values counted`)
      await scene.restart()
      await scene.store.write(overlapping)
      expectThat(scene.store.position?.seq === 4, `its position was ${scene.store.position?.seq}`)
      expectSlots(await scene.slots('cpu', 'sum', '1h'), [15], 'sum')
    },
  },

  'refuses a batch behind records that it does not have, and takes it when they are given up': {
    async check(scene) {
      await scene.write([at(0, 1), at(1, 2)])
      const position = { journalId: 'scene', firstSeq: 5, lastSeq: 5 }
      const behind = { values: [at(2, 4)], position }
      await expectRejected(() => scene.store.write(behind), 'ROLLUP_GAP')
      expectThat(scene.store.position?.seq === 2, `its position was ${scene.store.position?.seq}`)
      await scene.store.write({ values: [], position: { journalId: 'scene', firstSeq: 3, lastSeq: 4 } })
      await scene.store.write(behind)
      expectSlots(await scene.slots('cpu', 'sum', '1h'), [7], 'sum')
    },
  },

  'refuses a batch that is none, and one of another journal': {
    async check(scene) {
      await scene.write([at(0, 1)])
      const position = { journalId: 'scene', firstSeq: 2, lastSeq: 9 }
      await expectRejected(() => scene.store.write({ values: [at(1, 1)], position }), 'ROLLUP_BAD_BATCH')
      const other = { values: [at(1, 1)], position: { journalId: 'other', firstSeq: 2, lastSeq: 2 } }
      await expectRejected(() => scene.store.write(other), 'ROLLUP_WRONG_JOURNAL')
      expectSlots(await scene.slots('cpu', 'count', '1h'), [1], 'count')
    },
  },

  'adds decimals as they are written': {
    async check(scene) {
      await scene.write([
        at(0, 0.1),
        at(20, 0.2),
        at(60, 80_000_000.1),
        at(61, 80_000_000.2),
        at(62, 80_000_000.3),
      ])
      expectSlots((await scene.slots('cpu', 'sum', '1m')).slice(0, 2), [0.3, 240_000_000.6], 'sum')
      await scene.expectExact('cpu', periods, numeric)
    },
  },

  'adds doubles that are no decimals exactly too': {
    async check(scene) {
      await scene.write([at(0, 1 / 3), at(20, 1e17), at(40, 2 / 3), at(50, -1e17), at(70, Math.PI)])
      await scene.expectExact('cpu', periods, numeric)
      await scene.store.flush()
      await scene.expectExact('cpu', periods, numeric)
    },
  },

  'says the same in any order of arrival, wherever it is flushed or restarted': {
    async check(scene) {
      const late = disordered(anHour())
      for (const [index, share] of [50, 90, 130, late.length].entries()) {
        await scene.write(late.slice([0, 50, 90, 130][index], share))
        if (index === 0) await scene.store.flush()
        else await scene.restart(index === 1)
      }
      await scene.expectExact('cpu', periods, numeric)
    },
  },

  'counts one value of a series and moment, the largest, and each event': {
    async check(scene) {
      await scene.write([at(0, 5), at(0, 7), at(0, 7)])
      await scene.store.flush()
      await scene.write([at(0, 5), at(0, 6, 'gauge'), at(0, 3, 'observation', {}, 'took')])
      await scene.write([at(0, 3, 'observation', {}, 'took')])
      await scene.expectExact('cpu', periods, numeric)
      await scene.expectExact('took', periods, numeric)
    },
  },

  'puts what comes late into its windows of every length': {
    async check(scene) {
      await scene.write([at(0, 1), at(600, 2)])
      await scene.store.flush()
      await scene.write([at(310, 4)])
      await scene.expectExact('cpu', periods, numeric)
      await scene.store.flush()
      await scene.expectExact('cpu', periods, numeric)
    },
  },

  'weighs observations and deltas': {
    async check(scene) {
      await scene.write([
        at(0, 0.25, 'observation', { weight: 4 }),
        at(1, 1.5, 'observation'),
        at(2, 7, 'observation', { weight: 10 / 3 }),
        at(0, 12, 'delta', { weight: 3 }, 'sent'),
        at(70, 0.5, 'delta', {}, 'sent'),
      ])
      await scene.expectExact('cpu', periods, numeric)
      await scene.expectExact('sent', periods, numeric)
    },
  },

  'counts the steps of counters once, over windows, restarts from 0 and long pauses': {
    async check(scene) {
      const readings = Array.from({ length: 6 }, (_, index) => at(index * 600, index * 600, 'counter'))
      await scene.write(readings)
      for (const period of periods) {
        const steps = await scene.slots('cpu', 'increase', period)
        const sum = steps.reduce<number>((all, step) => all + (typeof step === 'number' ? step : 0), 0)
        expectThat(sum === 3000, `the increases of ${period} add up to ${sum}, not 3000`)
      }
      await scene.write([at(0, 100, 'counter', {}, 'sent'), at(40, 5, 'counter', {}, 'sent')])
      await scene.store.flush()
      await scene.write([at(20, 120, 'counter', {}, 'sent')])
      expectSlots(await scene.slots('sent', 'increase', '1h'), [25], 'increase')
      await scene.expectExact('sent', periods, counting)
    },
  },

  'keeps counters in order that came without': {
    async check(scene) {
      let total = 0
      const readings = anHour('counter').map((sample, index) => {
        total = index % 50 === 49 ? 0 : total + (sample.value as number)
        return { ...sample, value: Math.round(total * 100) / 100 } as Sample
      })
      const late = disordered(readings)
      await scene.write(late.slice(0, 100))
      await scene.restart()
      await scene.write(late.slice(100))
      await scene.expectExact('cpu', periods, counting)
    },
  },

  'keeps the digits of counters above 2^53': {
    async check(scene) {
      const reading = (seconds: number, exact: bigint): Sample =>
        at(seconds, Number(exact), 'counter', { exact })
      await scene.write([
        reading(0, 2n ** 60n + 1n),
        reading(30, 2n ** 60n + 4n),
        reading(90, 2n ** 60n + 9n),
      ])
      await scene.store.flush()
      expectSlots((await scene.slots('cpu', 'increase', '1m')).slice(0, 2), [3, 5], 'increase')
    },
  },

  'says which texts were first and last, and how often they changed': {
    async check(scene) {
      const said = ['up', 'up', 'down', 'up'].map((text, index) => at(index * 20, text, 'text'))
      await scene.write(said)
      await scene.expectExact('cpu', periods, ['count', 'first', 'last', 'changes'])
      await scene.store.flush()
      await scene.expectExact('cpu', periods, ['count', 'first', 'last', 'changes'])
    },
  },

  'refuses bad samples, and stores the others of their batch': {
    async check(scene) {
      const bad = [at(1, NaN), at(2, Infinity), at(-1e12, 1), at(3, 'a text'), at(1e12, 1)]
      const { count, skipped } = await scene.store.write(scene.next([at(0, 1), ...bad, at(4, 2)]))
      expectThat(count === 2 && skipped === 0, `${count} values were stored, not 2, and ${skipped} skipped`)
      expectThat(scene.store.position?.seq === 7, `its position was ${scene.store.position?.seq}`)
      expectSlots(await scene.slots('cpu', 'sum', '1h'), [3], 'sum')
    },
  },

  'bears a series that changes its kind': {
    async check(scene) {
      await scene.write([at(0, 1), at(1, 'one', 'text'), at(60, 2, 'counter'), at(61, 5, 'counter')])
      await scene.store.flush()
      expectSlots((await scene.slots('cpu', 'last', '1m')).slice(0, 3), [1, 5, null], 'last')
    },
  },

  'finds series by their tags': {
    async check({ store }) {
      const of = (host: string): Sample => ({ ...at(0, 1), series: series('cpu', { host }) })
      const position = { journalId: 'scene', firstSeq: 1, lastSeq: 3 }
      await store.write({ values: [of('web-2'), of('db-1'), of('web-1')], position })
      const keys = store.series('host:web-*').map(({ tags }) => (tags as Record<string, string>)['host'])
      expectThat(keys.join() === 'web-1,web-2', `host:web-* gave ${keys.join()}`)
      expectThat(store.series().length === 3, `${store.series().length} series of 3`)
      const query = { from: midnight, to: midnight + 60_000, period: '1m', value: 'sum' } as const
      const answer = await store.fetch({ ...query, select: 'host:web-*' })
      const slots = answer.map((one) => readSlots(one, 'cpu').join())
      expectThat(slots.join(' ') === '1 1', `host:web-* gave ${slots.join(' ')}`)
    },
  },

  'answers for multiples of its windows, and refuses what it cannot answer': {
    async check(scene) {
      await scene.write(anHour())
      await scene.expectExact('cpu', ['10m', '2h'], numeric, 2)
      const query = { select: '__name:cpu', from: midnight, to: midnight + 60_000 }
      const { store } = scene
      await expectRejected(() => store.fetch({ ...query, period: '90s', value: 'sum' }), 'ROLLUP_BAD_QUERY')
      await expectRejected(
        () => store.fetch({ ...query, period: '1m', value: 'median' as 'sum' }),
        'ROLLUP_BAD_QUERY',
      )
      await expectRejected(
        () => store.fetch({ ...query, select: 'and(', period: '1m', value: 'sum' }),
        'ROLLUP_BAD_QUERY',
      )
    },
  },

  'is closed for good': {
    async check(scene) {
      await scene.write([at(0, 1)])
      const { store } = scene
      await store.close()
      await store.close()
      const batch = scene.next([at(1, 1)])
      await expectRejected(() => store.write(batch), 'ROLLUP_CLOSED')
      const query = { select: '__name:cpu', from: 0, to: 60_000, period: '1m', value: 'sum' } as const
      await expectRejected(() => store.fetch(query), 'ROLLUP_CLOSED')
    },
  },
}
