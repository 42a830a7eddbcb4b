import { describe, expect, it, vi } from 'vitest'

import { runOnce } from '../../../src/checks/run-once.ts'
import { snmpCheck } from '../../../src/checks/snmp/index.ts'
import { freePort } from '../../sockets.ts'
import { ber, berInteger } from '../ber.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'
import { type Asked, type Answer, serveSnmp } from './fake-agent.ts'

const host = '127.0.0.1'
const community = 'hunter2'

const hex = (tag: number, bytes: string): Buffer => ber(tag, Buffer.from(bytes, 'hex'))
const endOfMib = ber(0x82)

/** Answers from a list of objects in their order. */
const agentOf =
  (objects: readonly (readonly [string, Buffer])[]) =>
  ({ type, oids }: Asked): Answer => {
    if (type === 'get') return oids.map((oid) => objects.find(([name]) => name === oid) ?? [oid, ber(0x80)])
    const after = objects.filter(([oid]) => compare(oid, oids[0]!) > 0)
    if (type === 'next') return after.length === 0 ? 2 : after.slice(0, 1)
    return after.length < 5 ? [...after, [after.at(-1)?.[0] ?? oids[0]!, endOfMib]] : after.slice(0, 5)
  }

function compare(one: string, other: string): number {
  const [a, b] = [one.split('.').map(Number), other.split('.').map(Number)]
  for (const [at, part] of a.entries()) if (part !== b[at]) return part - (b[at] ?? -1)
  return a.length - b.length
}

