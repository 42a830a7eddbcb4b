import { hour, minute, nameOf, ramp, timesOf, wander } from './scene.ts'
import type { InventedSeries } from './scene.ts'

const gibibyte = 2 ** 30
const mebibyte = 2 ** 20
const totalMemory = 23.5 * gibibyte

/** The 22 series of atlas-1; `isFull` as in the picture of two faults, else all is well. */
export function machineSeries(now: number, host: string, isFull: boolean): readonly InventedSeries[] {
  const at = timesOf(now)
  const all: InventedSeries[] = []
  const pausedFrom = at('22:15', 5)
  const pausedTo = at('07:50', 4)
  const add = (
    metric: string,
    tags: Readonly<Record<string, string>>,
    value: (time: number) => number,
    drawn: 'number' | 'rate' = 'number',
  ): void => {
    all.push({
      series: nameOf(metric, { ...tags, host }),
      drawn,
      stepMs: 1000,
      machine: true,
      value: (time) => (time >= pausedFrom && time < pausedTo ? undefined : value(time)),
    })
  }
  const daily = (time: number): number => Math.sin((time / (24 * hour)) * 2 * Math.PI)
  /** A build that ran from 04:34 to 04:42. */
  const burst = (time: number): number =>
    ramp(time, at('04:34'), at('04:36'), 0, 1) * ramp(time, at('04:39'), at('04:43'), 1, 0)
  const user = (time: number): number =>
    Math.max(1, 14 + 5 * daily(time) + 6 * wander(1, time, 6 * minute) + 4 * wander(2, time, minute)) +
    42 * burst(time)
  const system = (time: number): number => 5.2 + 1.6 * wander(3, time, 5 * minute) + 10 * burst(time)
  add('cpu.used_percent', {}, (time) => Math.min(100, user(time) + system(time)))
  add('cpu.user_percent', {}, user)
  add('cpu.system_percent', {}, system)
  add(
    'load.1m',
    {},
    (time) => 1.2 + 0.3 * daily(time) + 0.15 * wander(4, time, 4 * minute) + 4.6 * burst(time),
  )
  add(
    'load.5m',
    {},
    (time) => 1.3 + 0.3 * daily(time) + 0.1 * wander(5, time, 8 * minute) + 2.4 * burst(time - 2 * minute),
  )
  add(
    'load.15m',
    {},
    (time) => 1.5 + 0.3 * daily(time) + 0.08 * wander(6, time, 20 * minute) + 0.9 * burst(time - 4 * minute),
  )
  const memory = (time: number): number => {
    const quiet = 64 + 6 * wander(8, time, 4 * hour) + 0.6 * wander(9, time, 3 * minute)
    if (!isFull) return ramp(time, now - 4 * hour, now - hour, quiet, 64 + 0.7 * wander(9, time, 6 * minute))
    if (time < at('03:30')) return quiet
    if (time < at('04:31:40')) return ramp(time, at('03:30'), at('04:31:40'), 68, 90.05)
    const grown =
      time < at('05:00:12')
        ? ramp(time, at('04:31:40'), at('05:00:12'), 90.1, 97.05)
        : // What wanders around it is 97.8 whenever it is asked for.
          ramp(time, at('05:00:12'), now, 97.2, 97.76)
    return grown + 0.04 + 0.04 * wander(10, time, 2 * minute)
  }
  add('memory.used_percent', {}, memory)
  add('memory.used_bytes', {}, (time) => (memory(time) / 100) * totalMemory)
  add('memory.total_bytes', {}, () => totalMemory)
  const disks: readonly (readonly [string, number, (time: number) => number])[] = [
    ['/', 50 * gibibyte, (time) => 25.4 - (0.02 * (now - time)) / hour],
    ['/data', 900 * gibibyte, (time) => 47.1 - (0.04 * (now - time)) / hour],
    [
      '/var',
      200 * gibibyte,
      (time) => {
        if (!isFull) return 64 - (0.05 * Math.max(0, now - time)) / hour
        const ago = (now - time) / hour
        return Math.min(97.5, ago < 6 ? 91.6 - 0.66 * ago : 87.64 - 0.11 * (ago - 6))
      },
    ],
  ]
  for (const [path, total, percent] of disks) {
    add('disk.used_percent', { path }, percent)
    add('disk.used_bytes', { path }, (time) => (percent(time) / 100) * total)
    add('disk.total_bytes', { path }, () => total)
  }
  const interfaces = [
    ['eth0', 7.4 * mebibyte, 2.1 * mebibyte],
    ['lo', 0.58 * mebibyte, 0.58 * mebibyte],
  ] as const
  interfaces.forEach(([name, received, sent], index) => {
    const rate = (mean: number, seed: number) => (time: number) =>
      mean *
      (1 + 0.22 * wander(seed, time, 12 * minute) + 0.12 * wander(seed + 1, time, minute) + 0.1 * daily(time))
    add('network.received_bytes', { interface: name }, rate(received, 20 + index * 4), 'rate')
    add('network.sent_bytes', { interface: name }, rate(sent, 22 + index * 4), 'rate')
  })
  return all
}
