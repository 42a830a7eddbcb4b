import { describe, expect, it } from 'vitest'

import { hostSamples, type HostReading } from '../../src/host/host-samples.ts'

const values = (reading: HostReading, previous?: HostReading): Record<string, unknown> =>
  Object.fromEntries(
    hostSamples(reading, previous, 5000, 'web1').map(({ series, value }) => [series.key, value]),
  )

describe('host samples', () => {
  it('gives shares of processor time between two readings', () => {
    const before = { cpu: { userMs: 1000, systemMs: 500, idleMs: 8500 } }
    const after = { cpu: { userMs: 1300, systemMs: 600, idleMs: 9100 } }
    expect(values(after)).toEqual({})
    expect(values(after, before)).toEqual({
      'cpu.used_percent|ST[host:web1]': 40,
      'cpu.user_percent|ST[host:web1]': 30,
      'cpu.system_percent|ST[host:web1]': 10,
    })
  })

  it('gives no share when no time passed or a processor went away', () => {
    const reading = { cpu: { userMs: 1000, systemMs: 500, idleMs: 8500 } }
    expect(values(reading, reading)).toEqual({})
    expect(values({ cpu: { userMs: 900, systemMs: 500, idleMs: 99_999 } }, reading)).toEqual({})
  })

  it('gives load, memory and disks', () => {
    const reading: HostReading = {
      load: [0.5, 0.25, 0.1],
      memory: { totalBytes: 4000, availableBytes: 1000 },
      disks: [{ path: '/', totalBytes: 1000, usedBytes: 300, availableBytes: 600 }],
    }
    expect(values(reading)).toEqual({
      'load.1m|ST[host:web1]': 0.5,
      'load.5m|ST[host:web1]': 0.25,
      'load.15m|ST[host:web1]': 0.1,
      'memory.used_bytes|ST[host:web1]': 3000,
      'memory.total_bytes|ST[host:web1]': 4000,
      'memory.used_percent|ST[host:web1]': 75,
      'disk.used_bytes|ST[host:web1,path:/]': 300,
      'disk.total_bytes|ST[host:web1,path:/]': 1000,
      'disk.used_percent|ST[host:web1,path:/]': (100 * 300) / 900,
    })
  })

  it('gives network counters, exact beyond 2^53', () => {
    const network = [{ name: 'eth0', receivedBytes: 7n, sentBytes: 2n ** 63n }]
    expect(hostSamples({ network }, undefined, 5000, 'web1')).toMatchObject([
      {
        series: { key: 'network.received_bytes|ST[host:web1,interface:eth0]' },
        value: 7,
        kind: 'counter',
        time: 5000,
      },
      { value: 2 ** 63, exact: 2n ** 63n, kind: 'counter' },
    ])
  })
})
