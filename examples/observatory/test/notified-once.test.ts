import { evaluate, ruleSet } from '@tocsin/fault'
import { notify } from '@tocsin/notify'
import { recordingNotifier, samples, virtualTime } from '@tocsin/notify/testing'
import { samples as samplesOfFault } from '@tocsin/fault/testing'
import { expect, it } from 'vitest'

const silent = ruleSet('alive').select('__name:heartbeat').absentFor('2m', 1).build()
const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

it.each([0, 1, 100])(
  'notifies once of one silence, to a notifier that takes %i promises to answer',
  async (promises) => {
    using time = virtualTime()
    const pager = recordingNotifier()
    const slow = {
      name: 'slow',
      send: async (...given: Parameters<typeof pager.send>) => {
        for (let count = 0; count < promises; count += 1) await Promise.resolve()
        return pager.send(...given)
      },
    }
    samples('heartbeat 1 _*360 @10s')
      .pipe(evaluate([silent]), notify(policy, { notifiers: { pager: slow } }))
      .subscribe()
    for (let round = 0; round < 60; round += 1) await time.advanceBy('1m')
    expect(pager.attempts.map(({ time: at, notification: { kind } }) => [at, kind])).toEqual([
      // What was sent at two minutes may be on its way for ten seconds more.
      [130_000, 'alert'],
    ])
  },
)

it('knows the time and the samples of another package of ours', async () => {
  using time = virtualTime()
  const told: number[] = []
  samplesOfFault('heartbeat 1 1 @10s').subscribe(() => told.push(time.now()))
  await time.run()
  expect(told).toEqual([0, 10_000])
})
