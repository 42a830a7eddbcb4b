import { describe, expect, it } from 'vitest'

import { addressOfPeer, ownerOf, peerName } from '../../src/source/peer.ts'

describe('a peer', () => {
  it('is read from its name again', () => {
    for (const address of ['10.0.0.1', '::1', 'fe80::1'])
      expect(addressOfPeer(peerName(address, 5))).toBe(address)
    for (const none of ['unix', 'unknown', '', ':', '[', 'host:1'])
      expect(addressOfPeer(none)).toBeUndefined()
  })

  it('has the owner of its network of 64 bits where it has IPv6', () => {
    expect(ownerOf('2001:db8:1:2:3:4:5:6')).toBe(ownerOf('2001:db8:1:2::9'))
    expect(ownerOf('2001:db8::1')).toBe(ownerOf('2001:db8::2:0:0:1'))
    expect(ownerOf('2001:db8:1:2::')).not.toBe(ownerOf('2001:db8:1:3::'))
    expect(ownerOf('::ffff:10.0.0.1')).toBe('10.0.0.1')
    expect(ownerOf('fe80::1%eth0')).not.toBe(ownerOf('fe80::2%eth0'))
  })
})
