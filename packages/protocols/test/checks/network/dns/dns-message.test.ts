import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  decodeAnswer,
  type DnsQuestion,
  encodeQuestion,
} from '../../../../src/checks/network/dns/dns-message.ts'
import { BadDnsMessage } from '../../../../src/checks/network/dns/domain-name.ts'
import { type DnsRecordType, recordTypes } from '../../../../src/checks/network/dns/record-types.ts'
import { answerTo, record, toQuestion, u16, u32, wireName } from './message.ts'

const id = 0x1234
const ask = (type: DnsRecordType): DnsQuestion => ({
  name: wireName('Example.org'),
  type: recordTypes[type],
  recursion: true,
})
const soa = Buffer.concat([wireName('ns.a.test'), wireName('host\\.master.a.test'), u32(7, 1, 2, 3, 4)])

describe('an answer of a name server', () => {
  it.each([
    ['A', Buffer.of(192, 0, 2, 1), '192.0.2.1'],
    ['AAAA', Buffer.from('20010db8000000000000000000000001', 'hex'), '2001:db8::1'],
    ['NS', wireName('ns.a.test'), 'ns.a.test'],
    ['CNAME', toQuestion, 'Example.org'],
    ['PTR', Buffer.concat([Buffer.of(1, 0x61), toQuestion]), 'a.Example.org'],
    ['MX', Buffer.concat([u16(10), wireName('mail.a.test')]), '10 mail.a.test'],
    ['MX', Buffer.concat([u16(0), wireName('.')]), '0 .'],
    ['SRV', Buffer.concat([u16(1, 2, 443), wireName('a.test')]), '1 2 443 a.test'],
    ['TXT', Buffer.from('\u0003v=s\u0004pf1 '), 'v=spf1 '],
    ['CAA', Buffer.from('\u0000\u0005issueca.test'), '0 issue "ca.test"'],
    ['SOA', soa, 'ns.a.test host\\.master.a.test 7 1 2 3 4'],
  ] as const)('has a record of type %s', (type, data, text) => {
    const question = ask(type)
    const message = answerTo(encodeQuestion(id, question), [record(toQuestion, question.type, 60, data)])
    expect(decodeAnswer(message, id, question)).toMatchObject({
      code: 'NOERROR',
      truncated: false,
      authoritative: false,
      records: [{ name: 'Example.org', ttl: 60, text }],
    })
    // Nothing of it may be missing, nor be too much.
    for (const size of [data.length - 1, data.length + 1]) {
      const other = Buffer.alloc(size)
      data.copy(other)
      const wrong = answerTo(encodeQuestion(id, question), [record(toQuestion, question.type, 60, other)])
      if (type !== 'TXT' && type !== 'CAA')
        expect(() => decodeAnswer(wrong, id, question), String(size)).toThrow(BadDnsMessage)
    }
  })

  it('has its fields where it is a SOA', () => {
    const question = ask('SOA')
    const message = answerTo(encodeQuestion(id, question), [record(toQuestion, 6, 60, soa)], 0x8580)
    expect(decodeAnswer(message, id, question)).toMatchObject({
      authoritative: true,
      records: [
        {
          soa: {
            'name-server': 'ns.a.test',
            'email-addr': 'host\\.master.a.test',
            serial: 7,
            refresh: 1,
            retry: 2,
            expiry: 3,
            minimum: 4,
          },
        },
      ],
    })
  })

  it('is none where its number, its question or its direction is another', () => {
    const question = ask('A')
    const asked = encodeQuestion(id, question)
    const message = answerTo(asked, [])
    expect(decodeAnswer(message, id + 1, question)).toBeUndefined()
    expect(decodeAnswer(asked, id, question)).toBeUndefined()
    expect(decodeAnswer(message, id, ask('AAAA'))).toBeUndefined()
    expect(decodeAnswer(message, id, { ...question, name: wireName('example.com') })).toBeUndefined()
    expect(decodeAnswer(answerTo(asked, [], 0x9180), id, question)).toBeUndefined()
    expect(decodeAnswer(message.subarray(0, 11), id, question)).toBeUndefined()
    // But for the case of its letters.
    expect(decodeAnswer(message, id, { ...question, name: wireName('eXAMPLE.ORG') })).toBeDefined()
  })

  it('says its code, also without the question', () => {
    const question = ask('A')
    const asked = encodeQuestion(id, question)
    expect(decodeAnswer(answerTo(asked, [], 0x8183), id, question)).toMatchObject({ code: 'NXDOMAIN' })
    expect(decodeAnswer(answerTo(asked, [], 0x818f), id, question)).toMatchObject({ code: 'RCODE15' })
    const short = Buffer.concat([u16(id, 0x8181, 0, 0, 0, 0)])
    expect(decodeAnswer(short, id, question)).toMatchObject({ code: 'FORMERR', records: [] })
    expect(decodeAnswer(Buffer.concat([u16(id, 0x8180, 0, 0, 0, 0)]), id, question)).toBeUndefined()
  })

  it('is read, or is malformed, whatever follows its question', () => {
    const question = ask('TXT')
    const asked = encodeQuestion(id, question)
    const bytes = fc.uint8Array({ maxLength: 200 })
    const records = fc.array(
      fc
        .tuple(fc.constantFrom(1, 2, 5, 6, 12, 15, 16, 28, 33, 257), bytes)
        .map(([type, data]) => record(toQuestion, type, 1, data)),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(records, bytes, fc.constantFrom(...Object.values(recordTypes)), (some, rest, type) => {
        const other = { ...question, type }
        const message = Buffer.concat([answerTo(encodeQuestion(id, other), some), rest])
        message.writeUInt16BE(some.length + 2, 6)
        try {
          expect(decodeAnswer(message, id, other)).toBeDefined()
        } catch (error) {
          expect(error).toBeInstanceOf(BadDnsMessage)
        }
      }),
    )
    expect(() => decodeAnswer(answerTo(asked, [Buffer.of(0, 0)]), id, question)).toThrow(BadDnsMessage)
  })
})
