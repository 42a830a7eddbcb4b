import fc from 'fast-check'
import { Subject } from 'rxjs'
import { expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { notify } from '../../src/index.ts'
import type { Command, FaultSignal, PolicyInput, StillOpenAnswer } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import type { NotifierAnswer } from '../../src/testing/index.ts'
import { cleared, opened } from '../support/signals.ts'
import { ScriptedStore } from './rig.ts'
import type { Answer } from './rig.ts'

const policy: PolicyInput = {
  groups: { ops: { notifiers: ['a', 'b'] } },
  routes: [{ group: 'ops', wait: { 3: '20s' } }],
  stale: { after: '1m' },
}

const answers: readonly Answer[] = ['at once', 'when told', 'fails', 'fails later']

/** What may happen; numbers choose what it happens to. */
const step = fc.oneof(
  fc.record({ do: fc.constant('open'), to: fc.nat(3) }),
  fc.record({ do: fc.constant('clear'), to: fc.nat(3) }),
  fc.record({ do: fc.constant('wait'), to: fc.nat(90_000) }),
  fc.record({ do: fc.constant('store answers'), to: fc.nat(1) }),
  fc.record({ do: fc.constant('store becomes'), to: fc.nat(3) }),
  fc.record({ do: fc.constant('policy'), to: fc.constant(0) }),
)

it('leaves no timer, attempt, subscription or store behind, whenever nobody listens any more', async () => {
  const left = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 15 }),
      fc.array(fc.constantFrom<NotifierAnswer>('ok', 'fail', 'hang', 'refuse'), { maxLength: 10 }),
      fc.boolean(),
      async (steps, script, isStream) => {
        using time = virtualTime()
        const store = new ScriptedStore()
        const [a, b] = [recordingNotifier({ script }), recordingNotifier()]
        const source = new Subject<FaultSignal>()
        const commands = new Subject<Command>()
        const policies = new Subject<PolicyInput>()
        const answer = new Subject<StillOpenAnswer>()
        const beats: AbortSignal[] = []
        const subscription = source
          .pipe(
            notify(isStream ? policies : policy, {
              store,
              commands,
              notifiers: { a, b },
              stillOpen: () => answer,
              heartbeat: {
                everyMs: 7000,
                send: (signal) => {
                  beats.push(signal)
                  return new Promise(() => undefined)
                },
              },
              problems: { next: () => undefined },
            }),
          )
          .subscribe()
        for (const { do: what, to } of steps) {
          if (what === 'open')
            source.next(opened(time.now(), { metric: `m${to}`, severity: to === 3 ? 3 : 1 }))
          else if (what === 'clear') source.next(cleared(time.now(), { metric: `m${to}` }))
          else if (what === 'wait') await time.advanceBy(to)
          else if (what === 'policy') policies.next(policy)
          else if (what === 'store becomes') store.answer = answers[to] ?? 'at once'
          else if (to === 0) store.waiting[0]?.done()
          else store.waiting[0]?.fail(new Error('no space left'))
        }
        if (time.scheduled > 0) left.add('timers')
        if (beats.some(({ aborted }) => !aborted)) left.add('beats')
        if (answer.observed) left.add('questions')
        if (store.waiting.length > 0) left.add('appends')
        subscription.unsubscribe()
        await time.advanceBy(0)
        // What a last append of a store that fails or hangs still wants is its own business.
        const told = a.attempts.length + b.attempts.length
        expect(time.scheduled).toBe(0)
        expect([source, commands, policies, answer].filter(({ observed }) => observed)).toEqual([])
        expect(beats.filter(({ aborted }) => !aborted)).toEqual([])
        expect(store.released).toBe(store.loads)
        expect(store.overlaps).toBe(0)
        while (store.waiting.length > 0) store.waiting[0]?.done()
        await time.advanceBy(600_000)
        expect(a.attempts.length + b.attempts.length).toBe(told)
        expect([...a.attempts, ...b.attempts].filter(({ answer: given }) => given === 'hang')).toEqual([])
      },
    ),
    // So many in `npm test` too that there is each of these to leave.
    runs(350),
  )
  // It would prove nothing if there had been nothing to leave.
  expect([...left].sort()).toEqual(['appends', 'beats', 'questions', 'timers'])
})
