import { describe, expect, it } from 'vitest'

import { decodeNtpAnswer } from '../../../../src/checks/network/ntp/ntp-packet.ts'

const nonce = Buffer.alloc(8, 7)

describe('decodeNtpAnswer', () => {
  it('reads times on either side of the day in 2036 when they begin anew', () => {
    const begin = Date.UTC(2036, 1, 7, 6, 28, 16)
    const packet = Buffer.alloc(48)
    packet[0] = 0x24
    packet.set(nonce, 24)
    packet.writeUInt32BE(2 ** 32 - 2, 32)
    packet.writeUInt32BE(1, 40)
    packet.writeUInt32BE(2 ** 31, 44)
    for (const now of [begin - 1e6, begin, begin + 1e6])
      expect(decodeNtpAnswer(packet, nonce, now)).toMatchObject({
        receivedAt: begin - 2000,
        sentAt: begin + 1500,
      })
  })
})
