import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ruleSet } from '@tocsin/fault'
import type { FaultChange } from '@tocsin/fault'
import { atLeast } from '@tocsin/fault/rules'
import { jsonCodec, openJournal } from '@tocsin/journal'
import { deliveryFailure } from '@tocsin/notify'
import type { Notification, Policy } from '@tocsin/notify'
import { series } from '@tocsin/protocols'
import { expect, it } from 'vitest'

import { eventually, openRig, quiet, rules, temporaryFolder } from './fault-log-rig.ts'
import type { Rig, RigOptions } from './fault-log-rig.ts'
import type { Fault } from '../server/wire.ts'

const entriesOf = ({ log }: Rig) => log.log(0, Infinity, 1000)
const delivered = { name: 'mail', state: 'delivered' }
const typesOf = (rig: Rig) => entriesOf(rig).map(({ type }) => type)
const onlyFault = ({ log }: Rig) => {
  const faults = log.faults(0, Infinity)
  expect(faults).toHaveLength(1)
  return faults[0]!
}

async function running(folder: string, options?: RigOptions): Promise<Rig> {
  const rig = await openRig(folder, options)
  rig.run()
  return rig
}

/** A fault of severity 3 that operators were told of. */
async function withFault(folder: string): Promise<Rig> {
  const rig = await running(folder)
  rig.measure(150)
  await eventually(() => expect(onlyFault(rig).told).toBeDefined())
  return rig
}

it('keeps a fault with its severities, its judgement, who was told and the result of each channel over a restart', async () => {
  const folder = await temporaryFolder()
  const first = await withFault(folder)
  first.measure(250)
  await eventually(() =>
    expect(entriesOf(first)[0]).toMatchObject({ type: 'severity', channels: [delivered] }),
  )
  expect(typesOf(first)).toEqual(['severity', 'opened'])
  const [before, entries] = [onlyFault(first), entriesOf(first)]
  expect(before).toMatchObject({
    ruleSet: 'queue',
    severity: 1,
    severities: [{ severity: 3 }, { severity: 1 }],
    judgement: { is: 'above', threshold: 200, value: 250 },
    told: { groups: ['operators'] },
    series: { metric: 'jobs', tags: { shop: 'berlin' } },
  })
  expect(entries[0]).toMatchObject({ severity: 1, previousSeverity: 3, channels: [{ name: 'mail' }] })
  await first.stop()

  const second = await running(folder)
  expect(onlyFault(second)).toEqual(before)
  expect(entriesOf(second)).toEqual(entries)
  second.measure(20)
  await eventually(() =>
    expect(entriesOf(second)[0]).toMatchObject({ type: 'cleared', channels: [delivered] }),
  )
  expect(entriesOf(second)[0]).toMatchObject({
    fault: before.id,
    severity: 1,
    durationMs: expect.any(Number),
  })
  expect(second.log.open()).toEqual([])
  expect(second.log.lastEnded()).toEqual(onlyFault(second))
  // Who follows has what who asks has.
  const told = second.changes.flatMap(({ event, data }) => (event === 'fault' ? [data] : []))
  expect(told.at(-1)).toEqual(onlyFault(second))
  const [after, all] = [onlyFault(second), entriesOf(second)]
  await second.stop()

  for (let restart = 0; restart < 3; restart += 1) {
    const next = await openRig(folder)
    expect(onlyFault(next)).toEqual(after)
    expect(entriesOf(next)).toEqual(all)
    await next.stop()
  }
})

it('gives the faults that were open in a time, and entries of it, the newest first and no more than asked', async () => {
  const rig = await withFault(await temporaryFolder())
  const { openedAt } = onlyFault(rig)
  rig.measure(20, openedAt + 10)
  await eventually(() => expect(typesOf(rig)).toEqual(['cleared', 'opened']))
  expect(rig.log.faults(openedAt + 11, openedAt + 99)).toEqual([])
  expect(rig.log.faults(openedAt - 99, openedAt - 1)).toEqual([])
  expect(rig.log.faults(openedAt + 5, openedAt + 6)).toHaveLength(1)
  expect(rig.log.log(0, Infinity, 1).map(({ type }) => type)).toEqual(['cleared'])
  expect(rig.log.log(0, openedAt, 9).map(({ type }) => type)).toEqual(['opened'])
})

