import type { LoadedRule } from '../../server/wire.ts'

/** The rules that stand in the design's pictures; those that watch what is sent only where that is. */
export function loadedRules(isAnythingThere: boolean, isCheckoutWatched = true): readonly LoadedRule[] {
  const watching = (count: number): number => (isAnythingThere ? count : 0)
  const above = (threshold: number, severity: 1 | 2 | 3 | 4 | 5) =>
    ({ severity, is: 'above', threshold }) as const
  const rules: LoadedRule[] = [
    {
      id: 'memory-full',
      select: '__name:memory.used_percent',
      levels: [above(97, 1), above(90, 3)],
      watching: watching(1),
    },
    {
      id: 'disk-full',
      select: '__name:disk.used_percent',
      levels: [above(98, 1), above(90, 3)],
      watching: watching(3),
    },
    {
      id: 'cpu-busy',
      select: '__name:cpu.used_percent',
      levels: [above(95, 2), above(80, 4)],
      averageMs: 60_000,
      watching: watching(1),
    },
    {
      id: 'collector-silent',
      select: '__name:load.1m',
      levels: [{ severity: 1, is: 'absent', threshold: 15_000 }],
      watching: watching(1),
    },
    { id: 'demo-queue', select: '__name:demo.queue', levels: [above(100, 2)], watching: watching(1) },
    {
      id: 'demo-heartbeat',
      select: '__name:demo.heartbeat',
      levels: [{ severity: 3, is: 'absent', threshold: 30_000 }],
      watching: 0,
    },
  ]
  const checkout: LoadedRule = {
    id: 'checkout-slow',
    select: '__name:checkout.latency_ms',
    levels: [above(300, 5)],
    watching: watching(3),
  }
  return isCheckoutWatched ? [...rules, checkout] : rules
}
