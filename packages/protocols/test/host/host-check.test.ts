import { describe, expect, it } from 'vitest'

import { checkSamples } from '../../src/checks/check-samples.ts'
import { checks } from '../../src/checks/checks.ts'
import { runOnce } from '../../src/checks/run-once.ts'
import { hostCheck } from '../../src/host/host-check.ts'
import type { HostReading } from '../../src/host/host-samples.ts'
import { createHostReader } from '../../src/host/read-host.ts'
import { checkConformance } from '../../src/testing/index.ts'
import { createStage, good } from '../checks/stage.ts'
import { receive } from '../sockets.ts'

const never = (): Promise<never> => new Promise(() => undefined)

describe('hostCheck', () => {
  it('tells what hostMetrics does, beside other checks', async () => {
    using stage = createStage()
    const read = async (): Promise<HostReading> => ({ load: [1, 2, 3] })
    const definitions = [
      { check: hostCheck({ hostname: 'web1', read }), periodMs: 1000, phaseMs: 0 },
      { check: good, periodMs: 1000, phaseMs: 0 },
    ]
    const { values, subscription } = receive(checks(definitions, stage.options).pipe(checkSamples()))
    await stage.advance(1000)
    subscription.unsubscribe()
    expect(values.map(({ series, time, value }) => `${series.key} ${time} ${Number(value)}`)).toEqual([
      'available|ST[check:host] 101000 1',
      'state|ST[check:host] 101000 0',
      'load.1m|ST[check:host,host:web1] 101000 1',
      'load.5m|ST[check:host,host:web1] 101000 2',
      'load.15m|ST[check:host,host:web1] 101000 3',
      'available|ST[check:good] 101000 1',
      'state|ST[check:good] 101000 0',
    ])
  })

  it('gives each subscriber its share of the processor since its own reading before', async () => {
    using stage = createStage()
    const begun = stage.options.scheduler.now()
    const read = async (): Promise<HostReading> => {
      const ms = stage.options.scheduler.now() - begun
      return { cpu: { userMs: ms * ms, systemMs: 0, idleMs: 10_000 * ms - ms * ms } }
    }
    const results = checks([{ check: hostCheck({ read }), periodMs: 1000, phaseMs: 0 }], stage.options)
    const [one, other] = [receive(results), receive(results)]
    await stage.advance(1000)
    const later = receive(results)
    await stage.advance(2000)
    for (const { subscription } of [one, other, later]) subscription.unsubscribe()
    const used = ({ values }: typeof one): unknown[] =>
      values.map(({ samples }) => samples.find(({ series }) => series.metric === 'cpu.used_percent')?.value)
    expect(used(one)).toEqual([undefined, 30, 50])
    expect(used(other)).toEqual([undefined, 30, 50])
    expect(used(later)).toEqual([undefined, 50])
  })

  it('says in its status what it does not tell, and what was no number', async () => {
    const read = async (): Promise<HostReading> => ({ load: [1, Number.NaN, 3], disks: [] })
    expect(await runOnce(hostCheck({ read }))).toMatchObject({
      state: 'good',
      status: 'good, but it does not tell cpu, memory, network (1 values could not be taken)',
    })
  })

  it('is bad where the machine cannot be read, with what was read by then', async () => {
    const check = hostCheck({
      async read({ tell }) {
        tell({ load: [1, 2, 3] })
        throw new Error('EMFILE')
      },
    })
    const { state, available, status, samples } = await runOnce(check)
    expect([state, available, status, samples.length]).toEqual(['bad', 'no', 'EMFILE', 3])
  })

  it('refuses what it cannot be given at the call', () => {
    for (const options of [{ name: '' }, { hostname: 1 }, { read: {} }, { periodMs: 1000 }])
      expect(() => hostCheck(options as never)).toThrow('PROTOCOL_BAD_OPTION')
  })

  const manner = { hangs: false }
  const cases = checkConformance({
    create: () =>
      hostCheck({ read: createHostReader(async () => (manner.hangs ? never() : { disks: [] }))() }),
    good: () => void (manner.hangs = false),
    hanging: () => void (manner.hangs = true),
  })
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { run }) => run())
})
