import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { notify } from '../../src/index.ts'
import type { DetectorSignal, NotifyEvent } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import type { NotifierAnswer } from '../../src/testing/index.ts'
import { notification } from '../support/notification.ts'
import { cleared, opened } from '../support/signals.ts'

/** Sends one fault to a pager with this script, and lets everything happen. */
async function sendTo(script: readonly NotifierAnswer[], signals: readonly DetectorSignal[] = [opened(0)]) {
  using time = virtualTime()
  const pager = recordingNotifier({ script })
  const events: NotifyEvent[] = []
  const source = new Subject<DetectorSignal>()
  const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
  source
    .pipe(notify(policy, { notifiers: { pager }, random: () => 0.5 }))
    .subscribe((event) => events.push(event))
  for (const signal of signals) source.next(signal)
  source.complete()
  await time.run()
  return {
    pager,
    types: events.map(({ type }) => type),
    attempts: pager.attempts.map(({ time: at, answer }) => [at, answer]),
  }
}

describe('a recording notifier', () => {
  it('takes everything without a script', async () => {
    const { pager, types } = await sendTo([], [opened(0), cleared(10)])
    expect(pager.told.map(({ kind }) => kind)).toEqual(['alert', 'recovery'])
    expect(types.filter((type) => type === 'delivered')).toHaveLength(2)
  })

  it('answers as its script says, attempt by attempt', async () => {
    const { pager, attempts } = await sendTo([
      'fail',
      { rateLimitMs: 60_000 },
      { afterMs: 5000, then: 'fail' },
    ])
    expect(attempts.map(([, answer]) => answer)).toEqual([
      'fail',
      { rateLimitMs: 60_000 },
      { afterMs: 5000, then: 'fail' },
      'ok',
    ])
    const [first = 0, second = 0, third = 0, fourth = 0] = attempts.map(([at]) => Number(at))
    expect(first).toBe(0)
    expect(third - second).toBeGreaterThanOrEqual(60_000)
    expect(fourth - third).toBeGreaterThanOrEqual(5000)
    expect(pager.told).toHaveLength(1)
  })

  it('shows a notification once whose answer was lost, and each attempt', async () => {
    const { pager, types } = await sendTo(['lose'])
    expect([pager.attempts.length, pager.told.length]).toEqual([2, 1])
    expect(types).toContain('delivered')
  })

  it('refuses for good', async () => {
    const { pager, types } = await sendTo(['refuse'])
    expect([pager.attempts.length, pager.told.length]).toEqual([1, 0])
    expect(types).toContain('dead')
  })

  it('gives no answer until the attempt is aborted', async () => {
    const { pager, attempts } = await sendTo(['hang', { afterMs: 10_000_000 }])
    expect(attempts.slice(0, 2).map(([, answer]) => answer)).toEqual(['aborted', 'aborted'])
    expect(pager.told).toHaveLength(1)
  })

  it('gives no answer in the time of the machine either', async () => {
    const pager = recordingNotifier({ script: ['hang'] })
    const controller = new AbortController()
    let ended = false
    const sent = pager.send(notification(), controller.signal).catch(() => (ended = true))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(pager.attempts[0]?.answer).toBe('hang')
    controller.abort()
    await sent
    expect([ended, pager.attempts[0]?.answer]).toEqual([true, 'aborted'])
  })

  it.each([
    ['a word that is none', 'okay'],
    ['a wait of no time', { afterMs: -1 }],
    ['a delayed silence', { afterMs: 1, then: 'hang' }],
    ['nothing', null],
    ['two answers at once', { rateLimitMs: 1, afterMs: NaN }],
  ])('refuses %s in its script, and says where', (_, answer) => {
    expect(() => recordingNotifier({ script: ['ok', answer as never] })).toThrow(
      'NOTIFY_BAD_OPTION: script[1] must be',
    )
  })
})
