import { BehaviorSubject, NEVER, of, Subject } from 'rxjs'
import type { ObservableInput } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { notify } from '../../src/index.ts'
import type { FaultSignal, NotifyEvent, NotifyProblem, PolicyInput } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import type { VirtualTime } from '../../src/testing/index.ts'
import { opened } from '../support/signals.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

const toPager: PolicyInput = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
const toChat: PolicyInput = { groups: { ops: { notifiers: ['chat'] } }, routes: [{ group: 'ops' }] }

function start(policies: ObservableInput<PolicyInput>) {
  const [pager, chat] = [recordingNotifier(), recordingNotifier()]
  const source = new Subject<FaultSignal>()
  const events: NotifyEvent[] = []
  const problems: NotifyProblem[] = []
  const ends: unknown[] = []
  const subscription = source
    .pipe(
      notify(policies, {
        notifiers: { pager, chat },
        problems: { next: (problem) => problems.push(problem) },
      }),
    )
    .subscribe({
      next: (event) => events.push(event),
      error: (error: unknown) => ends.push(error),
      complete: () => ends.push('complete'),
    })
  return { pager, chat, source, events, problems, ends, subscription }
}

describe('a stream of policies', () => {
  it('is waited for: nothing is decided before the first, and nothing is lost', async () => {
    const policies = new Subject<PolicyInput>()
    const { source, pager, events } = start(policies)
    source.next(opened(0))
    await time.advanceTo(1000)
    expect(events).toEqual([])
    policies.next(toPager)
    await time.advanceTo(2000)
    expect(pager.told).toHaveLength(1)
  })

  it('changes who is told from then on, and keeps what is open', async () => {
    const policies = new BehaviorSubject<PolicyInput>(toPager)
    const { source, pager, chat, events } = start(policies)
    source.next(opened(0))
    await time.advanceTo(1000)
    policies.next(toChat)
    await time.advanceTo(2000)
    source.next(opened(2000))
    source.next(opened(2000, { metric: 'disk' }))
    await time.advanceTo(3000)
    expect(events.filter(({ type }) => type === 'policy-changed')).toHaveLength(1)
    expect(events.flatMap((event) => (event.type === 'created' ? [event.series] : []))).toEqual([
      'cpu',
      'disk',
    ])
    expect(pager.told.map(({ alerts }) => alerts[0].series)).toEqual(['cpu'])
    expect(chat.told.map(({ alerts }) => alerts[0].series)).toContain('disk')
  })

  it('with one that does not hold is a problem, and the one before it stays', async () => {
    const policies = new Subject<PolicyInput>()
    const { source, pager, problems, ends } = start(policies)
    policies.next({ groups: {} } as PolicyInput)
    policies.next(toPager)
    policies.next({ groups: { ops: { notifiers: ['phone'] } }, routes: [{ group: 'ops' }] })
    policies.next(new Proxy({}, { get: () => undefined, ownKeys: () => [] }) as PolicyInput)
    source.next(opened(0))
    await time.advanceTo(1000)
    expect(problems.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      expect.stringMatching(
        /^bad-policy: a policy was not taken: NOTIFY_BAD_POLICY: policy\.routes is missing/,
      ),
      expect.stringMatching(/^bad-policy: .*must have "phone", which the contact group "ops" names/),
      expect.stringMatching(/^bad-policy: /),
    ])
    expect(pager.told).toHaveLength(1)
    expect(ends).toEqual([])
  })

  it('that ends or fails changes nothing once there was a policy', async () => {
    for (const end of ['complete', 'error'] as const) {
      const policies = new Subject<PolicyInput>()
      const { source, pager, problems, ends } = start(policies)
      policies.next(toPager)
      policies[end](new Error('gone'))
      source.next(opened(time.now(), { metric: end }))
      await time.advanceBy(1000)
      expect(pager.told).toHaveLength(1)
      expect(ends).toEqual([])
      expect(problems.map(({ reason }) => reason)).toEqual(end === 'error' ? ['policies-failed'] : [])
    }
  })

  it('that ends without one that holds ends everything, as nobody could ever be told', () => {
    expect(start(of({ groups: {} } as PolicyInput)).ends).toMatchObject([{ code: 'NOTIFY_BAD_POLICY' }])
    expect(start([]).ends).toMatchObject([{ code: 'NOTIFY_BAD_POLICY' }])
    expect(start(NEVER).ends).toEqual([])
  })

  it('is let go of where nobody listens any more', () => {
    const policies = new Subject<PolicyInput>()
    const { subscription } = start(policies)
    expect(policies.observed).toBe(true)
    subscription.unsubscribe()
    expect(policies.observed).toBe(false)
  })

  it('may be a promise', async () => {
    const { source, pager } = start(Promise.resolve(toPager))
    source.next(opened(0))
    await time.advanceTo(1000)
    expect(pager.told).toHaveLength(1)
  })
})
