import type { CommandInput, NotifyEvent } from '@tocsin/notify'
import { Subject } from 'rxjs'
import { afterEach, expect, it, vi } from 'vitest'

import { createCommands } from '../server/log/commands.ts'
import { eventually, openRig, quiet, temporaryFolder } from './fault-log-rig.ts'
import type { Rig } from './fault-log-rig.ts'

afterEach(() => void vi.useRealTimers())

async function withFault(): Promise<{ rig: Rig; alert: string }> {
  const now = Date.now()
  const maintenance = [{ id: 'planned', select: '__name:other', from: now - 1000, to: now + 9_000_000 }]
  const rig = await openRig(await temporaryFolder(), { policy: { ...quiet, maintenance } })
  rig.run()
  rig.measure(150)
  await eventually(() => expect(rig.log.open()[0]?.alert).toBeDefined())
  return { rig, alert: rig.log.open()[0]!.alert! }
}

it('does what is asked and answers with nothing, as everybody hears of it by the stream', async () => {
  const { rig, alert } = await withFault()
  const { commands, log } = rig
  const done = { status: 200, body: {} }
  expect(await commands.do({ type: 'acknowledge', alert, by: 'ann' })).toEqual(done)
  expect(log.open()[0]?.acknowledgement?.by).toBe('ann')
  expect(await commands.do({ type: 'unacknowledge', alert, by: 'ben' })).toEqual(done)
  expect(log.open()[0]?.acknowledgement).toBeUndefined()

  const window = { select: '__name:jobs', from: Date.now(), to: Date.now() + 60_000 }
  expect(await commands.do({ type: 'maintenance', ...window, id: 'planned' })).toEqual(done)
  const set = log.maintenance().find(({ planned }) => !planned)
  expect(set).toMatchObject(window)
  expect(set?.id).not.toBe('planned')
  expect(await commands.do({ type: 'end-maintenance', id: set?.id })).toEqual(done)
  expect(log.maintenance().map(({ id }) => id)).toEqual(['planned'])
})

it('refuses what cannot be done with the reason, its sentence and a status', async () => {
  const { rig, alert } = await withFault()
  const refused = async (command: object) => {
    const { status, body } = await rig.commands.do(command)
    const { reason, error, ...more } = body as { reason: string; error: string }
    expect(error).toMatch(/^[A-Z].*\.$/)
    return [status, reason, more]
  }
  const window = { type: 'maintenance', select: '__name:jobs', from: 0, to: 1 }
  expect(await refused({ type: 'unacknowledge', alert, by: 'ann' })).toEqual([409, 'not-acknowledged', {}])
  // One that is over takes one back, and there is none.
  expect(await refused({ type: 'acknowledge', alert, by: 'ann', until: 1 })).toEqual([
    409,
    'not-acknowledged',
    {},
  ])
  expect(await refused({ type: 'acknowledge', alert: 'no such', by: 'ann' })).toEqual([
    404,
    'unknown-alert',
    {},
  ])
  expect(await refused(window)).toEqual([409, 'already-over', {}])
  expect(await refused({ type: 'end-maintenance', id: 'no such' })).toEqual([404, 'unknown-maintenance', {}])
  expect(await refused({ type: 'end-maintenance', id: 'planned' })).toEqual([
    409,
    'maintenance-in-policy',
    {},
  ])
  const bad = { ...window, select: 'and(__name:jobs' }
  expect(await refused(bad)).toEqual([400, 'malformed', { offset: 15 }])

  rig.measure(20)
  await eventually(() => expect(rig.log.open()).toEqual([]))
  const { endedAt } = rig.log.lastEnded()!
  expect(await refused({ type: 'acknowledge', alert, by: 'ann' })).toEqual([
    404,
    'unknown-alert',
    { endedAt },
  ])
})

it.each([
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a list', [{ type: 'acknowledge' }]],
  ['no type', {}],
  ['a type of its own', { type: 'constructor' }],
  ['no alert', { type: 'acknowledge', by: 'ann' }],
  ['an alert that is a list', { type: 'acknowledge', alert: ['x'], by: 'ann' }],
  ['a name too long', { type: 'acknowledge', alert: 'x', by: 'x'.repeat(257) }],
  ['null as an end', { type: 'acknowledge', alert: 'x', by: 'ann', until: null }],
  ['a time that is none', { type: 'maintenance', select: '__name:jobs', from: 0, to: 1e300 }],
  ['a window that ends before it begins', { type: 'maintenance', select: '__name:jobs', from: 2, to: 1 }],
  ['a field too many', { type: 'end-maintenance', id: 'x', reference: 'of somebody else', more: 1 }],
])('refuses %s as malformed', async (_, json) => {
  const { rig } = await withFault()
  const { status, body } = await rig.commands.do(json)
  expect([status, body]).toMatchObject([400, { reason: 'malformed', error: expect.any(String) }])
  expect(rig.log.maintenance()).toHaveLength(1)
})

it('gives each of many that ask at once the answer to what he asked', async () => {
  const { rig, alert } = await withFault()
  const answers = await Promise.all(
    [alert, 'a', alert, 'b'].map((name) => rig.commands.do({ type: 'acknowledge', alert: name, by: 'ann' })),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 404])
})

const alone = () => {
  const events = new Subject<NotifyEvent>()
  const commands = createCommands({ events, log: { faultOf: () => undefined } })
  return { events, commands }
}

it('says at once that nothing is judged where no pipeline listens', async () => {
  const { commands } = alone()
  expect(await commands.do({ type: 'end-maintenance', id: 'x' })).toMatchObject({
    status: 503,
    body: { reason: 'not-running' },
  })
})

it('gives up after ten seconds where nothing answers, and takes no notice of an answer that comes later', async () => {
  vi.useFakeTimers()
  const { commands, events } = alone()
  const given: CommandInput[] = []
  commands.given$.subscribe((command) => given.push(command))
  const answers: number[] = []
  void commands.do({ type: 'end-maintenance', id: 'x' }).then(({ status }) => answers.push(status))
  await vi.advanceTimersByTimeAsync(9999)
  expect(answers).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(answers).toEqual([503])
  const { reference = '' } = given[0] as { reference?: string }
  events.next({ type: 'maintenance-ended', id: 'x', time: 0, reason: 'command', reference })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(answers).toEqual([503])
})

it('lets a hundred wait, and refuses more of them until one is answered', async () => {
  vi.useFakeTimers()
  const { commands } = alone()
  commands.given$.subscribe()
  const command = { type: 'end-maintenance', id: 'x' }
  const waiting = Array.from({ length: 100 }, () => commands.do(command))
  expect(await commands.do(command)).toMatchObject({ status: 503, body: { reason: 'overflow' } })
  await vi.advanceTimersByTimeAsync(10_000)
  await Promise.all(waiting)
  const next = commands.do(command)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await next).toMatchObject({ body: { reason: 'no-answer' } })
})
