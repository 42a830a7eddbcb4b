import { expect, it, vi } from 'vitest'

import { applyRecord } from '../server/log/apply-record.ts'
import { defaultBounds, emptyState, prune } from '../server/log/fault-state.ts'
import type { FaultRecord } from '../server/log/records.ts'
import type { Channel, Severity } from '../server/wire.ts'

const found = (
  id: string,
  change: 'opened' | 'severity' | 'cleared',
  severity: Severity,
  time: number,
): FaultRecord => ({
  type: 'found',
  change,
  id,
  fault: 'f',
  ruleSet: 'queue',
  series: { key: 'jobs', metric: 'jobs', tags: {} },
  severity,
  openedAt: 100,
  time,
  judgement: { is: 'above', threshold: 100, value: 150, sampleTime: time },
  text: 'queue, jobs: 150 is above 100',
})
const answered = (entry: string, severity: Severity, isEnd = false): FaultRecord => ({
  type: 'answered',
  alert: 'a',
  entry,
  isEnd,
  severity,
})
const alert = (time: number, ...windows: readonly string[]): FaultRecord => ({
  type: 'alert',
  alert: 'a',
  fault: 'f',
  windows,
  time,
})
type Telling = Extract<FaultRecord, { type: 'telling' }>
type Fields<Each> = Each extends Telling ? Omit<Each, 'type' | 'alert' | 'target' | 'time'> : never
const telling = (fields: Fields<Telling>, time = 0, target = 'mail'): FaultRecord => ({
  type: 'telling',
  alert: 'a',
  target,
  time,
  ...fields,
})

const began = [found('e1', 'opened', 3, 100), alert(101), answered('e1', 3)]
const planned = (notification: string, severity: Severity, isEnd = false): Fields<Telling> => ({
  is: 'planned',
  notification,
  isEnd,
  severity,
})
const delivered = (notification: string, more: object = {}): Fields<Telling> => ({
  is: 'delivered',
  notification,
  isEnd: false,
  tookMs: 800,
  attempts: 1,
  groups: ['operators'],
  ...more,
})

function fold(...records: readonly FaultRecord[]) {
  const state = emptyState()
  for (const record of records) applyRecord(state, record)
  const channels = (entry: string): readonly Channel[] => state.entries.get(entry)!.channels
  return { state, channels, fault: state.faults.get('f')! }
}

it('shows a channel from the plan over what failed to the delivery, with what was said on the way', () => {
  const failed: Fields<Telling> = {
    is: 'failed',
    notification: 'n',
    attempt: 2,
    message: '503',
    retryAt: 900,
  }
  const way = [telling(planned('n', 3)), telling(failed), telling(delivered('n', { attempts: 3 }), 950)]
  const states = way.map((_, at) => fold(...began, ...way.slice(0, at + 1)).channels('e1'))
  expect(states).toEqual([
    [{ name: 'mail', state: 'sending' }],
    [{ name: 'mail', state: 'retrying', attempts: 2, message: '503', until: 900 }],
    [{ name: 'mail', state: 'delivered', tookMs: 800, attempts: 3, message: '503' }],
  ])
  expect(fold(...began, ...way).fault.told).toEqual({ groups: ['operators'], channel: 'mail', at: 950 })
})

it('says of a channel that was given up what the last attempt said, or else why', () => {
  const dead: Fields<Telling> = { is: 'dead', notification: 'n', reason: 'deadline' }
  const failed: Fields<Telling> = { is: 'failed', notification: 'n', attempt: 9, message: 'no route to host' }
  expect(fold(...began, telling(planned('n', 3)), telling(dead)).channels('e1')).toEqual([
    { name: 'mail', state: 'dead', message: 'deadline' },
  ])
  const { channels, fault } = fold(...began, telling(planned('n', 3)), telling(failed), telling(dead))
  expect(channels('e1')).toEqual([{ name: 'mail', state: 'dead', attempts: 9, message: 'no route to host' }])
  expect(fault.told).toBeUndefined()
})

