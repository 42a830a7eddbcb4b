import { minute, nameOf, wander } from './scene.ts'
import type { InventedSeries } from './scene.ts'

/** Nine metrics by region and host as in the picture of 5,000 series: how many, around which value. */
const shown: readonly (readonly [string, number, number, 'number' | 'rate', string])[] = [
  ['http.requests', 96, 300, 'number', 'web'],
  ['http.latency_ms', 96, 150, 'number', 'web'],
  ['http.errors', 96, 2.6, 'number', 'web'],
  ['http.sent_bytes', 32, 6 * 2 ** 20, 'rate', 'web'],
  ['http.queue', 32, 16, 'number', 'web'],
  ['http.open_sockets', 32, 420, 'number', 'web'],
  ['http.cache.hits_percent', 16, 66, 'number', 'edge'],
  ['http.tls.handshake_ms', 8, 22, 'number', 'edge'],
  ['http.retries', 4, 1.8, 'number', 'edge'],
]

/** So many are in the picture; they are the first. */
export const shownOfMany = shown.reduce((sum, [, count]) => sum + count, 0)

/** As many further series as asked for: the pictured ones in three regions, then services that nobody looks at. */
export function manySeries(count: number): readonly InventedSeries[] {
  const all: InventedSeries[] = []
  const add = (
    metric: string,
    tags: Readonly<Record<string, string>>,
    mean: number,
    drawn: 'number' | 'rate' = 'number',
  ): void => {
    const seed = 1000 + all.length
    all.push({
      series: nameOf(metric, tags),
      drawn,
      stepMs: 10_000,
      machine: false,
      value: (time) =>
        mean * (0.55 + 0.45 * (1 - (seed % 97) / 97)) * (1 + 0.12 * wander(seed, time, 12 * minute)),
    })
  }
  for (const [metric, series, mean, drawn, kind] of shown) {
    for (let index = 0; index < series; index += 1) {
      const region = `eu-${(index % 3) + 1}`
      const host = `${kind}-${String(index + 1).padStart(2, '0')}`
      const code = metric === 'http.errors' ? { code: `50${index % 3}` } : {}
      add(metric, { region, host, ...code }, mean, drawn)
    }
  }
  // Metrics of 25 series each, so that there are many metrics as well.
  for (let index = 0; all.length < count; index += 1) {
    const service = `service-${String(Math.floor(index / 25)).padStart(3, '0')}`
    add(
      `${service}.requests`,
      { region: ['us-1', 'us-2', 'ap-1'][index % 3]!, host: `app-${index % 25}` },
      100 + (index % 400),
    )
  }
  return all
}