it('keeps who acknowledged, until when and why, and since when it was taken back', async () => {
  const folder = await temporaryFolder()
  const first = await withFault(folder)
  const { alert = '' } = onlyFault(first)
  const until = Date.now() + 3_600_000
  await first.commands.do({ type: 'acknowledge', alert, by: 'ann', notes: 'a job', until })
  expect(onlyFault(first).acknowledgement).toMatchObject({ by: 'ann', notes: 'a job', until })
  await first.stop()

  const second = await running(folder)
  expect(onlyFault(second).acknowledgement).toMatchObject({ by: 'ann', notes: 'a job', until })
  expect(onlyFault(second).acknowledged).toEqual([{ from: expect.any(Number) }])
  await second.commands.do({ type: 'unacknowledge', alert, by: 'ben' })
  expect(onlyFault(second).acknowledgement).toBeUndefined()
  expect(onlyFault(second).acknowledged).toEqual([{ from: expect.any(Number), to: expect.any(Number) }])
  expect(entriesOf(second)[0]).toMatchObject({ type: 'unacknowledged', by: 'ben', reason: 'command' })
  expect(entriesOf(second)[1]).toMatchObject({ type: 'acknowledged', by: 'ann', notes: 'a job', until })
})

it('says when a fault was in maintenance, and tells of a window when it begins, not when it is set', async () => {
  const rig = await withFault(await temporaryFolder())
  const from = Date.now() + 2000
  const window = { type: 'maintenance', select: '__name:jobs', from, to: from + 3_600_000, notes: 'new disk' }
  await rig.commands.do(window)
  const [set] = rig.log.maintenance()
  expect(set).toMatchObject({ select: '__name:jobs', from, notes: 'new disk', planned: false })

  await eventually(() => expect(onlyFault(rig).maintained).toHaveLength(1))
  await eventually(() => expect(entriesOf(rig)[0]?.type).toBe('maintenance-began'))
  expect(entriesOf(rig)[0]).toMatchObject({ time: from, until: from + 3_600_000, select: '__name:jobs' })
  await rig.commands.do({ type: 'end-maintenance', id: set?.id })
  expect(entriesOf(rig)[0]).toMatchObject({ type: 'maintenance-ended', reason: 'command' })
  await eventually(() => expect(onlyFault(rig).maintained[0]?.to).toBeGreaterThanOrEqual(from))
  expect(rig.log.maintenance()).toEqual([])
  expect(rig.changes.flatMap(({ event, data }) => (event === 'maintenance' ? [data] : []))).toEqual([
    [set],
    [set],
    [],
  ])
})

it('shows a fault that opens again before its end was told as open, and who knows of it since before', async () => {
  let isAway = false
  const send = async () => {
    if (isAway) throw deliveryFailure('transient', 'the server is away', { arrived: 'no' })
  }
  const mail = { send }
  const rig = await running(await temporaryFolder(), { notifiers: { mail } })
  rig.measure(150)
  await eventually(() => expect(onlyFault(rig).told).toBeDefined())
  const [{ alert, told }] = rig.log.open() as [Fault]
  isAway = true
  rig.measure(20, Date.now() + 1)
  await eventually(() => expect(entriesOf(rig)[0]?.channels).toMatchObject([{ state: 'retrying' }]))
  rig.measure(150, Date.now() + 2)
  await eventually(() => expect(rig.log.open()).toMatchObject([{ alert, told }]))
  await eventually(() => expect(entriesOf(rig)[0]?.channels).toMatchObject([{ message: 'opening-told' }]))
  expect(typesOf(rig)).toEqual(['opened', 'cleared', 'opened'])
  expect(entriesOf(rig)[1]?.channels).toMatchObject([{ state: 'held', message: 'before-reopened' }])
  isAway = false
  rig.measure(20, Date.now() + 3)
  await eventually(() => expect(entriesOf(rig)[0]).toMatchObject({ type: 'cleared' }))
  await eventually(() => expect(entriesOf(rig)[0]?.channels).toMatchObject([{ state: 'delivered' }]))
})

it('shows a fault that a person ended as over, and who did it', async () => {
  const folder = await temporaryFolder()
  const rig = await withFault(folder)
  await eventually(() => expect(onlyFault(rig).told).toBeDefined())
  const { alert = '' } = onlyFault(rig)
  const clear = { type: 'clear', alert, by: 'ann', notes: 'its shop is closed' }
  expect(await rig.commands.do(clear)).toEqual({ status: 200, body: {} })
  expect(rig.log.open()).toEqual([])
  expect(onlyFault(rig)).toMatchObject({ endedBy: 'ann' })
  await eventually(() => expect(entriesOf(rig)[0]?.channels).toMatchObject([{ state: 'delivered' }]))
  expect(entriesOf(rig)[0]).toMatchObject({ type: 'cleared', by: 'ann', notes: 'its shop is closed' })
  await rig.stop()
  expect(onlyFault(await openRig(folder))).toMatchObject({ endedBy: 'ann' })
})