it('names who was told first, and not who was told later or only of the end', () => {
  const { fault } = fold(
    ...began,
    telling(planned('n', 3)),
    telling(planned('m', 3), 0, 'webhook'),
    telling(delivered('n'), 110),
    telling(delivered('m', { groups: ['leads'] }), 120, 'webhook'),
  )
  expect(fault.told).toEqual({ groups: ['operators'], channel: 'mail', at: 110 })
  const onlyEnd = fold(...began, answered('e1', 3, true), telling(delivered('x', { isEnd: true }), 130))
  expect(onlyEnd.fault.told).toBeUndefined()
})

it('puts each result on the entry that it is about, also when it comes after the next one', () => {
  const { channels } = fold(
    ...began,
    telling(planned('n', 3)),
    found('e2', 'severity', 1, 200),
    answered('e2', 1),
    telling(delivered('n'), 210),
    telling(planned('m', 1), 210),
    found('e3', 'cleared', 1, 300),
    answered('e3', 1, true),
    telling(delivered('m'), 310),
    telling(planned('r', 1, true), 310),
    telling(delivered('r', { isEnd: true, tookMs: 9 }), 320),
  )
  expect([channels('e1'), channels('e2'), channels('e3')]).toMatchObject([
    [{ name: 'mail', state: 'delivered', tookMs: 800 }],
    [{ name: 'mail', state: 'delivered', tookMs: 800 }],
    [{ name: 'mail', state: 'delivered', tookMs: 9 }],
  ])
})

it('takes who waits to be told along to the next severity, of which he is told instead', () => {
  const waiting = telling({ is: 'waiting', until: 500 })
  const { channels, state } = fold(...began, waiting, found('e2', 'severity', 1, 200), answered('e2', 1))
  expect(channels('e1')).toEqual([])
  expect(channels('e2')).toEqual([{ name: 'mail', state: 'waiting', until: 500 }])
  expect(state.entries.get('e2')).toMatchObject({ previousSeverity: 3, severity: 1 })
})

it('says nothing of a held channel that knows the severity again', () => {
  const { channels } = fold(
    ...began,
    telling(planned('n', 3)),
    telling(delivered('n'), 110),
    found('e2', 'severity', 1, 200),
    answered('e2', 1),
    telling({ is: 'held', reason: 'maintenance' }, 200),
    found('e3', 'severity', 3, 300),
    answered('e3', 3),
  )
  expect([channels('e2'), channels('e3')]).toEqual([[], []])
})

it('says of who was never told that it ended before, and why, and keeps what was delivered', () => {
  const end = [found('e3', 'cleared', 3, 300), answered('e3', 3, true)]
  const waiting = telling({ is: 'waiting', until: 500 })
  expect(fold(...began, waiting, ...end).channels('e1')).toEqual([
    { name: 'mail', state: 'held', message: 'never-told' },
  ])
  const before = telling({ is: 'held', reason: 'cleared-before-wait' })
  expect(fold(...began, waiting, ...end, before).channels('e1')).toEqual([
    { name: 'mail', state: 'held', message: 'cleared-before-wait' },
  ])
  const never = telling({ is: 'held', reason: 'never-told' })
  expect(
    fold(...began, telling({ is: 'held', reason: 'maintenance' }), ...end, never).channels('e1'),
  ).toEqual([{ name: 'mail', state: 'held', message: 'maintenance' }])
  const done = [telling(planned('n', 3)), telling(delivered('n'))]
  expect(fold(...began, ...done, ...end, before).channels('e1')).toMatchObject([{ state: 'delivered' }])
})

const again = (entry: string, severity: Severity): FaultRecord =>
  ({ ...answered(entry, severity), again: true }) as FaultRecord
const second = (record: FaultRecord): FaultRecord => ({ ...record, fault: 'f2' }) as FaultRecord

