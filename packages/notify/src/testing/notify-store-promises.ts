import { NotifyError } from '../errors.ts'
import type { NotifyChange } from '../model/change.ts'
import type { NotifyStore } from '../stores/notify-store.ts'
import { alertOf, ends, held, opens, total } from './stored-changes.ts'

/** One store for one promise. */
interface NotifyStoreScene {
  readonly store: NotifyStore
  /** Ends the store, in the way that the promise needs, and opens it again. */
  readonly restart: () => Promise<void>
}

/** One promise: how it is seen to be kept, and without which means of the user's it cannot be. */
export interface NotifyStorePromise {
  readonly needs?: 'close' | 'kill'
  readonly check: (scene: NotifyStoreScene) => Promise<void>
}

/** A run of every kind of change. */
const everything: readonly (readonly NotifyChange[])[] = [
  opens('a'),
  opens('b', { severity: 1, acknowledgement: { by: 'ann', at: 5, severity: 1, notes: '' } }),
  [{ type: 'maintenance', maintenance: { id: 'm', select: '__name:*', from: 0, to: 1e6 } }],
  ends('a', 7),
  [{ type: 'maintenance', maintenance: { id: 'n', select: '__name:*', from: 0, to: 1e6 } }],
  [{ type: 'maintenance-gone', id: 'm' }],
  opens('c'),
  [{ type: 'place', alert: alertOf('c').id, place: { place: 'ops', due: 0, told: 'yes', sequence: 1 } }],
  [{ type: 'place', alert: 'nowhere', place: { place: 'ops', due: 0, told: 'yes', sequence: 1 } }],
]

/** All promises of a store, by their sentences. */
export const notifyStorePromises: Readonly<Record<string, NotifyStorePromise>> = {
  'is empty at first': {
    async check({ store }) {
      expectThat(store.openAlerts().length === 0, 'it had open alerts')
      expectThat((await store.load()).length === 0, 'it had changes')
    },
  },

  'gives back what adds up to what was appended': {
    async check({ store }) {
      for (const changes of everything) await store.append(changes)
      await expectHeld(store, everything.flat())
    },
  },

  'has it all when it was closed and opened again': {
    needs: 'close',
    async check(scene) {
      for (const changes of everything) {
        await scene.store.append(changes)
        await scene.restart()
      }
      await expectHeld(scene.store, everything.flat())
    },
  },

  'has everything that it acknowledged when its process was killed': {
    needs: 'kill',
    async check(scene) {
      for (const changes of everything) {
        await scene.store.append(changes)
        await scene.restart()
      }
      await expectHeld(scene.store, everything.flat())
    },
  },

  'lets a later change replace an earlier one, and takes one twice': {
    async check({ store }) {
      const later = [...opens('a'), ...opens('a', { severity: 5, text: '' }), ...opens('a', { severity: 5 })]
      for (const change of later) await store.append([change])
      await store.append(later)
      await store.append([])
      await expectHeld(store, later)
    },
  },

  'forgets what was before a reset': {
    async check({ store }) {
      await store.append([...opens('a'), ...ends('b')])
      const anew: NotifyChange[] = [...opens('x'), { type: 'reset' }, ...opens('c')]
      await store.append(anew)
      await store.append(opens('d'))
      await expectHeld(store, [...anew, ...opens('d')])
      expectThat(store.openAlerts().length === 2, `${store.openAlerts().length} alerts were open, not 2`)
    },
  },

  'still forgets it when it was closed and opened again': {
    needs: 'close',
    async check(scene) {
      await scene.store.append(opens('a'))
      await scene.store.append([{ type: 'reset' }, ...opens('c')])
      await scene.restart()
      await scene.store.append([{ type: 'reset' }])
      await scene.store.append(opens('d'))
      await scene.restart()
      await expectHeld(scene.store, opens('d'))
    },
  },

  'keeps names and texts to the letter': {
    async check({ store }) {
      const tags = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>
      const { signal } = alertOf('a')
      const odd = opens('a', {
        text: `\u0000\n\u2028\ud800"\\${'x'.repeat(8000)}`,
        signal: { ...signal, series: { ...signal.series, tags }, time: 0.1 + 0.2 },
      })
      await store.append(odd)
      await expectHeld(store, odd)
    },
  },

  'keeps thousands of alerts in their order': {
    async check({ store }) {
      const many = Array.from({ length: 3000 }, (_, index) => opens(`series-${(index * 7919) % 3000}`))
      await store.append(many.slice(0, 2000).flat())
      await store.append(many.slice(2000).flat())
      await expectHeld(store, many.flat())
    },
  },

  'tells what is open before the first run, in the order of the alerts': {
    needs: 'close',
    async check(scene) {
      await scene.store.append([...opens('b'), ...opens('a'), ...opens('over', { clearedAt: 3 })])
      await scene.restart()
      const names = scene.store.openAlerts().map(({ signal }) => signal.series.metric)
      expectThat(names.join() === 'b,a', `${names.join()} were open, not b,a`)
    },
  },

  'serves one run at a time': {
    async check({ store }) {
      await store.load()
      let code: unknown = 'nothing'
      try {
        await store.load()
      } catch (error) {
        code = error instanceof NotifyError ? error.code : error
      }
      expectThat(code === 'NOTIFY_STORE_IN_USE', `the second run was told ${String(code)}`)
      store.release()
      await store.load()
    },
  },

  'counts an append that was under way when its run ended': {
    async check({ store }) {
      await store.load()
      const appended = store.append(opens('a'))
      store.release()
      await expectHeld(store, opens('a'))
      await appended
    },
  },
}

/** Fails with what was seen instead. */
function expectThat(isSo: boolean, seen: string): asserts isSo {
  if (!isSo) throw new Error(seen)
}

/** Fails where the store does not hold what these changes add up to, in their order. */
async function expectHeld(store: NotifyStore, changes: readonly NotifyChange[]): Promise<void> {
  const expected = total(changes)
  const seen = await held(store)
  for (const [name, value] of expected) {
    expectThat(seen.get(name) === value, `${name} was ${seen.get(name) ?? 'not there'}, not ${value}`)
  }
  for (const name of seen.keys()) expectThat(expected.has(name), `${name} was there`)
  const alerts = (all: ReadonlyMap<string, string>): string =>
    [...all.keys()].filter((name) => name.startsWith('alert ')).join()
  expectThat(alerts(seen) === alerts(expected), 'the order of the alerts was another')
}
