import type { Drawn, Value } from '../../server/wire.ts'
import { minute, nameOf, timesOf, wander } from './scene.ts'
import type { InventedSeries } from './scene.ts'

/** The ten series in six metrics that are sent to atlas-1, with a hole, a text, and one sample each 5 min. */
export function sentSeries(now: number): readonly InventedSeries[] {
  const at = timesOf(now)
  const all: InventedSeries[] = []
  const add = (
    metric: string,
    tags: Readonly<Record<string, string>>,
    value: (time: number) => Value | undefined,
    { stepMs = 10_000, drawn = 'number' }: { readonly stepMs?: number; readonly drawn?: Drawn } = {},
  ): void => {
    const isPaused = (time: number): boolean => time >= at('22:15', 5) && time < at('07:50', 4)
    all.push({
      series: nameOf(metric, tags),
      drawn,
      stepMs,
      machine: false,
      value: (time) => (isPaused(time) ? undefined : value(time)),
    })
  }
  const around =
    (mean: number, share: number, seed: number, periodMs = 12 * minute) =>
    (time: number): number =>
      mean * (1 + share * wander(seed, time, periodMs))
  add('checkout.latency_ms', { region: 'eu' }, around(82, 0.25, 40))
  add('checkout.latency_ms', { region: 'us' }, around(134, 0.12, 41))
  add('checkout.latency_ms', { region: 'ap' }, around(203, 0.22, 42))
  const withHole = (value: (time: number) => number) => (time: number) =>
    time > at('04:42') && time < at('04:54') ? undefined : value(time)
  add('orders.created', { shop: 'berlin' }, withHole(around(39, 0.2, 43, 8 * minute)), { drawn: 'rate' })
  add('orders.created', { shop: 'oslo' }, withHole(around(22, 0.2, 44, 8 * minute)), { drawn: 'rate' })
  add('demo.queue', {}, around(38, 0.55, 45, 20 * minute))
  add('cache.hits_percent', { tier: 'l1' }, around(91, 0.03, 46, 15 * minute))
  add('cache.hits_percent', { tier: 'l2' }, around(68, 0.09, 47, 15 * minute))
  add('jobs.duration_seconds', { job: 'nightly' }, around(30, 0.3, 48, 5 * minute), { stepMs: 5 * minute })
  add('deploy.version', {}, (time) => (time < at('04:39:10') ? 'v1.41.7' : 'v1.42.0'), {
    drawn: 'text',
    stepMs: minute,
  })
  return all
}
