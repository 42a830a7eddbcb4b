// Packets of collectd's size, handed over in memory: opening and parsing, no sockets. Processor time, for others share the machine.
import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { createCollectdJsonParser, createCollectdParser } from '@tocsin/protocols/engine'

import { createPacketOpener } from '../../packages/protocols/src/collectd/sealed-packet.ts'
import { compare } from '../measure.mjs'

const repeats = Number(process.env.BENCH_REPEATS ?? 20_000)
const folder = new URL('../../packages/protocols/test/collectd/captures/', import.meta.url)
const capture = (name) =>
  Buffer.from(readFileSync(new URL(`collectd-${name}.hex`, folder), 'latin1').trim(), 'hex')
const plain = capture('plain-1')

const part = (type, ...pieces) => {
  const body = Buffer.concat(pieces)
  const header = Buffer.alloc(4)
  header.writeUInt16BE(type)
  header.writeUInt16BE(4 + body.length, 2)
  return Buffer.concat([header, body])
}
const user = Buffer.from('alice')
const hmac = createHmac('sha256', 's3cret').update(user).update(plain).digest()
const signed = Buffer.concat([part(0x200, hmac, user), plain])
const iv = Buffer.alloc(16, 7)
const cipher = createCipheriv('aes-256-ofb', createHash('sha256').update('s3cret').digest(), iv)
const sealed = cipher.update(Buffer.concat([createHash('sha1').update(plain).digest(), plain]))
const encrypted = part(0x210, Buffer.from([0, user.length]), user, iv, sealed)

/** Values of a second of processor time. */
const perSecond = (work) => {
  let values = 0
  const sink = {
    sample: () => {
      values += 1
    },
    problem: ({ message }) => {
      throw new Error(message)
    },
  }
  const before = process.cpuUsage()
  work(sink)
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  return { figure: values / seconds, secondsPerMillion: (seconds / values) * 1e6 }
}

const packets = (packet, level) => () => {
  const parser = createCollectdParser()
  const open = createPacketOpener(level, new Map([['alice', 's3cret']]))
  return perSecond((sink) => {
    for (let repeat = 0; repeat < repeats; repeat++)
      open(packet, sink.problem, (payload) => parser.parse(payload, 0, sink))
  })
}

const lists = Array.from({ length: 100 }, (_, index) => ({
  ...{
    values: [index * 1e9, index],
    dstypes: ['derive', 'derive'],
    dsnames: ['rx', 'tx'],
    time: 1_700_000_000.123,
  },
  ...{ interval: 10, host: 'web-1.example.com', plugin: 'interface', plugin_instance: `eth${index}` },
  ...{ type: 'if_octets', type_instance: '', meta: { 'network:received': true } },
}))
const body = Buffer.from(JSON.stringify(lists))
const json = () => {
  const parser = createCollectdJsonParser()
  return perSecond((sink) => {
    for (let repeat = 0; repeat < repeats / 4; repeat++) parser.parse(body, 0, sink)
  })
}

export default [
  {
    title: 'collectd: opening and parsing',
    unit: 'values/s',
    text: 'A packet that collectd 5.12 has sent, 45 values in 1.3 kB, over and over, and a body of `write_http` with 200 values. Values of one second of processor time.',
    rows: await compare([
      { name: '@tocsin/protocols', group: 'plain', note: 'plain', run: packets(plain, 'none') },
      { name: '@tocsin/protocols', group: 'signed', note: 'signed', run: packets(signed, 'sign') },
      {
        name: '@tocsin/protocols',
        group: 'encrypted',
        note: 'encrypted',
        run: packets(encrypted, 'encrypt'),
      },
      { name: '@tocsin/protocols', group: 'write_http', note: 'JSON of write_http', run: json },
    ]),
  },
]
