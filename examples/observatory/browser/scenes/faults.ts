import type { Fault, Severity, SeriesName, Stretch } from '../../server/wire.ts'
import { nameOf } from './scene.ts'
import type { timesOf } from './scene.ts'

type Times = ReturnType<typeof timesOf>

interface Ended {
  readonly ruleSet: string
  readonly series: SeriesName
  readonly threshold: number
  readonly value: number
  /** Severities and when each began; the last time is the end. */
  readonly severities: readonly (readonly [Severity, number])[]
  readonly endedAt: number
  readonly maintained?: readonly Stretch[]
  readonly averageMs?: number
}

function ended({
  ruleSet,
  series,
  threshold,
  value,
  severities,
  endedAt,
  maintained,
  averageMs,
}: Ended): Fault {
  const openedAt = severities[0]![1]
  const severity = severities.at(-1)![0]
  const first = new Date(openedAt).toISOString()
  return {
    id: `${ruleSet}/${series.key}/${first}`,
    ruleSet,
    series,
    severity,
    openedAt,
    endedAt,
    severities: severities.map(([of, since]) => ({ severity: of, since })),
    judgement: {
      is: 'above',
      threshold,
      value,
      sampleTime: endedAt,
      ...(averageMs !== undefined && { averageMs }),
    },
    text: `${series.metric} is ${value}, no longer above ${threshold}`,
    acknowledged: [],
    maintained: maintained ?? [],
  }
}

/** Faults of 7 days that ended, as in the lanes of the pictures. */
export function endedFaults(at: Times, host: string): readonly Fault[] {
  const cpu = nameOf('cpu.used_percent', { host })
  const queue = nameOf('demo.queue')
  const checkout = nameOf('checkout.latency_ms', { region: 'eu' })
  const busy = (
    severities: readonly (readonly [Severity, number])[],
    endedAt: number,
    maintained?: readonly Stretch[],
  ): Fault =>
    ended({
      ruleSet: 'cpu-busy',
      series: cpu,
      threshold: 80,
      value: 61.2,
      severities,
      endedAt,
      averageMs: 60_000,
      ...(maintained && { maintained }),
    })
  const long = (from: number, to: number, value: number): Fault =>
    ended({
      ruleSet: 'demo-queue',
      series: queue,
      threshold: 100,
      value,
      severities: [[2, from]],
      endedAt: to,
    })
  const slow = (from: number, to: number): Fault =>
    ended({
      ruleSet: 'checkout-slow',
      series: checkout,
      threshold: 300,
      value: 214,
      severities: [[5, from]],
      endedAt: to,
    })
  return [
    busy([[4, at('07:35', 1)]], at('08:00', 1)),
    busy(
      [
        [4, at('14:00', 1)],
        [2, at('14:36', 1)],
        [4, at('15:05', 1)],
      ],
      at('15:25', 1),
    ),
    busy([[4, at('00:18:02')]], at('00:36:02'), [{ from: at('00:03'), to: at('00:48') }]),
    long(at('11:06', 1), at('11:17', 1), 31),
    long(at('20:00:02', 1), at('20:30:02', 1), 12),
    long(at('03:17:41'), at('03:20:41'), 20),
    slow(at('17:00', 1), at('18:15', 1)),
    slow(at('23:08', 1), at('23:35', 1)),
    busy([[4, at('23:30', 7)]], at('01:10', 6)),
    busy(
      [
        [4, at('23:30', 6)],
        [2, at('00:20', 5)],
      ],
      at('01:30', 5),
    ),
    busy([[4, at('23:40', 3)]], at('00:20', 2)),
    long(at('05:20', 5), at('07:00', 5), 44),
    slow(at('07:10', 6), at('10:10', 6)),
  ]
}

/** The two that are open in the picture: memory at severity 1, a disk that the night shift knows of. */
export function openFaults(at: Times, host: string, now: number): readonly Fault[] {
  const memory = nameOf('memory.used_percent', { host })
  const disk = nameOf('disk.used_percent', { host, path: '/var' })
  const acknowledgedAt = at('03:02:10')
  return [
    {
      id: `memory-full/${memory.key}/open`,
      alert: 'alert-memory',
      ruleSet: 'memory-full',
      series: memory,
      severity: 1,
      openedAt: at('04:31:40'),
      severities: [
        { severity: 3, since: at('04:31:40') },
        { severity: 1, since: at('05:00:12') },
      ],
      judgement: { is: 'above', threshold: 97, value: 97.8, sampleTime: now - 1000 },
      text: `memory.used_percent|ST[host:${host}] is 97.8, above 97`,
      acknowledged: [],
      maintained: [],
      told: { groups: ['operators'], at: at('05:00:13') },
    },
    {
      id: `disk-full/${disk.key}/open`,
      alert: 'alert-disk',
      ruleSet: 'disk-full',
      series: disk,
      severity: 3,
      openedAt: at('02:47:30'),
      severities: [{ severity: 3, since: at('02:47:30') }],
      judgement: { is: 'above', threshold: 90, value: 91.6, sampleTime: now - 1000 },
      text: `disk.used_percent|ST[host:${host},path:/var] is 91.6, above 90`,
      acknowledgement: {
        by: 'night shift',
        at: acknowledgedAt,
        until: at('08:00'),
        notes: 'archive job ends at 07:30 and frees 40 GiB',
      },
      acknowledged: [{ from: acknowledgedAt }],
      maintained: [],
      told: { groups: ['operators'], at: at('02:47:31') },
    },
  ]
}
