import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { Severity } from '../../src/model/signal.ts'
import { Rig } from '../support/engine.ts'
import { opened } from '../support/signals.ts'

const severity = fc.constantFrom<Severity[]>(1, 2, 3, 4, 5)
/** Whatever is wrong with one message and not with the others. */
const ownFailure = fc.constantFrom<DeliveryFailure[]>(
  { failure: 'transient', message: '500' },
  { failure: 'transient', message: 'ECONNREFUSED', arrived: 'no' },
  { failure: 'transient', message: '503', retryAfterMs: 0 },
  { failure: 'rate-limited', message: '429' },
  { failure: 'rate-limited', message: '429', retryAfterMs: 20_000 },
  { failure: 'permanent', message: '400', retryAfterMs: 1e9 },
)
interface Message {
  readonly severity: Severity
  readonly at: number
  /** How it fails, always; absent where it does not. */
  readonly bad: DeliveryFailure | undefined
}

const mixed: fc.Arbitrary<Message[]> = fc.array(
  fc.record({ severity, at: fc.nat(600_000), bad: fc.option(ownFailure, { nil: undefined, freq: 2 }) }),
  { minLength: 1, maxLength: 40 },
)
/** The important ones all fail, before the others come. */
const hostile = fc
  .tuple(fc.array(ownFailure, { maxLength: 30 }), fc.array(fc.nat(600_000), { minLength: 1, maxLength: 10 }))
  .map(([failures, times]) => [
    ...failures.map((bad, at): Message => ({ severity: 1, at, bad })),
    ...times.map((at): Message => ({ severity: 5, at, bad: undefined })),
  ])
/** When the receiver is down, by turns with when it is up. */
const outages = fc.array(fc.nat(1_200_000), { maxLength: 4 })

it('nobody waits for messages that always fail, however many and important they are, nor for long after the receiver is back', () => {
  fc.assert(
    fc.property(
      fc.oneof(mixed, hostile),
      outages,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (messages, turns, random) => {
        const rig = new Rig({ groups: { ops: { notifiers: ['a'] } }, routes: [{ group: 'ops' }] }, ['a'])
        rig.random = () => random
        const ends = turns.map((_, index) => turns.slice(0, index + 1).reduce((sum, each) => sum + each, 0))
        // Up at last.
        const isDown = (now: number): boolean => ends.filter((end) => end > now).length % 2 === 1
        const bad = new Map(messages.map((each, index) => [`m${index}`, each.bad]))
        rig.answer = ({ alerts: [{ series }] }) =>
          isDown(rig.now) ? { failure: 'transient', message: 'down' } : (bad.get(series) ?? 'ok')
        const byTime = messages.map((each, index) => ({ ...each, index })).sort((a, b) => a.at - b.at)
        for (const { at, severity: how, index } of byTime)
          rig.signal(opened(at, { metric: `m${index}`, severity: how }))
        // The last outage ends after 80 minutes at most.
        rig.to(4_800_000 + 660_000)
        const told = rig.attempts.filter(({ accepted }) => accepted).map(({ alert }) => alert.series)
        const good = [...bad].filter(([, failure]) => failure === undefined).map(([series]) => series)
        expect(told.toSorted()).toEqual(good.toSorted())
        // Nobody is hammered: of each message no two attempts lie closer than half of the first pause.
        for (const series of bad.keys()) {
          const times = rig.attempts.filter(({ alert }) => alert.series === series).map(({ at }) => at)
          times.slice(1).forEach((time, index) => {
            expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(500)
          })
        }
      },
    ),
  )
})
