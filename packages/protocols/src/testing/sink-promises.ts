import { Observable } from 'rxjs'
import type { Batch, Sample } from '@tocsin/core'

import type { Reachability } from '../sinks/index.ts'
import { numbered, type DestinationFault, type SinkScene } from './sink-scene.ts'
import { expectThat } from './source-scene.ts'

/** One promise: how it is seen to be kept, and what the destination must be able to do wrong for that. */
export interface SinkPromise {
  readonly needs?: DestinationFault | 'unsupported'
  readonly check: (scene: SinkScene, unsupported: (sample: Sample) => Sample) => Promise<void>
}

/** All promises of a sink, by their sentences. */
export const sinkPromises: Readonly<Record<string, SinkPromise>> = {
  'does nothing before it is subscribed to': {
    async check(scene) {
      await scene.destination.start()
      void scene.sink(new Observable())
      await scene.quiet()
      const count = scene.destination.connections?.() ?? 0
      expectThat(count === 0, `it had opened ${count} connections`)
    },
  },

  'brings each sample there once and in the order of its series, acknowledges each batch, and completes': {
    async check(scene) {
      await scene.destination.start()
      scene.run()
      scene.give(3, 4, 1)
      await scene.expectAllThere(true)
      scene.give(5, 0, 2)
      scene.complete()
      await scene.expectCompleted()
      await scene.expectAllThere(true)
      await scene.quiet()
      scene.expectInOrder(true)
      scene.expectAcked()
      await scene.expectFree()
    },
  },

  'takes the next batch also within an acknowledgement': {
    async check(scene) {
      await scene.destination.start()
      let left = 5
      const source = new Observable<Batch<Sample>>((subscriber) => {
        const give = (): void => {
          left -= 1
          if (left < 0) subscriber.complete()
          else subscriber.next(scene.batch(2, give))
        }
        give()
      })
      scene.run(source)
      await scene.expectCompleted()
      await scene.expectAllThere(true)
    },
  },

  'says what is delivered, and what is still held': {
    async check(scene) {
      await scene.destination.start()
      const heard = scene.run()
      scene.give(3, 4)
      scene.complete()
      await scene.expectCompleted()
      let delivered = 0
      for (const event of heard.values) {
        if (event.type === 'delivered') delivered += event.count
        const { time, held } = event
        const isWhole =
          Number.isFinite(time) && held.count >= 0 && (held.oldest === undefined) === (held.count === 0)
        expectThat(isWhole, `a ${event.type} lacks its time, or what is held`)
      }
      expectThat(delivered === 7, `it said that ${delivered} samples were delivered, of 7`)
      const last = heard.values.at(-1)?.held.count
      expectThat(last === 0, `${String(last)} samples were held, it said, when all were delivered`)
    },
  },

  'waits for a destination that is down at first, says so, and brings it all when it is there': {
    async check(scene) {
      const states: Reachability[] = []
      scene.listen(scene.sink.reachable$, (state) => states.push(state))
      const first = states[0]
      expectThat(
        first !== undefined && first.reachable === undefined,
        'reachable$ did not begin with undefined',
      )
      const heard = scene.run()
      scene.give(2, 3)
      await scene.expectSoon(
        () => heard.values.some(({ type }) => type === 'failed'),
        () => 'it said nothing of a destination that is down',
      )
      for (const event of heard.values)
        if (event.type === 'failed')
          expectThat(
            event.message !== '' && event.attempt >= 1 && event.delayMs >= 0,
            'a failed lacks its message, attempt or delay',
          )
      expectThat(states.at(-1)?.reachable === false, 'reachable$ was not false while it was down')
      scene.give(1)
      scene.complete()
      await scene.quiet()
      expectThat(!heard.isEnded, 'it completed while the destination was down')
      expectThat(
        scene.acked.length === 0,
        `${scene.acked.length} batches were acknowledged while it was down`,
      )
      await scene.destination.start()
      await scene.expectCompleted()
      await scene.expectAllThere(false)
      expectThat(states.at(-1)?.reachable === true, 'reachable$ was not true when it was there')
    },
  },

  'loses nothing where the destination goes down in the middle, and keeps the order': {
    async check(scene) {
      await scene.destination.start()
      const heard = scene.run()
      scene.give(2, 2)
      await scene.expectSoon(
        () => scene.acked.length > 0,
        () => 'nothing was acknowledged',
      )
      // Some of it is on its way.
      scene.give(...Array<number>(20).fill(3))
      await scene.turn()
      await scene.destination.stop()
      scene.give(...Array<number>(10).fill(3))
      await scene.expectSoon(
        () => heard.values.some(({ type }) => type === 'failed'),
        () => 'it said nothing of a destination that went down',
      )
      scene.expectAcked()
      await scene.destination.start()
      scene.give(2)
      scene.complete()
      await scene.expectCompleted()
      await scene.expectAllThere(false)
    },
  },

  'waits for a slow destination, and sends nothing twice to it': {
    needs: 'slow',
    async check(scene) {
      await scene.destination.start()
      scene.destination.behave?.('slow', [])
      scene.run()
      scene.give(3, 2)
      scene.complete()
      await scene.expectCompleted()
      await scene.expectAllThere(true)
    },
  },

  'takes half a reply for none, and sends again': {
    needs: 'half-reply',
    async check(scene) {
      await scene.destination.start()
      scene.destination.behave?.('half-reply', [])
      const heard = scene.run()
      scene.give(3, 2)
      await scene.expectSoon(
        () => heard.values.some(({ type }) => type === 'failed'),
        () => 'it said nothing of half a reply',
      )
      expectThat(
        scene.acked.length === 0,
        `${scene.acked.length} batches were acknowledged upon half a reply`,
      )
      scene.destination.behave?.(undefined, [])
      scene.complete()
      await scene.expectCompleted()
      await scene.expectAllThere(false)
    },
  },

  'names what the destination refuses, and brings all else': {
    needs: 'refuse',
    async check(scene) {
      await scene.destination.start()
      scene.destination.behave?.('refuse', [2, 7])
      scene.run()
      scene.give(5, 4)
      scene.complete()
      await scene.expectCompleted()
      expectRefused(scene, [2, 7])
      await scene.expectAllThere(false)
      const received = scene.destination.received()
      expectThat(!received.includes(2) && !received.includes(7), 'received() gives what it refused')
    },
  },

  'names what the destination has no form for, and brings all else': {
    needs: 'unsupported',
    async check(scene, unsupported) {
      await scene.destination.start()
      const wrong = unsupported(numbered(2))
      const values = [numbered(0), numbered(1), wrong, numbered(3)]
      let atAck: string | undefined
      scene.run(
        new Observable((subscriber) => {
          subscriber.next({
            values,
            ack: () =>
              (atAck = scene.destination
                .received()
                .toSorted((a, b) => a - b)
                .join()),
          })
          subscriber.complete()
        }),
      )
      await scene.expectCompleted()
      const [refusal] = scene.refusals
      const isNamed = scene.refusals.length === 1 && refusal?.sample === wrong && refusal.message !== ''
      expectThat(isNamed, `${scene.refusals.length} refusals came for one sample, or none that names it`)
      expectThat(atAck === '0,1,3', `${atAck ?? 'no acknowledgement'} came of 0,1,3`)
    },
  },

  'ends with an error of its source, and acknowledges nothing more': {
    async check(scene) {
      const broken = new Error('the source is broken')
      const heard = scene.run()
      scene.give(2)
      scene.error(broken)
      await scene.look(() => heard.failure !== undefined)
      expectThat(heard.failure?.error === broken, 'it did not end with the error of its source')
      await scene.destination.start()
      await scene.quiet()
      expectThat(scene.acked.length === 0, `${scene.acked.length} batches were acknowledged after the error`)
      await scene.expectFree()
    },
  },

  'frees everything when it is left, and brings nothing more': {
    async check(scene) {
      await scene.destination.start()
      const heard = scene.run()
      scene.give(2)
      await scene.expectSoon(
        () => scene.acked.length > 0,
        () => 'nothing was acknowledged',
      )
      await scene.destination.stop()
      scene.give(2, 2)
      await scene.expectSoon(
        () => heard.values.some(({ type }) => type === 'failed'),
        () => 'it said nothing of a destination that went down',
      )
      heard.unsubscribe()
      expectThat(!scene.isSourceObserved, 'it still listened to its source')
      const [acked, before] = [scene.acked.length, scene.destination.received().length]
      await scene.destination.start()
      for (let turn = 0; turn < 4; turn += 1) await scene.quiet()
      const more = scene.destination.received().length - before
      expectThat(more === 0, `it brought ${more} samples after it was left`)
      expectThat(scene.acked.length === acked, 'it acknowledged what came to nothing')
      await scene.expectFree()
    },
  },

  'can be subscribed to again, and begins anew': {
    async check(scene) {
      await scene.destination.start()
      scene.run()
      scene.give(2)
      scene.complete()
      await scene.expectCompleted()
      scene.run()
      scene.give(3)
      scene.complete()
      await scene.expectCompleted()
      await scene.expectAllThere(true)
    },
  },
}

function expectRefused(scene: SinkScene, expected: readonly number[]): void {
  const named = scene.refusals.map(({ sample }) => Number(sample.value)).sort((a, b) => a - b)
  expectThat(
    named.join() === expected.join(),
    `it named ${named.join(', ') || 'nothing'} as refused, of ${expected.join(', ')}`,
  )
  const isSaid = scene.refusals.every(({ message }) => message !== '')
  expectThat(isSaid, 'a refusal does not say why')
}
