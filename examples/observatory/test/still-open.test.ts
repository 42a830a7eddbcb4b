import { evaluate, ruleSet, series } from '@tocsin/fault'
import type { FaultInput } from '@tocsin/fault'
import { notify } from '@tocsin/notify'
import type { NotifyEvent } from '@tocsin/notify'
import { recordingNotifier, virtualTime } from '@tocsin/notify/testing'
import { filter, Subject } from 'rxjs'
import { expect, it } from 'vitest'

const queue = ruleSet('queue').select('__name:queue').above(100, 1).build()
const sample = (value: number): FaultInput => ({ series: series('queue'), time: Date.now(), value })
const policy = {
  groups: { ops: { notifiers: ['pager'] } },
  routes: [{ group: 'ops' }],
  stale: { after: '1h' },
} as const

/** What becomes of an alert whose end is lost on the way, after an hour in which nothing is heard of it. */
async function afterAnHour(last: number, isAsked = true): Promise<readonly NotifyEvent[]> {
  using time = virtualTime()
  const judge = evaluate<FaultInput>([queue], { open: [] })
  const { stillOpen } = judge
  const events: NotifyEvent[] = []
  const samples = new Subject<FaultInput>()
  const pager = recordingNotifier()
  const running = samples
    .pipe(
      judge,
      filter(({ type }) => type !== 'cleared'),
      notify(policy, { notifiers: { pager }, ...(isAsked && { stillOpen }) }),
    )
    .subscribe((event) => events.push(event))
  samples.next(sample(150))
  await time.advanceBy(1000)
  samples.next(sample(last))
  await time.advanceBy(3_700_000)
  running.unsubscribe()
  return events
}

it('an alert whose end was lost ends when its detector is asked, and people are told', async () => {
  const events = await afterAnHour(20)
  expect(events).toContainEqual(expect.objectContaining({ type: 'cleared', reason: 'asked' }))
  expect(events.filter(({ type }) => type === 'delivered')).toMatchObject([
    { kind: 'alert' },
    { kind: 'recovery' },
  ])
})

it('an alert whose fault is there is open still, and nobody is told anew', async () => {
  const events = await afterAnHour(150)
  expect(events.map(({ type }) => type)).toContain('still-open')
  expect(events.filter(({ type }) => type === 'delivered')).toHaveLength(1)
})

it('an alert of which nobody can be asked is unknown, and no end', async () => {
  const events = await afterAnHour(20, false)
  expect(events.map(({ type }) => type)).toContain('unknown')
  expect(events.map(({ type }) => type)).not.toContain('cleared')
})
