import { describe, expect, it } from 'vitest'

import { dnsCheck, pingCheck, tcpCheck } from '../../../src/checks/index.ts'
import { isHost, targetName } from '../../../src/checks/exchange/target.ts'

describe('targetName', () => {
  it('is written as people do, with the brackets of IPv6 once', () => {
    expect(targetName({ host: 'db.test', port: 25 })).toBe('db.test:25')
    expect(targetName({ host: '::1', port: 25 })).toBe('[::1]:25')
    expect(targetName({ host: '[::1]', port: 25 })).toBe('[::1]:25')
    expect(targetName({ path: '/run/db' })).toBe('/run/db')
  })
})

describe('a host', () => {
  it('is an address or has the form of a name, as a check must have one at the call', () => {
    for (const host of [
      'db',
      'db.test.',
      '127.0.0.1',
      '::1',
      '[::1]',
      'fe80::1%eth0',
      '_dc.test',
      'bücher.test',
    ])
      expect([host, isHost(host)]).toEqual([host, true])
    for (const host of [
      '',
      '.',
      'a b',
      'a\nb',
      '127.0.0.1\0',
      'db:80',
      'user@db',
      '../db',
      '[db]:80',
      'x'.repeat(254),
    ]) {
      expect([host, isHost(host)]).toEqual([host, false])
      expect(() => tcpCheck({ host, port: 80 })).toThrow('PROTOCOL_BAD_OPTION')
      expect(() => pingCheck({ host })).toThrow('PROTOCOL_BAD_OPTION')
      expect(() => dnsCheck({ query: 'db.test', nameserver: host })).toThrow('PROTOCOL_BAD_OPTION')
    }
  })
})