it('leaves alerts about alerting itself to the people whom they are told', async () => {
  const subjects: string[] = []
  const mail = {
    send: async ({ alerts: [{ ruleSet }] }: Notification) => {
      subjects.push(ruleSet)
      if (ruleSet === 'queue') throw deliveryFailure('permanent', 'no such address')
    },
  }
  const policy = { ...quiet, groups: { operators: { notifiers: ['mail', 'log'] } } }
  const log = { send: async ({ alerts: [{ ruleSet }] }: Notification) => void subjects.push(ruleSet) }
  const rig = await running(await temporaryFolder(), { notifiers: { mail, log }, policy })
  rig.measure(150)
  await eventually(() => expect(subjects).toContain('tocsin.notify'))
  expect(rig.log.faults(0, Infinity).map(({ ruleSet }) => ruleSet)).toEqual(['queue'])
  expect(entriesOf(rig).map(({ ruleSet }) => ruleSet)).toEqual(['queue'])
  expect(rig.problems).toEqual([])
})

it('holds what is to be told until the maintenance ends, and says so', async () => {
  const rig = await running(await temporaryFolder())
  const to = Date.now() + 3_600_000
  await rig.commands.do({ type: 'maintenance', select: '__name:jobs', from: Date.now() - 1000, to })
  rig.measure(150)
  const held = [{ name: 'mail', state: 'held', message: 'maintenance', until: to }]
  await eventually(() => expect(entriesOf(rig).find(({ type }) => type === 'opened')?.channels).toEqual(held))
  expect(onlyFault(rig).told).toBeUndefined()
  const [window] = rig.log.maintenance()
  await rig.commands.do({ type: 'end-maintenance', id: window?.id })
  await eventually(() => expect(onlyFault(rig).told).toBeDefined())
  expect(entriesOf(rig).find(({ type }) => type === 'opened')?.channels).toMatchObject([
    { name: 'mail', state: 'delivered' },
  ])
})

it('shows the windows of the policy as planned, tells of their beginning and end, and forgets those taken out', async () => {
  const folder = await temporaryFolder()
  let clock = Date.now()
  const now = () => clock
  const window = (id: string, from: number, to: number) => ({ id, select: '__name:jobs', from, to })
  const maintenance = [
    window('short', clock + 1000, clock + 2000),
    window('long', clock - 1000, clock + 9_000_000),
  ]
  const first = await openRig(folder, { policy: { ...quiet, maintenance }, now })
  expect(first.log.maintenance().map(({ id, planned }) => [id, planned])).toEqual([
    ['long', true],
    ['short', true],
  ])
  expect(typesOf(first)).toEqual(['maintenance-began'])
  await first.stop()

  clock += 60_000
  const second = await openRig(folder, { policy: { ...quiet, maintenance: [] }, now })
  expect(second.log.maintenance()).toEqual([])
  // The short one came and went while nobody looked; when, is known all the same.
  expect(entriesOf(second).map(({ type, time, reason }) => [type, clock - time, reason])).toEqual([
    ['maintenance-ended', 0, undefined],
    ['maintenance-ended', 58_000, 'time'],
    ['maintenance-began', 59_000, undefined],
    ['maintenance-began', 60_000, undefined],
  ])
})

it('ends a fault as unseen that no alert is open for, and adds an open one that it does not know', async () => {
  const folder = await temporaryFolder()
  const first = await withFault(folder)
  const known = onlyFault(first)
  const { alert = '' } = known
  await first.commands.do({ type: 'acknowledge', alert, by: 'ann' })
  const lost: FaultChange = {
    ...opened,
    fault: 'queue|jobs|7',
    id: 'queue|jobs|7|1',
    openedAt: 7,
  }
  first.log.takeFault(lost)
  await first.stop()

  const second = await openRig(folder)
  const unseen = second.log.faults(0, Infinity).find(({ id }) => id === lost.fault)
  expect(unseen).toMatchObject({ endedUnseen: true, openedAt: 7, endedAt: expect.any(Number) })
  await second.stop()

  // A folder of its own, so that the log is empty and the alerts are not.
  await rm(join(folder, 'faults'), { recursive: true })
  const third = await running(folder)
  expect(onlyFault(third)).toMatchObject({
    id: known.id,
    alert,
    severity: 3,
    judgement: known.judgement,
    acknowledgement: { by: 'ann' },
  })
  expect(typesOf(third)).toContain('opened')
  third.measure(20)
  await eventually(() => expect(third.log.open()).toEqual([]))
})

