import { describe, expect, it } from 'vitest'

import { readProcMeminfo, readProcNetDev } from '../../src/host/proc.ts'

describe('/proc', () => {
  it('gives the counters of each interface', () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1234567    890    0    0    0     0          0         0  1234567    890    0    0    0     0       0          0
  eth0:18446744073709551615 5 0 0 0 0 0 0 42 6 0 0 0 0 0 0
`
    expect(readProcNetDev(text)).toEqual([
      { name: 'lo', receivedBytes: 1234567n, sentBytes: 1234567n },
      { name: 'eth0', receivedBytes: 18446744073709551615n, sentBytes: 42n },
    ])
    expect(readProcNetDev('rubbish\nx: y z\nshort: 1 2 3\n')).toEqual([])
  })

  it('gives the memory that is available, or nothing', () => {
    const text = 'MemTotal:        8000 kB\nMemFree:         1000 kB\nMemAvailable:    5000 kB\n'
    expect(readProcMeminfo(text)).toEqual({ totalBytes: 8_192_000, availableBytes: 5_120_000 })
    expect(readProcMeminfo('MemTotal:        8000 kB\n')).toBeUndefined()
  })
})