describe('snmpCheck', () => {
  it('asks for objects, and takes their values as what they are', async () => {
    const values: Readonly<Record<string, Buffer>> = {
      integer: berInteger(-5),
      counter: hex(0x41, '00ffffffff'),
      gauge: hex(0x42, '00fffffffe'),
      ticks: hex(0x43, '0102'),
      big: hex(0x46, '00ffffffffffffffff'),
      small: hex(0x46, '07'),
      text: ber(4, 'eth0'),
      mac: hex(4, '001b213c'),
      address: hex(0x40, '7f000001'),
      oid: hex(6, '2b0601'),
      float: hex(0x44, '9f78043fc00000'),
      load: ber(4, ' 0.25'),
      code: berInteger(7),
      nothing: ber(0x80),
    }
    const names = Object.keys(values)
    const oidOf = (name: string): string => `1.3.6.1.4.1.${names.indexOf(name)}.0`
    const { port, asked } = await serveSnmp(agentOf(names.map((name) => [oidOf(name), values[name]!])))
    const oids = Object.fromEntries(names.map((name) => [name, oidOf(name)]))
    const result = await runOnce(
      snmpCheck({
        host,
        port,
        community,
        oids: {
          ...oids,
          load: { oid: oidOf('load'), kind: 'gauge' },
          code: { oid: `.${oidOf('code')}`, kind: 'text' },
        },
      }),
    )
    expect(result).toMatchObject({
      check: `snmp:127.0.0.1:${port}`,
      state: 'warning',
      available: 'yes',
      status: '1 of 14 objects have no value: nothing',
    })
    expect(measuredBy(result)).toEqual({
      integer: -5,
      counter: 'counter 4294967295',
      gauge: 4_294_967_294,
      ticks: 258,
      big: 'counter 18446744073709552000',
      small: 'counter 7',
      text: 'eth0',
      mac: '00:1b:21:3c',
      address: '127.0.0.1',
      oid: '1.3.6.1',
      float: 1.5,
      load: 0.25,
      code: '7',
    })
    const exact = result.samples.flatMap((sample) => ('exact' in sample ? [sample.exact] : []))
    expect(exact).toEqual([18_446_744_073_709_551_615n])
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ community })
  })

  const table = [1, 2, 10].flatMap((row) => [
    [`1.3.6.1.9.1.${row}`, ber(4, `port${row}`)] as const,
    [`1.3.6.1.9.2.${row}`, hex(0x46, `0${row % 10}`)] as const,
  ])
  table.sort(([one], [other]) => compare(one, other))
  const walk = { octets: '1.3.6.1.9.2' }
  const labels = { port: '1.3.6.1.9.1' }

  it.each(['1', '2c'] as const)('walks columns in version %s, with tags of their rows', async (version) => {
    const { port } = await serveSnmp(agentOf(table))
    const result = await runOnce(snmpCheck({ host, port, version, walk, labels }))
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toEqual({
      'octets|ST[index:1,port:port1]': 'counter 1',
      'octets|ST[index:10,port:port10]': 'counter 0',
      'octets|ST[index:2,port:port2]': 'counter 2',
    })
  })

  it('takes so many rows and no more, and warns', async () => {
    let requests = 0
    const { port } = await serveSnmp(({ oids }) => {
      requests += 1
      const last = Number(oids[0]!.split('.')[7] ?? 0)
      return Array.from({ length: 20 }, (_, at) => [`1.3.6.1.9.2.0.${last + at + 1}`, berInteger(1)])
    })
    const result = await runOnce(snmpCheck({ host, port, walk, maxRows: 50 }))
    expect(result).toMatchObject({ state: 'warning', status: 'there are more rows than are taken of octets' })
    expect(Object.keys(measuredBy(result))).toHaveLength(50)
    expect(requests).toBe(3)
  })

  it.each([
    ['the same', ['1.3.6.1.9.2.1']],
    ['a circle', ['1.3.6.1.9.2.1', '1.3.6.1.9.2.2', '1.3.6.1.9.2.1']],
    ['one before', ['1.3.6.1.9.2.10', '1.3.6.1.9.2.9']],
    ['what is elsewhere, between rows', ['1.3.6.1.9.9.1', '1.3.6.1.9.2.1']],
  ])('does not walk an agent that gives %s again and again', async (_, oids) => {
    const { port, asked } = await serveSnmp(() => oids.map((oid) => [oid, berInteger(1)]))
    const result = await runOnce(snmpCheck({ host, port, walk }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toBe(`127.0.0.1:${port} answered with objects that are not in their order`)
    expect(asked.length).toBeLessThan(3)
  })

  it('asks for less at once where all is too big, and where version 1 refuses all for one', async () => {
    const many = Array.from({ length: 120 }, (_, at) => [`1.3.6.1.9.3.${at}`, berInteger(at % 100)] as const)
    const oids = Object.fromEntries(many.map(([oid], at) => [`n${at}`, oid]))
    const small = await serveSnmp((asked) => (asked.oids.length > 10 ? 1 : agentOf(many)(asked)))
    const result = await runOnce(snmpCheck({ host, port: small.port, oids }))
    expect(result).toMatchObject({ state: 'good' })
    expect(Object.keys(measuredBy(result))).toHaveLength(120)
    const first = await serveSnmp((asked) =>
      asked.oids.includes('1.3.6.1.9.3.7') ? 2 : agentOf(many)(asked),
    )
    const options = { host, port: first.port, oids, version: '1' } as const
    expect(await runOnce(snmpCheck(options))).toMatchObject({
      state: 'warning',
      status: '1 of 120 objects have no value: n7',
    })
  })

  it('asks a function for the community', async () => {
    const { port, asked } = await serveSnmp(agentOf([['1.3.6.1.2.1.1.3.0', berInteger(1)]]))
    const result = await runOnce(snmpCheck({ host, port, community: async () => community }))
    expect(result).toMatchObject({ state: 'good' })
    expect(asked[0]).toMatchObject({ community })
  })

  it('is bad and available where there is no value, or an error', async () => {
    const empty = await serveSnmp(agentOf([]))
    expect(await runOnce(snmpCheck({ host, port: empty.port }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'none of 1 objects has a value',
    })
    expect(await runOnce(snmpCheck({ host, port: empty.port, walk }))).toMatchObject({ state: 'bad' })
    const ill = await serveSnmp(() => 5)
    const result = await runOnce(snmpCheck({ host, port: ill.port, community }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toBe(`127.0.0.1:${ill.port} answered with GeneralError`)
  })

  it('asks again, and is bad and not available without an answer', async () => {
    const silent = await serveSnmp(() => undefined)
    const options = { host, community, attempts: 2, retryMs: 30 }
    const result = await runOnce(snmpCheck({ ...options, port: silent.port }))
    expect(result).toMatchObject({ state: 'bad', available: 'no' })
    expect(result.status).toBe(`no answer from 127.0.0.1:${silent.port} to 2 requests`)
    expect(silent.asked).toHaveLength(2)
    let answers = 0
    const forgetful = await serveSnmp((asked) =>
      (answers += 1) === 1 ? undefined : agentOf([['1.3.6.1.2.1.1.3.0', berInteger(1)]])(asked),
    )
    const patient = { ...options, attempts: 50, retryMs: 100, port: forgetful.port }
    expect(await runOnce(snmpCheck(patient))).toMatchObject({ state: 'good' })
  })

  it('ends at its time-out', async () => {
    const { port, asked } = await serveSnmp(() => undefined)
    const result = await runOnce(snmpCheck({ host, port, retryMs: 60_000 }), { timeoutMs: 50 })
    expect(result).toMatchObject({ state: 'bad', reason: 'timed-out' })
    expect(asked).toHaveLength(1)
  })

  it('survives whatever is answered, and shows no community', async () => {
    const options = { host, community, attempts: 1, retryMs: 50 }
    const answers: readonly Answer[] = [
      Buffer.from('garbage'),
      Buffer.alloc(0),
      Buffer.alloc(60_000, 0x30),
      Buffer.from('30820fff', 'hex'),
      [],
      [['1.3.6.1.2.1.1.9.0', berInteger(1)]],
      [['1.3.6.1.2.1.1.3.0', hex(0x99, '00')]],
      [['1.3.6.1.2.1.1.3.0', hex(0x46, '00'.repeat(2000))]],
    ]
    for (const answer of answers)
      for (const more of [{}, { walk }]) {
        const { port } = await serveSnmp(() => answer)
        const result = await runOnce(snmpCheck({ ...options, port, ...more }))
        expect(result, JSON.stringify(answer).slice(0, 60)).toMatchObject({ state: 'bad' })
        expectNoSecret(result, community)
      }
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('udp')
    expect(await runOnce(snmpCheck({ host, port }))).toMatchObject({
      state: 'bad',
      available: 'no',
      status: `no answer from 127.0.0.1:${port}: ECONNREFUSED`,
    })
  })

  it('is unknown without its package, and says how to install it', async () => {
    vi.doMock('net-snmp', () => {
      throw new Error('Cannot find package')
    })
    const result = await runOnce(snmpCheck({ host }))
    vi.doUnmock('net-snmp')
    expect(result).toMatchObject({ state: 'unknown', available: 'unknown' })
    expect(result.status).toBe(
      'PROTOCOL_PEER_MISSING: this check needs the package net-snmp; install it: npm install net-snmp',
    )
  })

  it('refuses wrong options at the call', () => {
    const user = { name: 'robin' }
    for (const options of [
      { version: '3' },
      { user },
      { version: '3', user: { ...user, authKey: 'long enough' } },
      { version: '3', user: { ...user, authProtocol: 'sha', authKey: 'short' } },
      { version: '3', user: { ...user, privProtocol: 'aes', privKey: 'long enough' } },
      { version: '3', user: { name: 'robin', password: 'x' } },
      { oids: { a: '1.x' } },
      { oids: { a: { oid: '1.3.6', kind: 'delta' } } },
      { walk: { a: '1.3.99999999999' } },
      { maxRows: 0 },
      { community: '' },
    ])
      expect(() => snmpCheck({ host, ...options } as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})