it('does not say that a fault is over which the alerts still hold open, and takes its end when it comes again', async () => {
  const folder = await temporaryFolder()
  const first = await withFault(folder)
  const { id, openedAt } = onlyFault(first)
  // The end was told here, and the process ended before it was told to the alerts.
  const events: FaultChange[] = [
    {
      ...opened,
      fault: id,
      openedAt,
      type: 'severity',
      id: `${id}|2`,
      severity: 1,
      time: openedAt + 1,
    },
    {
      ...opened,
      fault: id,
      openedAt,
      type: 'cleared',
      id: `${id}|3`,
      severity: 1,
      time: openedAt + 2,
    },
  ]
  for (const event of events) first.log.takeFault(event)
  expect(first.log.open()).toEqual([])
  await first.stop()

  const second = await running(folder)
  expect(second.log.open()).toMatchObject([{ id, severity: 3, severities: [{ severity: 3 }] }])
  expect(typesOf(second)).toEqual(['opened'])
  second.measure(20)
  await eventually(() => expect(second.log.open()).toEqual([]))
  expect(typesOf(second)).toEqual(['cleared', 'opened'])
})

it('says when it did not run: before its first start, and from the last that it wrote to a start, but nothing of a short stop or a clock set back', async () => {
  const folder = await temporaryFolder()
  let clock = 1_000_000_000
  const now = () => clock
  const first = await running(folder, { now })
  const before = { from: 0, to: clock }
  expect(first.log.pauses()).toEqual([before])
  first.measure(1, clock)
  await first.stop()

  const starts: (readonly { from: number; to: number }[])[] = []
  for (const passed of [9000, 60_000, -500_000]) {
    clock += passed
    const next = await running(folder, { now })
    starts.push(next.log.pauses())
    next.measure(1, clock)
    await next.stop()
  }
  const pause = starts[1]![1]
  expect(starts).toEqual([[before], [before, pause], [before, pause]])
  expect(pause?.to).toBe(1_000_069_000)
  // To the second.
  expect(pause!.from).toBeLessThanOrEqual(1_000_009_000)
  expect(pause!.from).toBeGreaterThanOrEqual(1_000_008_000)
})

it('leaves records of another version alone, and says how many there are', async () => {
  const folder = await temporaryFolder()
  const journal = await openJournal(join(folder, 'faults'), { codec: jsonCodec<unknown>() })
  await journal.appendBatch([{ v: 99, type: 'found' }, { v: 1, type: 'constructor' }, null, 7])
  await journal.close()
  const rig = await openRig(folder)
  expect(rig.problems).toMatchObject([{ reason: 'unknown-record', count: 4 }])
  expect(rig.log.faults(0, Infinity)).toEqual([])
})

it('reads on behind a record that has its version and not its shape', async () => {
  const folder = await temporaryFolder()
  const first = await withFault(folder)
  await first.stop()
  const journal = await openJournal(join(folder, 'faults'), { codec: jsonCodec<unknown>() })
  const { id } = onlyFault(first)
  await journal.appendBatch([
    { v: 1, type: 'alert', alert: 'a', fault: id },
    { v: 1, type: 'vanished', fault: id, time: 7 },
  ])
  await journal.close()
  const second = await openRig(folder)
  expect(second.problems).toMatchObject([{ reason: 'unknown-record', count: 1 }])
})

it('tells of what it cannot take as a problem, and throws nothing at those who are told of faults', async () => {
  const rig = await openRig(await temporaryFolder())
  rig.log.takeFault({ type: 'opened' } as never)
  rig.log.takeNotify({ type: 'nothing that is known' } as never)
  expect(rig.problems).toMatchObject([{ from: 'faults', reason: 'not-kept' }])
})

it.each([
  ['is no folder', (path: string) => writeFile(path, 'a file')],
  [
    'is of another program',
    async (path: string) => {
      const journal = await openJournal(path, { codec: { ...jsonCodec<unknown>(), name: 'another' } })
      await journal.close()
    },
  ],
])('finds faults and tells people of them where what is kept %s, and says so', async (_, damage) => {
  const folder = await temporaryFolder()
  await damage(join(folder, 'faults'))
  const rig = await withFault(folder)
  expect(rig.problems).toMatchObject([{ from: 'faults', reason: 'not-kept' }])
  await rig.stop()
})

