import { expect, it } from 'vitest'

import { proxyHeader } from '../../../src/checks/mail/proxy-header.ts'

const connection = {
  localAddress: '192.0.2.1',
  localPort: 40_000,
  remoteAddress: '192.0.2.25',
  remotePort: 25,
}

it('says of a connection what it is, but for what is said otherwise', () => {
  expect(proxyHeader({}, connection)).toBe('PROXY TCP4 192.0.2.1 192.0.2.25 40000 25\r\n')
  const other = { source: '198.51.100.7', sourcePort: 0, destination: '203.0.113.1', destinationPort: 587 }
  expect(proxyHeader(other, connection)).toBe('PROXY TCP4 198.51.100.7 203.0.113.1 0 587\r\n')
})

it('leaves out the zone of an address, which nobody else knows', () => {
  const local = { ...connection, localAddress: 'fe80::1%eth0', remoteAddress: 'fe80::2%eth0' }
  expect(proxyHeader({}, local)).toBe('PROXY TCP6 fe80::1 fe80::2 40000 25\r\n')
})

it('writes both addresses in one family', () => {
  expect(proxyHeader({ source: '2001:db8::1' }, connection)).toBe(
    'PROXY TCP6 2001:db8::1 ::ffff:192.0.2.25 40000 25\r\n',
  )
})