it('says of one that opened again who knows of the opening before, and not of its end', () => {
  const told = [telling(planned('n', 3)), telling(delivered('n'), 110)]
  const end = [found('e2', 'cleared', 3, 300), answered('e2', 3, true), telling(planned('m', 3, true), 301)]
  const over = telling({ is: 'superseded', notification: 'm', reason: 'reopened' }, 311)
  const anew = [second(found('e3', 'opened', 3, 310)), second(alert(310)), again('e3', 3)]
  const { channels, state } = fold(...began, ...told, ...end, ...anew, over)
  expect(channels('e2')).toEqual([{ name: 'mail', state: 'held', message: 'before-reopened' }])
  expect(channels('e3')).toEqual([{ name: 'mail', state: 'held', message: 'opening-told' }])
  expect(state.faults.get('f')).toMatchObject({ endedAt: 300 })
  expect(state.faults.get('f2')).toMatchObject({ alert: 'a', told: { channel: 'mail', at: 110 } })
  expect(state.faults.get('f2')?.endedAt).toBeUndefined()
  // Of its own end the channel is told as of any.
  const last = [second(found('e4', 'cleared', 3, 400)), answered('e4', 3, true)]
  const done = [telling(planned('o', 3, true)), telling(delivered('o', { isEnd: true }))]
  expect(fold(...began, ...told, ...end, ...anew, over, ...last, ...done).channels('e4')).toMatchObject([
    { name: 'mail', state: 'delivered' },
  ])
})

it('says nothing of the opening before to a channel that was told of its end', () => {
  const told = [telling(planned('n', 3)), telling(delivered('n'), 110)]
  const end = [found('e2', 'cleared', 3, 300), answered('e2', 3, true), telling(planned('m', 3, true), 301)]
  const gone = telling(delivered('m', { isEnd: true }), 302)
  const anew = [second(found('e3', 'opened', 3, 310)), second(alert(310)), again('e3', 3)]
  const { channels, state } = fold(...began, ...told, ...end, gone, ...anew)
  expect(channels('e3')).toEqual([])
  expect(state.faults.get('f2')?.told).toBeUndefined()
})

it('holds the end of what opens and ends too often, and nothing of its opening', () => {
  const told = [telling(planned('n', 3)), telling(delivered('n'), 110)]
  const end = [found('e2', 'cleared', 3, 300), answered('e2', 3, true)]
  const held = telling({ is: 'held', reason: 'flapping' })
  const { channels } = fold(...began, ...told, ...end, held)
  expect(channels('e1')).toMatchObject([{ name: 'mail', state: 'delivered' }])
  expect(channels('e2')).toEqual([{ name: 'mail', state: 'held', message: 'flapping' }])
})

it('takes what was never told for nothing that a channel knows', () => {
  const worse = [found('e2', 'severity', 1, 200), answered('e2', 1)]
  const never = [
    telling(planned('n', 3)),
    telling({ is: 'superseded', notification: 'n', reason: 'severity' }),
  ]
  const held = telling({ is: 'held', reason: 'acknowledged' })
  const milder = [found('e3', 'severity', 3, 300), answered('e3', 3)]
  const { channels } = fold(...began, ...never, ...worse, held, ...milder)
  expect(channels('e1')).toEqual([{ name: 'mail', state: 'held', message: 'before-severity' }])
  expect(channels('e3')).toEqual([{ name: 'mail', state: 'held', message: 'acknowledged' }])
})

it('puts a reminder beside the end of the acknowledgement, and leaves what was told before', () => {
  const told = [telling(planned('n', 3)), telling(delivered('n'), 110)]
  const freed: FaultRecord = { type: 'unacknowledged', id: 'u', alert: 'a', time: 200, reason: 'expired' }
  const reminder: Fields<Telling> = {
    ...{ is: 'planned', notification: 'r', isEnd: false, severity: 3, isReminder: true },
  }
  const { channels } = fold(
    ...began,
    ...told,
    freed,
    telling(reminder),
    telling(delivered('r', { tookMs: 9 })),
  )
  expect(channels('u')).toEqual([{ name: 'mail', state: 'delivered', tookMs: 9 }])
  expect(channels('e1')).toEqual([{ name: 'mail', state: 'delivered', tookMs: 800 }])
})

