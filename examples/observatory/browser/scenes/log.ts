import type { Channel, LogEntry } from '../../server/wire.ts'
import { hour, minute, nameOf } from './scene.ts'
import type { timesOf } from './scene.ts'

type Times = ReturnType<typeof timesOf>

const delivered = (name: string, tookMs: number): Channel => ({ name, state: 'delivered', tookMs })

/** What was told without the two open faults. */
export function quietLog(at: Times, host: string): readonly LogEntry[] {
  const queue = nameOf('demo.queue')
  return [
    {
      id: 'log-queue-2',
      time: at('03:20:41'),
      type: 'cleared',
      ruleSet: 'demo-queue',
      series: queue,
      previousSeverity: 2,
      judgement: { is: 'above', threshold: 100, value: 20, sampleTime: at('03:20:41') },
      durationMs: 3 * minute,
      channels: [delivered('mail', 600)],
    },
    {
      id: 'log-cpu',
      time: at('00:36:02'),
      type: 'opened',
      ruleSet: 'cpu-busy',
      series: nameOf('cpu.used_percent', { host }),
      severity: 4,
      judgement: {
        is: 'above',
        threshold: 80,
        value: 84.1,
        sampleTime: at('00:36:00'),
        averageMs: minute,
      },
      durationMs: 18 * minute,
      channels: [{ name: 'mail', state: 'held', message: 'maintenance', until: at('00:48') }],
    },
    {
      id: 'log-queue-1',
      time: at('20:30:02', 1),
      type: 'cleared',
      ruleSet: 'demo-queue',
      series: queue,
      previousSeverity: 2,
      judgement: { is: 'above', threshold: 100, value: 12, sampleTime: at('20:30:02', 1) },
      durationMs: hour / 2,
      channels: [delivered('mail', 600)],
    },
  ]
}

/** What was told of the two open faults. */
export function loudLog(at: Times, host: string): readonly LogEntry[] {
  const memory = nameOf('memory.used_percent', { host })
  const disk = nameOf('disk.used_percent', { host, path: '/var' })
  return [
    {
      id: 'log-memory-1',
      time: at('05:00:13'),
      type: 'severity',
      fault: `memory-full/${memory.key}/open`,
      ruleSet: 'memory-full',
      series: memory,
      severity: 1,
      previousSeverity: 3,
      judgement: { is: 'above', threshold: 97, value: 97.2, sampleTime: at('05:00:12') },
      channels: [delivered('mail', 800), delivered('webhook', 100)],
    },
    {
      id: 'log-memory-3',
      time: at('04:31:41'),
      type: 'opened',
      fault: `memory-full/${memory.key}/open`,
      ruleSet: 'memory-full',
      series: memory,
      severity: 3,
      judgement: { is: 'above', threshold: 90, value: 90.3, sampleTime: at('04:31:40') },
      channels: [
        delivered('mail', 700),
        { name: 'webhook', state: 'delivered', tookMs: 3200, attempts: 3, message: '503' },
      ],
    },
    {
      id: 'log-disk-acknowledged',
      time: at('03:02:10'),
      type: 'acknowledged',
      fault: `disk-full/${disk.key}/open`,
      ruleSet: 'disk-full',
      series: disk,
      by: 'night shift',
      notes: 'archive job ends at 07:30 and frees 40 GiB',
      until: at('08:00'),
      channels: [],
    },
    {
      id: 'log-disk',
      time: at('02:47:31'),
      type: 'opened',
      fault: `disk-full/${disk.key}/open`,
      ruleSet: 'disk-full',
      series: disk,
      severity: 3,
      judgement: { is: 'above', threshold: 90, value: 90.1, sampleTime: at('02:47:30') },
      channels: [delivered('mail', 900), delivered('webhook', 100)],
    },
  ]
}
