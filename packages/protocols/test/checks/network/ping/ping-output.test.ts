import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readFping, readPing } from '../../../../src/checks/network/ping/ping-output.ts'

const iputils = `PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.094 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.044 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.081 ms (DUP!)
From 10.0.0.1 icmp_seq=3 Destination Host Unreachable
64 bytes from 127.0.0.1: icmp_seq=4 ttl=64 time=1023 ms

--- 127.0.0.1 ping statistics ---
4 packets transmitted, 3 received, +1 duplicates, +1 errors, 25% packet loss, time 203ms
rtt min/avg/max/mdev = 0.044/341.046/1023.000/0.025 ms
`

const iputilsTruncated = `PING ::1(::1) 56 data bytes
64 bytes from ::1: icmp_seq=1 ttl=64 time=0.036 ms
64 bytes from ::1: icmp_seq=2 ttl=64 (truncated)
`

const busybox = `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.049 ms
64 bytes from 127.0.0.1: seq=1 ttl=64 time=0.058 ms

--- 127.0.0.1 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.049/0.053/0.058 ms
`

const busyboxTwice = busybox.replace(/(.*seq=1.*)/, '$1\n$1 (DUP!)')

const bsd = `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: icmp_seq=0 ttl=64 time=0.049 ms
Request timeout for icmp_seq 1
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.151 ms
`

describe('readPing', () => {
  it.each([
    ['iputils', iputils, [0.094, 0.044, 1023]],
    ['iputils with an answer that is cut', iputilsTruncated, [0.036]],
    ['busybox', busybox, [0.049, 0.058]],
    ['busybox where an answer comes twice', busyboxTwice, [0.049, 0.058]],
    ['BSD', bsd, [0.049, 0.151]],
    ['nobody', 'PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n', []],
  ])('reads what %s says', (_, output, expected) => {
    expect(readPing(output, 5).map((time) => Number((time * 1000).toFixed(3)))).toEqual(expected)
  })

  it('gives no more than were asked for', () => {
    expect(readPing(iputils, 2)).toHaveLength(2)
  })
})

describe('readFping', () => {
  it.each([
    ['all', '127.0.0.1 : 0.026 0.054\n', [0.026, 0.054]],
    ['some', '192.0.2.1 : 11.2 - 9.87 - 1203\n', [11.2, 9.87, 1203]],
    ['none', '192.0.2.1 : - - - - -\n', []],
    [
      'duplicates and errors of others',
      'ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 192.0.2.1\n192.0.2.1 : - 1.5\n',
      [1.5],
    ],
    ['an address of IPv6', '2001:db8::1 : 0.5 0.7\n', [0.5, 0.7]],
    ['a fault', 'fping: error: must run as root?\n', []],
  ])('reads %s', (_, output, expected) => {
    expect(readFping(output, 5).map((time) => Number((time * 1000).toFixed(3)))).toEqual(expected)
  })
})

it('reads whatever is printed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(': ', '- ', '1 ', 'time=', 'seq=1 ', '\n', 'ms', 'é', '1e9 ')),
      (words) => {
        for (const read of [readFping, readPing])
          for (const time of read(words.join(''), 3)) expect(time).toBeGreaterThanOrEqual(0)
      },
    ),
  )
})
