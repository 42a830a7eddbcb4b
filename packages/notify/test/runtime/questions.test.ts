import { NEVER, Subject, throwError } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { notify } from '../../src/index.ts'
import type { FaultSignal, NotifyEvent, NotifyProblem, StillOpen, StillOpenAnswer } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import type { VirtualTime } from '../../src/testing/index.ts'
import { opened } from '../support/signals.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

const policy = {
  groups: { ops: { notifiers: ['pager'] } },
  routes: [{ group: 'ops' }],
  stale: { after: '5m' },
} as const

function start(stillOpen: StillOpen | undefined) {
  const pager = recordingNotifier()
  const problems: NotifyProblem[] = []
  const source = new Subject<FaultSignal>()
  const events: NotifyEvent[] = []
  const subscription = source
    .pipe(
      notify(policy, {
        notifiers: { pager },
        stillOpen,
        problems: { next: (problem) => problems.push(problem) },
      }),
    )
    .subscribe((event) => events.push(event))
  source.next(opened(0))
  const kinds = (): string[] => pager.told.map(({ kind }) => kind)
  const types = (): string[] => events.map(({ type }) => type).slice(3)
  return { source, events, kinds, types, problems, subscription }
}

/** Answers the same of all. */
const all =
  (is: StillOpenAnswer['is']): StillOpen =>
  (alerts) =>
    alerts.map(({ id }) => ({ alert: id, is }))

describe('a detector of which nothing was heard', () => {
  it('is asked after the time of the policy, and again when it says that the fault is there', async () => {
    const { kinds, types } = start(all('open'))
    await time.advanceTo(299_999)
    expect(types()).toEqual([])
    await time.advanceTo(300_000)
    expect(types()).toEqual(['asked', 'still-open'])
    await time.advanceTo(600_000)
    expect(types()).toEqual(['asked', 'still-open', 'asked', 'still-open'])
    expect(kinds()).toEqual(['alert'])
  })

  it('ends the alert where it says that it is over', async () => {
    const { kinds, types } = start(all('over'))
    await time.advanceTo(300_001)
    expect(types().slice(0, 2)).toEqual(['asked', 'cleared'])
    expect(kinds()).toEqual(['alert', 'recovery'])
  })

  it.each<[string, StillOpen | undefined, number]>([
    ['nobody can be asked', undefined, 300_000],
    ['it says that it does not know', all('unknown'), 300_000],
    ['its answers end without one', () => [], 300_000],
    ['its answers fail', () => throwError(() => new Error('gone')), 300_000],
    [
      'asking throws',
      () => {
        throw new Error('gone')
      },
      300_000,
    ],
    ['it answers what is no answer', () => [{ alert: 5 } as never, 'yes' as never], 300_000],
    ['it answers about another alert', () => [{ alert: 'other', is: 'over' as const }], 300_000],
    ['it does not answer within 30 seconds', () => NEVER, 330_000],
  ])('leaves people told that nobody knows, where %s', async (_, stillOpen, at) => {
    const { kinds, types } = start(stillOpen)
    await time.advanceTo(at - 1)
    expect(types()).not.toContain('unknown')
    await time.advanceTo(at)
    expect(types()).toContain('unknown')
    expect(types()).not.toContain('cleared')
    await time.advanceTo(at + 1)
    expect(kinds()).toEqual(['alert', 'unknown'])
  })

  it.each<[string, StillOpen | undefined, true | undefined]>([
    ['says so where nobody can be asked', undefined, true],
    ['does not say so where somebody can', all('unknown'), undefined],
  ])('%s', async (_, stillOpen, unasked) => {
    const { events } = start(stillOpen)
    await time.advanceTo(300_000)
    const about = events.filter(({ type }) => type === 'asked' || type === 'unknown')
    expect(about.map((event) => [event.type, 'unasked' in event ? event.unasked : undefined])).toEqual([
      ['asked', unasked],
      ['unknown', unasked],
    ])
    expect(events.filter((event) => 'unasked' in event)).toHaveLength(unasked === true ? 2 : 0)
  })

  it('is told of as a problem where it fails', async () => {
    const { problems } = start(() => throwError(() => new Error('gone')))
    await time.advanceTo(300_000)
    expect(problems).toMatchObject([
      { reason: 'still-open-failed', message: expect.stringContaining('gone') as string },
    ])
  })

  it('is let go of after 30 seconds, and when nobody listens any more', async () => {
    const answers = new Subject<StillOpenAnswer>()
    const { subscription } = start(() => answers)
    await time.advanceTo(300_000)
    expect(answers.observed).toBe(true)
    await time.advanceTo(330_000)
    expect(answers.observed).toBe(false)
    await time.advanceTo(650_000)
    expect(answers.observed).toBe(true)
    subscription.unsubscribe()
    expect(answers.observed).toBe(false)
    expect(time.scheduled).toBe(0)
  })

  it('is asked about all alerts of a moment at once', async () => {
    const asked: number[] = []
    const { source } = start((alerts) => {
      asked.push(alerts.length)
      return all('open')(alerts)
    })
    for (let index = 0; index < 9; index++) source.next(opened(0, { metric: `m${index}` }))
    await time.advanceTo(300_000)
    expect(asked).toEqual([10])
  })
})