it('shows what cannot be written down, and says that it is not kept', async () => {
  const rig = await openRig(await temporaryFolder())
  // JSON has no way to write it.
  const tags = { shop: 1n } as never
  rig.log.takeFault({ ...opened, series: { ...opened.series, tags } })
  expect(rig.log.open()).toHaveLength(1)
  await eventually(() => expect(rig.problems).toMatchObject([{ from: 'faults', reason: 'dropped' }]))
})

const opened: FaultChange = {
  type: 'opened',
  id: 'queue|jobs|1|1',
  fault: 'queue|jobs|1',
  ruleSet: 'queue',
  series: { key: 'jobs', metric: 'jobs', tags: {} },
  severity: 3,
  openedAt: 1,
  time: 1,
  cause: { reason: 'above', rule: 1, condition: { above: 100 }, value: 150, threshold: 100, sampleTime: 1 },
  text: 'queue, jobs: 150 is above 100',
}

it('names the groups whose routes ask for a fault, and the channel where none does', async () => {
  const told = async (routes: Policy['routes'], selected: readonly string[] = []) => {
    const policy = { groups: { staff: { notifiers: ['mail'] }, admins: { notifiers: ['mail'] } }, routes }
    const isSelected = (select: string, key: string): boolean => selected.includes(`${select} of ${key}`)
    const rig = await running(await temporaryFolder(), { policy, isSelected })
    rig.measure(150)
    await eventually(() => expect(onlyFault(rig).told).toBeDefined())
    return onlyFault(rig).told
  }
  const channel = 'mail'
  expect(await told([{ group: 'staff' }, { group: 'admins', ruleSets: ['slow'] }])).toMatchObject({
    groups: ['staff'],
    channel,
  })
  expect(await told([{ group: 'staff' }, { group: 'admins', severities: [1] }])).toMatchObject({
    groups: ['staff'],
  })
  expect(await told([{ group: 'staff' }, { group: 'admins', severities: [3], ruleSets: ['queue'] }])).toEqual(
    expect.objectContaining({ groups: ['staff', 'admins'] }),
  )
  const select = 'shop:berlin'
  const { series } = onlyFault(await withFault(await temporaryFolder()))
  expect(await told([{ group: 'staff', select }], [`${select} of ${series.key}`])).toMatchObject({
    groups: ['staff'],
  })
  // Whoever cannot say whether the query selects it names nobody.
  expect(await told([{ group: 'staff', select }])).toMatchObject({ groups: [], channel })
})

it('tells of a fault whose rule is gone that no rule watches it any more', async () => {
  const folder = await temporaryFolder()
  const first = await withFault(folder)
  await first.stop()
  const second = await running(folder, { rules: rules.filter(({ id }) => id !== 'queue') })
  await eventually(() => expect(entriesOf(second)[0]).toMatchObject({ type: 'cleared' }))
  expect(entriesOf(second)[0]).toMatchObject({ judgement: { ended: 'removed' } })
  expect(onlyFault(second).judgement).toMatchObject({ ended: 'removed' })
  expect(entriesOf(second)[1]?.judgement).not.toHaveProperty('ended')
})

it('tells of an average the time that it covers, not the whole window of the rule', async () => {
  const rig = await running(await temporaryFolder())
  const slow = series('latency')
  const now = Date.now()
  for (const ms of [0, 1000, 2000]) rig.measureOf(slow, 20, now + ms)
  await eventually(() => expect(entriesOf(rig)).toHaveLength(1))
  const { judgement, text } = onlyFault(rig)
  expect(text).toMatch(/average 20 over 1s/)
  expect(judgement).toMatchObject({ value: 20, averageMs: 1000 })
})

it('keeps a fault of a rule that no page can draw with its sentence, and ends it', async () => {
  const built = ruleSet('full').select('__name:jobs').rule(2, atLeast(100)).build()
  const rig = await running(await temporaryFolder(), { rules: [built] })
  rig.measure(100)
  await eventually(() => expect(onlyFault(rig).told).toBeDefined())
  expect(onlyFault(rig).judgement).toMatchObject({
    is: 'said',
    said: 'full, jobs shop=berlin: 100 is at least 100',
  })
  rig.measure(5)
  await eventually(() => expect(entriesOf(rig)[0]).toMatchObject({ type: 'cleared', channels: [delivered] }))
  expect(onlyFault(rig).endedAt).toBeDefined()
})