it('ends a fault that a person has ended, keeps it ended where it gets no worse, and opens it again where it does', () => {
  const ended: FaultRecord = {
    ...{
      type: 'ended',
      id: 'k',
      alert: 'a',
      time: 250,
      reason: 'command',
      by: 'ann',
      notes: 'its host is gone',
    },
  }
  const { fault, state } = fold(
    ...began,
    ended,
    found('e2', 'cleared', 3, 300),
    found('e3', 'severity', 4, 310),
  )
  expect(fault).toMatchObject({ endedAt: 250, endedBy: 'ann', severity: 3 })
  expect([...state.entries.keys()]).toEqual(['e1', 'k'])
  expect(state.entries.get('k')).toMatchObject({ type: 'cleared', by: 'ann', durationMs: 150 })
  const worse = fold(...began, ended, found('e2', 'severity', 1, 300), again('e2', 1)).fault
  expect(worse).toMatchObject({ severity: 1, severities: [{ severity: 3 }, { severity: 1, since: 300 }] })
  expect([worse.endedAt, worse.endedBy]).toEqual([undefined, undefined])
})

it('says until when a channel is held: to the last end of its maintenance, or of the acknowledgement', () => {
  const window = (id: string, to: number): FaultRecord => ({
    type: 'window',
    id,
    select: '__name:jobs',
    from: 50,
    to,
    planned: true,
    time: 50,
  })
  const held = telling({ is: 'held', reason: 'maintenance' })
  const both = [window('w1', 700), window('w2', 600), found('e1', 'opened', 3, 100), alert(101, 'w1', 'w2')]
  const { channels, fault } = fold(...both, answered('e1', 3), held)
  expect(channels('e1')).toEqual([{ name: 'mail', state: 'held', message: 'maintenance', until: 700 }])
  // In it from its first moment, although that is known a little later.
  expect(fault.maintained).toEqual([{ from: 100 }])

  const known: FaultRecord = { type: 'acknowledged', id: 'k', alert: 'a', time: 200, by: 'ann', until: 800 }
  const byAnn = fold(...began, known, telling({ is: 'held', reason: 'acknowledged' }))
  expect(byAnn.channels('e1')).toEqual([{ name: 'mail', state: 'held', message: 'acknowledged', until: 800 }])
})

it('ends what lasts with the fault: its acknowledgement, its maintenance, and nothing before it began', () => {
  const known: FaultRecord = { type: 'acknowledged', id: 'k', alert: 'a', time: 200, by: 'ann' }
  const { fault } = fold(...began, known, alert(210, 'w'), found('e3', 'cleared', 3, 150))
  expect(fault).toMatchObject({
    endedAt: 150,
    acknowledgement: { by: 'ann' },
    acknowledged: [{ from: 200, to: 200 }],
    maintained: [{ from: 210, to: 210 }],
  })
})

it('keeps an acknowledgement that is told after the end of the fault', () => {
  const known: FaultRecord = { type: 'acknowledged', id: 'k', alert: 'a', time: 200, by: 'ann' }
  const { fault, state } = fold(...began, found('e3', 'cleared', 3, 300), known)
  expect(fault.acknowledged).toEqual([{ from: 200, to: 300 }])
  expect(state.entries.get('k')).toMatchObject({ type: 'acknowledged', by: 'ann', fault: 'f' })
})

it('opens a fault of which only a later severity is known with that severity, from then on', () => {
  const { fault } = fold(found('e2', 'severity', 1, 200))
  expect(fault).toMatchObject({ openedAt: 100, severities: [{ severity: 1, since: 200 }] })
  expect(fault.endedAt).toBeUndefined()
})

it('looks at none of the faults that are open to let go of what is too much, however many there are', () => {
  const open = Array.from({ length: 100 }, (_, index): FaultRecord => {
    return { ...found(`entry-${index}`, 'opened', 3, 100), fault: `f-${index}` } as FaultRecord
  })
  const { state } = fold(...open)
  const looks = [
    vi.spyOn(state.faults, Symbol.iterator),
    vi.spyOn(state.faults, 'entries'),
    vi.spyOn(state.faults, 'values'),
    vi.spyOn(state.faults, 'get'),
  ]
  prune(state, { ...defaultBounds, faults: 10 }, 200)
  expect(looks.map((look) => look.mock.calls.length)).toEqual([0, 0, 0, 0])
  expect(state.faults.size).toBe(100)
})
