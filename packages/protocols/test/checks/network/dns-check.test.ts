import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:net'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { systemServers } from '../../../src/checks/network/dns/system-servers.ts'
import { dnsCheck, type DnsCheckOptions } from '../../../src/checks/network/dns-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { listen } from '../exchange/run.ts'
import { measuredBy } from '../scripted-server.ts'
import { answerTo, endOf, extensionOf, record, toQuestion, u16, u32, wireName } from './dns/message.ts'
import { serveUdp } from './udp-server.ts'

const nameserver = '127.0.0.1'
const address = (last: number, ttl = 300): Buffer => record(toQuestion, 1, ttl, Buffer.of(192, 0, 2, last))
const check = (port: number, options: Partial<DnsCheckOptions> = {}): ReturnType<typeof dnsCheck> =>
  dnsCheck({ query: 'a.test', nameserver, port, ...options })

describe('dnsCheck', () => {
  it('measures the answers, sorted, with the time for which all of them hold', async () => {
    const { port } = await serveUdp((question) => [answerTo(question, [address(9), address(10, 60)], 0x8580)])
    const looked = check(port)
    const result = await runOnce(looked)
    expect(looked).toMatchObject({ name: 'dns:a.test/A@127.0.0.1', host: nameserver })
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(measuredBy(result)).toEqual({
      rtt: expect.any(Number),
      rcode: 'NOERROR',
      authoritative: 1,
      answers: 2,
      answer: '192.0.2.10, 192.0.2.9',
      ttl: 60,
    })
  })

  it('follows aliases, and takes no record that they do not lead to', async () => {
    const alias = (from: Buffer, to: string): Buffer => record(from, 5, 30, wireName(to))
    const { port } = await serveUdp((question) => [
      answerTo(question, [
        alias(toQuestion, 'b.test'),
        alias(wireName('B.test'), 'c.test'),
        alias(wireName('c.test'), 'b.test'),
        record(wireName('d.test'), 1, 5, Buffer.of(1, 1, 1, 1)),
      ]),
    ])
    expect(await runOnce(check(port))).toMatchObject({ state: 'bad', status: 'it has no record of type A' })
    const { port: other } = await serveUdp((question) => [
      answerTo(question, [
        alias(toQuestion, 'b.test'),
        record(wireName('b.TEST'), 1, 5, Buffer.of(1, 1, 1, 1)),
      ]),
    ])
    expect(measuredBy(await runOnce(check(other)))).toMatchObject({ cname: 'b.test', answer: '1.1.1.1' })
    expect(measuredBy(await runOnce(check(other, { type: 'CNAME' })))).toMatchObject({ answer: 'b.test' })
  })

  it('reads so many records and no more, and says so', async () => {
    const longest = Array.from({ length: 120 }, () => 'x').join('.')
    const mail = (preference: number, name: Buffer): Buffer =>
      record(toQuestion, 15, 60, Buffer.concat([u16(preference), name]))
    const begin = 12 + wireName('a.test').length + 4
    const many = Array.from({ length: 3999 }, (_, at) => mail(at, u16(0xc000 + begin + 14)))
    const { port } = await serveUdp((question) => [
      answerTo(question, [mail(4000, wireName(longest)), ...many]),
    ])
    const result = await runOnce(check(port, { type: 'MX' }))
    expect(measuredBy(result)).toMatchObject({ answers: 500 })
    expect(result).toMatchObject({
      state: 'warning',
      status: 'it answered with more records than the 500 that are read',
    })
    const wrong = await runOnce(check(port, { type: 'MX', expect: '1 mail.test' }))
    expect(wrong).toMatchObject({ state: 'bad', status: expect.stringMatching(/expected "1 mail.test"$/) })
  })

  it('measures the fields of a SOA', async () => {
    const data = Buffer.concat([wireName('ns.a.test'), wireName('hostmaster.a.test'), u32(7, 1, 2, 3, 4)])
    const { port } = await serveUdp((question) => [answerTo(question, [record(toQuestion, 6, 60, data)])])
    expect(measuredBy(await runOnce(check(port, { type: 'SOA' })))).toMatchObject({
      'name-server': 'ns.a.test',
      'email-addr': 'hostmaster.a.test',
      serial: 7,
      refresh: 1,
      retry: 2,
      expiry: 3,
      minimum: 4,
    })
  })

  it.each([
    [['192.0.2.9', '192.0.2.10'], 'good', undefined],
    [['192.0.2.10', '192.0.2.9', '192.0.2.9'], 'good', undefined],
    ['192.0.2.9', 'bad', 'it answered "192.0.2.10, 192.0.2.9", expected "192.0.2.9"'],
  ] as const)('expects %j, which is %s', async (expected, state, status) => {
    const { port } = await serveUdp((question) => [answerTo(question, [address(9), address(10)])])
    expect(await runOnce(check(port, { expect: expected }))).toMatchObject({
      state,
      ...(status !== undefined && { status }),
    })
  })

  it('takes names and addresses that are written in another way for the same', async () => {
    const ipv6 = Buffer.from('20010db8000000000000000000000001', 'hex')
    const { port } = await serveUdp((question) => [
      answerTo(question, [
        question.readUInt16BE(endOf(question) - 4) === 28
          ? record(toQuestion, 28, 1, ipv6)
          : record(toQuestion, 15, 1, Buffer.concat([u16(10), wireName('Mail.test')])),
      ]),
    ])
    expect(await runOnce(check(port, { type: 'AAAA', expect: '2001:0DB8:0::1' }))).toMatchObject({
      state: 'good',
    })
    expect(await runOnce(check(port, { type: 'MX', expect: '10  mail.TEST.' }))).toMatchObject({
      state: 'good',
    })
  })

  it('is bad by the code, and good by one that is expected', async () => {
    const { port } = await serveUdp((question) => [answerTo(question, [], 0x8183)])
    const result = await runOnce(check(port))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'it answered NXDOMAIN, expected NOERROR',
    })
    expect(measuredBy(result)).toMatchObject({ rcode: 'NXDOMAIN', answers: 0 })
    expect(await runOnce(check(port, { expectCode: 'NXDOMAIN' }))).toMatchObject({ state: 'good' })
  })

  it('asks for the host of an address', async () => {
    let asked = ''
    const { port } = await serveUdp((question) => {
      asked = question.toString('latin1', 12, endOf(question) - 4)
      return [answerTo(question, [record(toQuestion, 12, 1, wireName('host.a.test'))])]
    })
    expect(measuredBy(await runOnce(check(port, { query: '192.0.2.7', type: 'PTR' })))).toMatchObject({
      answer: 'host.a.test',
    })
    expect(asked).toBe(wireName('7.2.0.192.in-addr.arpa').toString('latin1'))
  })

  it('passes over what is no answer to its question', async () => {
    const { port } = await serveUdp((question) => {
      const good = answerTo(question, [address(1)])
      const otherId = Buffer.from(good)
      otherId.writeUInt16BE(question.readUInt16BE(0) ^ 1, 0)
      const otherName = Buffer.from(answerTo(question, [address(2)]))
      otherName.write('b', 13)
      return [Buffer.of(1), question, otherId, otherName, good]
    })
    expect(measuredBy(await runOnce(check(port)))).toMatchObject({ answer: '192.0.2.1' })
  })

  it('takes no answer from anywhere else', async () => {
    const stranger = createSocket('udp4')
    onTestFinished(() => void stranger.close())
    const server = createSocket('udp4')
    onTestFinished(() => void server.close())
    server.on('message', (question, peer) => {
      stranger.send(answerTo(question, [address(66)]), peer.port, peer.address, () =>
        server.send(answerTo(question, [address(1)]), peer.port, peer.address),
      )
    })
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    expect(measuredBy(await runOnce(check(server.address().port)))).toMatchObject({ answer: '192.0.2.1' })
  })

  it('is bad and available where the answer is malformed', async () => {
    const { port } = await serveUdp((question) => [answerTo(question, [Buffer.of(0xc0, 0xff)])])
    expect(await runOnce(check(port))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: `the answer of 127.0.0.1:${port} is malformed: a name refers to what is not before it`,
    })
  })

  describe('where the answer does not fit a datagram', () => {
    /** Listens by TCP where it does so by UDP. */
    async function serveBoth(reply: (question: Buffer) => Uint8Array): Promise<number> {
      const port = await listen(
        createServer((socket) =>
          socket.on('data', (data) => {
            const answer = reply(data.subarray(2))
            socket.write(Buffer.concat([u16(answer.length), answer]))
          }),
        ),
      )
      const udp = createSocket('udp4')
      udp.on('message', (question, peer) => udp.send(answerTo(question, [], 0x8380), peer.port, peer.address))
      udp.bind(port, '127.0.0.1')
      await once(udp, 'listening')
      onTestFinished(() => void udp.close())
      return port
    }

    it('asks again over TCP, and measures each phase once', async () => {
      const many = Array.from({ length: 200 }, (_, last) => address(last))
      const port = await serveBoth((question) => answerTo(question, many))
      const result = await runOnce(check(port))
      expect(result).toMatchObject({ state: 'good' })
      expect(measuredBy(result)).toMatchObject({ answers: 200 })
      const keys = result.samples.map(({ series }) => series.key)
      expect(new Set(keys).size).toBe(keys.length)
    })

    it('asks over TCP at once where it shall', async () => {
      const port = await serveBoth((question) => answerTo(question, [address(1)]))
      const result = await runOnce(check(port, { transport: 'tcp' }))
      expect(result.samples.map(({ series }) => series.metric)).toContain('tt_connect')
      expect(measuredBy(result)).toMatchObject({ answer: '192.0.2.1' })
    })

    it('is bad where that is one to another question, malformed, or too short', async () => {
      const other = await serveBoth((question) => Buffer.concat([Buffer.of(1, 2), question.subarray(2)]))
      expect(await runOnce(check(other))).toMatchObject({
        state: 'bad',
        available: 'yes',
        status: `the answer of 127.0.0.1:${other} is malformed: it is one to another question`,
      })
      const broken = await serveBoth((question) => answerTo(question, [Buffer.of(0xc0, 0xff)]))
      expect(await runOnce(check(broken))).toMatchObject({ state: 'bad', available: 'yes' })
      const empty = await serveBoth(() => Buffer.alloc(0))
      expect(await runOnce(check(empty))).toMatchObject({ state: 'bad', available: 'yes' })
    })
  })

  it('is not available where nobody is there, or nobody answers', async () => {
    const port = await freePort('udp')
    expect(await runOnce(check(port))).toMatchObject({ state: 'bad', available: 'no' })
    const silent = await serveUdp(() => [])
    expect(await runOnce(check(silent.port), { timeoutMs: 100 })).toMatchObject({ reason: 'timed-out' })
  })

  describe('where it asks the servers of the system', () => {
    const systemHas = (servers: readonly string[]): void => {
      const spy = vi.spyOn(Resolver.prototype, 'getServers').mockReturnValue([...servers])
      onTestFinished(() => spy.mockRestore())
    }
    const serveGood = async (): Promise<string> => {
      const { port } = await serveUdp((question) => [answerTo(question, [address(1)])])
      return `127.0.0.1:${port}`
    }
    const looked = dnsCheck({ query: 'a.test' })

    it('knows their addresses and ports', () => {
      systemHas(['192.0.2.1', '192.0.2.1:5353', '2001:db8::1', '[2001:db8::1]:5353'])
      expect(systemServers()).toEqual([
        { host: '192.0.2.1', port: 53 },
        { host: '192.0.2.1', port: 5353 },
        { host: '2001:db8::1', port: 53 },
        { host: '2001:db8::1', port: 5353 },
      ])
    })

    it('takes the answer of the first, and says whose it is', async () => {
      const [first, silent] = [await serveGood(), await serveUdp(() => [])]
      systemHas([first, `127.0.0.1:${silent.port}`])
      const measured = measuredBy(await runOnce(looked))
      expect(measured).toMatchObject({ answer: '192.0.2.1', nameserver: first })
      expect(silent.asked()).toBe(0)
    })

    it('asks the next one where one hangs, or is gone, by either transport', async () => {
      const silent = await serveUdp(() => [])
      const hanging = await listen(createServer())
      const good = await serveGood()
      systemHas([`127.0.0.1:${silent.port}`, `127.0.0.1:${await freePort('udp')}`, good])
      const result = await runOnce(looked)
      expect(result).toMatchObject({ state: 'good', available: 'yes' })
      expect(measuredBy(result)).toMatchObject({ nameserver: good })
      expect(silent.asked()).toBe(1)
      const answering = await listen(
        createServer((socket) =>
          socket.on('data', (data) => {
            const answer = answerTo(data.subarray(2), [address(1)])
            socket.write(Buffer.concat([u16(answer.length), answer]))
          }),
        ),
      )
      systemHas([`127.0.0.1:${hanging}`, `127.0.0.1:${answering}`])
      const overTcp = await runOnce(dnsCheck({ query: 'a.test', transport: 'tcp' }))
      expect(measuredBy(overTcp)).toMatchObject({ nameserver: `127.0.0.1:${answering}` })
      const keys = overTcp.samples.map(({ series }) => series.key)
      expect(new Set(keys).size).toBe(keys.length)
    })

    it('takes a bad answer of the first for one', async () => {
      const { port } = await serveUdp((question) => [answerTo(question, [Buffer.of(0xc0, 0xff)])])
      const refusing = await serveUdp((question) => [answerTo(question, [], 0x8182)])
      systemHas([`127.0.0.1:${port}`, await serveGood()])
      expect(await runOnce(looked)).toMatchObject({ state: 'bad', available: 'yes' })
      systemHas([`127.0.0.1:${refusing.port}`, await serveGood()])
      expect(await runOnce(looked)).toMatchObject({ status: 'it answered SERVFAIL, expected NOERROR' })
    })

    it('is not available where none of them answers, and keeps to its time-out', async () => {
      const gone = [await freePort('udp'), await freePort('udp')].map((port) => `127.0.0.1:${port}`)
      systemHas(gone)
      expect(await runOnce(looked)).toMatchObject({
        state: 'bad',
        available: 'no',
        status: `no answer from any of ${gone.join(', ')}`,
      })
      const silent = await serveUdp(() => [])
      systemHas([`127.0.0.1:${silent.port}`, gone[0]!])
      expect(await runOnce(looked, { timeoutMs: 50 })).toMatchObject({ reason: 'timed-out' })
    })

    it('is unknown where the system has none', async () => {
      systemHas([])
      expect(await runOnce(looked)).toMatchObject({
        state: 'unknown',
        available: 'unknown',
        status: 'this system has no name server; name one by the option "nameserver"',
      })
    })
  })

  describe('by EDNS', () => {
    it('says that 1232 bytes may come in a datagram, and takes them', async () => {
      const questions: Buffer[] = []
      const many = Array.from({ length: 70 }, (_, last) => address(last))
      const { port } = await serveUdp((question) => {
        questions.push(Buffer.from(question))
        return [answerTo(question, many, 0x81a0)]
      })
      expect(measuredBy(await runOnce(check(port)))).toMatchObject({ answers: 70 })
      expect(extensionOf(questions[0]!).toString('hex')).toBe('00002904d0000000000000')
      const measured = measuredBy(await runOnce(check(port, { dnssec: true })))
      expect(measured).toMatchObject({ authenticated: 1 })
      expect(extensionOf(questions[1]!).toString('hex')).toBe('00002904d0000080000000')
      expect(questions.map((question) => question.readUInt16BE(10))).toEqual([1, 1])
    })

    it('asks without where a server does not understand it, or drops it', async () => {
      for (const flags of [0x8181, 0x8184, undefined]) {
        const { port } = await serveUdp((question) => {
          if (extensionOf(question).length === 0) return [answerTo(question, [address(1)])]
          return flags === undefined ? [] : [answerTo(question, [], flags)]
        })
        const result = await runOnce(check(port, { dnssec: true }))
        expect(measuredBy(result), String(flags)).toMatchObject({ answer: '192.0.2.1', authenticated: 0 })
      }
      const { port, asked } = await serveUdp((question) => [answerTo(question, [], 0x8181)])
      expect(await runOnce(check(port))).toMatchObject({ status: 'it answered FORMERR, expected NOERROR' })
      expect(asked()).toBe(2)
    })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      {},
      { query: 'a..b' },
      { query: 'a', type: 'ANY' },
      { query: 'a', port: 0 },
      { query: 'a', transport: 'quic' },
      { query: 'a', expect: [] },
      { query: 'a', expect: [''] },
      { query: 'a', expectCode: 'BAD' },
      { query: 'a', recursion: 1 },
      { query: 'a', dnssec: 1 },
    ])
      expect(() => dnsCheck(options as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(dnsCheck({ query: 'a.test', type: 'MX' })).toMatchObject({ name: 'dns:a.test/MX' })
    expect(dnsCheck({ query: 'a.test' })).not.toHaveProperty('host')
  })
})
