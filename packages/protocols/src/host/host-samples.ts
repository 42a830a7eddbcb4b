import { buildSeries, type Sample, type Tags } from '@tocsin/core'

/** One reading of a machine; a part that it cannot give is absent. */
export interface HostReading {
  /** Time that all processors together spent since the start, ms. */
  readonly cpu?: {
    /** In programs, ms. */
    readonly userMs: number
    /** In the kernel, ms. */
    readonly systemMs: number
    /** With nothing to do, ms. */
    readonly idleMs: number
  }
  /** Load averages of 1, 5 and 15 minutes. */
  readonly load?: readonly [number, number, number]
  /** Main memory. */
  readonly memory?: {
    /** All of it, bytes. */
    readonly totalBytes: number
    /** What a program could still have, bytes. */
    readonly availableBytes: number
  }
  /** File systems. */
  readonly disks?: readonly {
    /** Where it is mounted. */
    readonly path: string
    /** All of it, bytes. */
    readonly totalBytes: number
    /** What files take, bytes. */
    readonly usedBytes: number
    /** What a user without privileges could still have, bytes. */
    readonly availableBytes: number
  }[]
  /** Network interfaces. */
  readonly network?: readonly {
    /** Of the interface, as the system calls it: `eth0`. */
    readonly name: string
    /** Since it came up, bytes. */
    readonly receivedBytes: bigint
    /** Since it came up, bytes. */
    readonly sentBytes: bigint
  }[]
}

type Add = (metric: string, tags: Tags, value: number | bigint, kind?: 'gauge' | 'counter') => void

/** The samples of a reading; shares of processor time need the reading before it. */
export function hostSamples(
  reading: HostReading,
  previous: HostReading | undefined,
  time: number,
  hostname: string,
): readonly Sample[] {
  const samples: Sample[] = []
  const add: Add = (metric, tags, value, kind = 'gauge') => {
    const built = buildSeries(metric, { ...tags, host: hostname })
    if (!built.ok) return
    const series = built.value
    const exact = typeof value === 'bigint' && value > BigInt(Number.MAX_SAFE_INTEGER)
    samples.push({ series, time, value: Number(value), kind, ...(exact && { exact: value }) })
  }
  addCpu(reading.cpu, previous?.cpu, add)
  reading.load?.forEach((load, at) => add(`load.${[1, 5, 15][at]}m`, {}, load))
  const { memory, disks = [], network = [] } = reading
  if (memory !== undefined && memory.totalBytes > 0) {
    const used = memory.totalBytes - memory.availableBytes
    add('memory.used_bytes', {}, used)
    add('memory.total_bytes', {}, memory.totalBytes)
    add('memory.used_percent', {}, (100 * used) / memory.totalBytes)
  }
  for (const { path, totalBytes, usedBytes, availableBytes } of disks) {
    add('disk.used_bytes', { path }, usedBytes)
    add('disk.total_bytes', { path }, totalBytes)
    // As df has it: what only root may still write counts neither as used nor as free.
    const writable = usedBytes + availableBytes
    if (writable > 0) add('disk.used_percent', { path }, (100 * usedBytes) / writable)
  }
  for (const { name, receivedBytes, sentBytes } of network) {
    add('network.received_bytes', { interface: name }, receivedBytes, 'counter')
    add('network.sent_bytes', { interface: name }, sentBytes, 'counter')
  }
  return samples
}

function addCpu(now: HostReading['cpu'], before: HostReading['cpu'], add: Add): void {
  if (now === undefined || before === undefined) return
  const user = now.userMs - before.userMs
  const system = now.systemMs - before.systemMs
  const idle = now.idleMs - before.idleMs
  const total = user + system + idle
  // A processor that went away takes its times with it.
  if (total <= 0 || user < 0 || system < 0 || idle < 0) return
  add('cpu.used_percent', {}, (100 * (user + system)) / total)
  add('cpu.user_percent', {}, (100 * user) / total)
  add('cpu.system_percent', {}, (100 * system) / total)
}
