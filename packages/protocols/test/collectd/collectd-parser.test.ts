import { describe, expect, it } from 'vitest'

import { createCollectdParser } from '../../src/collectd/collectd-parser.ts'
import { ProtocolError } from '../../src/errors.ts'
import { arrival, brief, collect } from '../collect.ts'
import {
  absolute,
  capture,
  counter,
  derive,
  gauge,
  highResolution,
  number,
  partOf,
  signed,
  encrypted,
  text,
  values,
} from './packets.ts'

const named = [text(0, 'web1'), text(2, 'p'), text(4, 't')]
const packet = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([...named, ...parts])
const take = (bytes: Uint8Array, options = {}) => collect(createCollectdParser(options), bytes)
const briefs = (bytes: Uint8Array, options = {}): readonly string[] => take(bytes, options).samples.map(brief)
const reasons = (bytes: Uint8Array): readonly string[] =>
  take(bytes).problems.map(({ reason, start, end }) => `${reason} ${start}-${end}`)

describe('createCollectdParser', () => {
  it('reads what collectd 5.12 sends', () => {
    const { samples, problems } = take(capture('plain-1'))
    expect(problems).toEqual([])
    expect(samples).toHaveLength(45)
    expect(samples.map(brief).slice(2, 5)).toEqual([
      'load.load.longterm|ST[host:tocsin-host] gauge 0.8291015625 @1795175498941.905',
      'memory.memory|ST[host:tocsin-host,type_instance:used] gauge 445657088 @1795175498941.917',
      'memory.memory|ST[host:tocsin-host,type_instance:buffered] gauge 23379968 @1795175498941.917',
    ])
    expect(samples.map(brief)).toContain(
      'interface.if_octets.rx|ST[host:tocsin-host,plugin_instance:eth0] counter 876031972 @1795175498942.104',
    )
  })

  it('gives each kind of value its own kind of sample, beyond 2^53 with all digits', () => {
    const list = values(
      ...[counter(5n), counter(2n ** 64n - 1n), derive(-5n), derive(-(2n ** 63n)), derive(2n ** 53n + 1n)],
      ...[absolute(7n), absolute(2n ** 63n + 1n), gauge(-0.5), gauge(1e300)],
    )
    expect(briefs(packet(list))).toEqual([
      'p.t.0|ST[host:web1] counter 5',
      `p.t.1|ST[host:web1] counter ${2 ** 64} =18446744073709551615`,
      'p.t.2|ST[host:web1] counter -5',
      `p.t.3|ST[host:web1] counter ${-(2 ** 63)} =-9223372036854775808`,
      `p.t.4|ST[host:web1] counter ${2 ** 53} =9007199254740993`,
      'p.t.5|ST[host:web1] delta 7',
      `p.t.6|ST[host:web1] delta ${2 ** 63} =9223372036854775809`,
      'p.t.7|ST[host:web1] gauge -0.5',
      'p.t.8|ST[host:web1] gauge 1e+300',
    ])
  })

  it('lets names and times hold until others come, and an empty one clear an instance', () => {
    const one = values(gauge(1))
    const bytes = packet(
      ...[text(3, 'a'), text(5, 'x'), number(1, 1_700_000_001n), one],
      ...[text(5, ''), number(8, highResolution(1_700_000_002.5)), one],
      ...[text(3, ''), text(0, 'web2'), one],
    )
    expect(briefs(bytes)).toEqual([
      'p.t|ST[host:web1,plugin_instance:a,type_instance:x] gauge 1 @1700000001000',
      'p.t|ST[host:web1,plugin_instance:a] gauge 1 @1700000002500',
      'p.t|ST[host:web2] gauge 1 @1700000002500',
    ])
    expect(take(bytes).samples[0]).toMatchObject({ receivedAt: arrival })
  })

  it('keeps nothing of one packet for the next', () => {
    const parser = createCollectdParser()
    collect(parser, packet(number(1, 1n), values(gauge(1))))
    expect(collect(parser, values(gauge(1))).problems).toMatchObject([{ reason: 'bad-name' }])
    expect(collect(parser, packet(values(gauge(1)))).samples).toMatchObject([{ time: arrival }])
  })

  it('names the values of a list by the types of collectd, by a types.db, or by their number', () => {
    const list = (type: string, count: number): Buffer =>
      Buffer.concat([
        text(0, 'h'),
        text(2, 'p'),
        text(4, type),
        values(...Array.from({ length: count }, () => gauge(0))),
      ])
    const metrics = (bytes: Uint8Array, typesDb?: string): readonly string[] =>
      take(bytes, { typesDb }).samples.map(({ series }) => series.metric)
    expect(metrics(list('if_octets', 2))).toEqual(['p.if_octets.rx', 'p.if_octets.tx'])
    expect(metrics(list('if_octets', 3))).toEqual(['p.if_octets.0', 'p.if_octets.1', 'p.if_octets.2'])
    expect(metrics(list('own', 2))).toEqual(['p.own.0', 'p.own.1'])
    expect(metrics(list('own', 2), '# ours\nown a:GAUGE:0:U, b:DERIVE:U:U\n')).toEqual(['p.own.a', 'p.own.b'])
    expect(metrics(list('load', 1))).toEqual(['p.load'])
    expect(metrics(list('__proto__', 2))).toEqual(['p.__proto__.0', 'p.__proto__.1'])
    expect(metrics(list('own', 300)).slice(254, 258)).toEqual([
      'p.own.254',
      'p.own.255',
      'p.own.256',
      'p.own.257',
    ])
  })

  it('refuses a types.db with a line that is none, at the call', () => {
    expect(() => createCollectdParser({ typesDb: 'a value:GAUGE:0:U\nb value' })).toThrow(ProtocolError)
    expect(() => createCollectdParser({ typesDb: 'a value:GAUGE:0:U\nb value' })).toThrow('line 2')
  })

  it('tells of a gauge without a value, and takes the others of its list', () => {
    const bytes = packet(values(gauge(1), gauge(Number.NaN), gauge(Infinity), gauge(2)))
    const at = bytes.length - 32
    expect(briefs(bytes)).toEqual(['p.t.0|ST[host:web1] gauge 1', 'p.t.3|ST[host:web1] gauge 2'])
    expect(reasons(bytes)).toEqual([`not-available ${at + 8}-${at + 16}`, `bad-value ${at + 16}-${at + 24}`])
    const stale = take(bytes, { nanAs: 'stale' })
    expect(stale.samples[1]).toMatchObject({ kind: 'stale', value: Number.NaN })
    expect(stale.problems).toHaveLength(1)
  })

  it('tells of a kind that it does not know, and takes the other values of the list', () => {
    const list = values(gauge(1), gauge(2))
    list[6] = 4
    expect(briefs(packet(list))).toEqual(['p.t.1|ST[host:web1] gauge 2'])
    expect(take(packet(list)).problems).toMatchObject([{ reason: 'unknown-type' }])
  })

  it('gives a notification as text and its severity as state', () => {
    const notify = (severity: bigint, message: string): Buffer =>
      Buffer.concat([number(0x101, severity), text(0x100, message)])
    expect(briefs(packet(notify(1n, 'down')))).toEqual([
      'p.t.notification.message|ST[host:web1] text "down"',
      'p.t.notification.severity|ST[host:web1] state 2',
    ])
    expect(briefs(Buffer.concat([text(0, 'h'), notify(2n, 'slow'), notify(4n, 'fine')]))).toEqual([
      'notification.message|ST[host:h] text "slow"',
      'notification.severity|ST[host:h] state 1',
      'notification.message|ST[host:h] text "fine"',
      'notification.severity|ST[host:h] state 0',
    ])
    expect(take(packet(notify(3n, 'odd')))).toMatchObject({
      samples: [{ kind: 'text' }],
      problems: [{ reason: 'bad-value' }],
    })
    expect(take(notify(1n, 'whose')).problems).toMatchObject([{ reason: 'bad-name' }])
    expect(take(packet(notify(1n, 'x'.repeat(4097)))).problems).toMatchObject([{ reason: 'text-too-long' }])
    expect(take(packet(number(0x101, 1n), partOf(0x100, Buffer.from([0xff, 0])))).problems).toMatchObject([
      { reason: 'not-utf8' },
    ])
  })

  it('gives no value to the name before one that was refused', () => {
    const bad = [
      partOf(3, Buffer.from('no zero')),
      partOf(3, Buffer.from('a\0b\0')),
      text(3, 'x'.repeat(241)),
      partOf(3, Buffer.alloc(0)),
    ]
    for (const name of bad) {
      const bytes = packet(text(3, 'good'), name, values(gauge(1)), text(3, 'next'), values(gauge(2)))
      expect(briefs(bytes)).toEqual(['p.t|ST[host:web1,plugin_instance:next] gauge 2'])
      expect(take(bytes).problems.map(({ reason }) => reason)).toEqual(['bad-name', 'bad-name'])
    }
    expect(briefs(packet(text(3, 'x'.repeat(240)), values(gauge(1))))).toHaveLength(1)
  })

  it('takes names byte by byte, and refuses what is not UTF-8', () => {
    for (const byte of [0x80, 0xff]) {
      const bytes = packet(partOf(3, Buffer.from([byte, 0])), values(gauge(1)))
      expect(take(bytes).problems).toMatchObject([{ reason: 'not-utf8' }])
    }
    expect(briefs(packet(text(3, 'zürich'), values(gauge(1))))[0]).toContain('plugin_instance:b"')
    expect(briefs(packet(text(3, 'constructor'), values(gauge(1))))).toEqual([
      'p.t|ST[host:web1,plugin_instance:constructor] gauge 1',
    ])
  })

  it('gives no value a time before one that was refused', () => {
    const [list, good] = [values(gauge(1)), number(1, 1_700_000_000n)]
    for (const bad of [number(1, 2n ** 63n), number(1, 0n), number(8, 0n), partOf(1, Buffer.alloc(4))]) {
      const { samples, problems } = take(packet(good, bad, list, good, list))
      expect(samples).toHaveLength(1)
      expect(problems.map(({ reason }) => reason)).toEqual(['bad-timestamp', 'bad-timestamp'])
    }
  })

  it('tells of counts that lie, and reads on behind them', () => {
    const one = values(gauge(1))
    for (const count of [0, 2, 65_535]) {
      const lie = Buffer.from(one)
      lie.writeUInt16BE(count, 4)
      const bytes = packet(lie, one)
      const at = bytes.length - 2 * one.length
      expect(reasons(bytes)).toEqual([`malformed ${at}-${at + one.length}`])
      expect(briefs(bytes)).toHaveLength(1)
    }
    for (const length of [0, 1]) expect(reasons(packet(partOf(6, Buffer.alloc(length))))).toHaveLength(1)
  })

  it('goes no further where the length of a part cannot be', () => {
    const start = Buffer.concat(named).length
    for (const length of [0, 1, 2, 3, 20, 65_535]) {
      const bytes = packet(Buffer.from([0, 6, length >> 8, length & 0xff]), values(gauge(1)))
      expect(reasons(bytes)).toEqual([`truncated ${start}-${bytes.length}`])
    }
  })

  it('tells of parts that it does not know, and reads on behind them', () => {
    const bytes = packet(partOf(0x7777, Buffer.alloc(0)), partOf(10, Buffer.alloc(9)), values(gauge(1)))
    expect(take(bytes).problems.map(({ reason }) => reason)).toEqual(['unknown-type', 'unknown-type'])
    expect(briefs(bytes)).toHaveLength(1)
  })

  it('reads what is signed without a look at the signature, and nothing that is encrypted', () => {
    const bytes = packet(values(gauge(1)))
    expect(briefs(signed('alice', 's3cret', bytes))).toHaveLength(1)
    expect(take(encrypted('alice', 's3cret', bytes))).toMatchObject({
      samples: [],
      problems: [{ reason: 'unsupported' }],
    })
  })
})
