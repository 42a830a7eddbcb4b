import { createServer as createTlsServer } from 'node:tls'
import { crc32 } from 'node:zlib'
import type { Socket } from 'node:net'

import { describe, expect, it } from 'vitest'

import { nrpeCheck } from '../../../src/checks/agents/nrpe-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { chained, intermediate, key, root } from '../exchange/certificates.ts'
import { expectConformance, type Manner, manners, serveIn } from '../conformance.ts'
import { listen, serve } from '../exchange/run.ts'
import { measuredBy } from '../scripted-server.ts'

const host = '127.0.0.1'
type Version = 2 | 3 | 4

/** A packet as the C structures of nrpe lay it out, by places that are written here once more. */
function packet(version: Version, type: number, exitCode: number, text: string): Buffer {
  const length = version === 2 ? 1024 : Buffer.byteLength(text) + 1
  const bytes = Buffer.alloc({ 2: 1036, 3: 19 + length, 4: 16 + length }[version])
  bytes.writeInt16BE(version, 0)
  bytes.writeInt16BE(type, 2)
  bytes.writeInt16BE(exitCode, 8)
  if (version !== 2) bytes.writeInt32BE(length, 12)
  bytes.write(text, version === 2 ? 10 : 16)
  bytes.writeUInt32BE(crc32(bytes), 4)
  return bytes
}

const answer = (version: Version, exitCode: number, text: string): Buffer =>
  packet(version, 2, exitCode, text)

/** A daemon that hangs up at versions that it does not know. */
function daemon(
  versions: readonly Version[],
  reply: (version: Version) => Buffer,
  asked: Buffer[] = [],
): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', (query: Buffer) => {
      asked.push(query)
      const version = query.readInt16BE(0) as Version
      if (versions.includes(version)) socket.end(reply(version))
      else socket.end()
    })
  }
}

const load = 'OK - load 0.5|load1=0.5;5;10;0 users=3c\n'

describe('nrpeCheck', () => {
  it.each([2, 3, 4] as const)(
    'asks in packets of version %i, and reads what the plugin says',
    async (version) => {
      const asked: Buffer[] = []
      const port = await serve(daemon([version], () => answer(version, 1, load), asked))
      const options = { host, port, tls: false, version, command: 'check_load', args: ['5', '10'] }
      const result = await runOnce(nrpeCheck(options))
      expect(result).toMatchObject({ check: `nrpe:127.0.0.1:${port}`, state: 'warning', available: 'yes' })
      expect(result.status).toBe('OK - load 0.5')
      expect(asked).toEqual([packet(version, 1, 0, 'check_load!5!10')])
      expect(measuredBy(result)).toEqual({
        message: 'OK - load 0.5',
        load1: 0.5,
        load1_warning: 5,
        load1_critical: 10,
        load1_min: 0,
        users: 'counter 3',
        problems: 0,
      })
    },
  )

  it.each([
    [0, 'good', 'yes'],
    [2, 'bad', 'yes'],
    [3, 'unknown', 'yes'],
    [127, 'unknown', 'yes'],
    [-1, 'unknown', 'yes'],
  ])('takes exit code %i as %s', async (code, state, available) => {
    const port = await serve(daemon([4], () => answer(4, code, 'so it is')))
    expect(await runOnce(nrpeCheck({ host, port, tls: false }))).toMatchObject({ state, available })
  })

  it('asks by version 2 where the daemon hangs up at version 4, and remembers that', async () => {
    const asked: Buffer[] = []
    const port = await serve(daemon([2], () => answer(2, 0, 'NRPE v2.15'), asked))
    const check = nrpeCheck({ host, port, tls: false })
    const results = [await runOnce(check), await runOnce(check)]
    expect(asked.map((query) => query.readInt16BE(0))).toEqual([4, 2, 2])
    for (const { state, status, samples } of results) {
      expect({ state, status }).toEqual({ state: 'good', status: 'NRPE v2.15' })
      const keys = samples.map(({ series }) => series.key)
      expect(keys).toEqual([...new Set(keys)])
      expect(keys).toContain('tt_connect')
    }
  })

  it('does not ask by version 2 what has no room in it', async () => {
    const asked: Buffer[] = []
    const port = await serve(daemon([2], () => answer(2, 0, 'x'), asked))
    const result = await runOnce(nrpeCheck({ host, port, tls: false, args: ['x'.repeat(1024)] }))
    expect(result).toMatchObject({ state: 'bad', available: 'no' })
    expect(result.status).toContain('it ended the connection when it was asked')
    expect(asked).toHaveLength(1)
  })

  it('speaks TLS with certificates where it is told so', async () => {
    const options = { key, cert: `${chained}\n${intermediate}` }
    const port = await listen(
      createTlsServer(
        options,
        daemon([4], () => answer(4, 0, 'fine')),
      ),
    )
    expect(await runOnce(nrpeCheck({ host, port, tls: { ca: root } }))).toMatchObject({ state: 'good' })
    expect(await runOnce(nrpeCheck({ host, port, tls: true }))).toMatchObject({
      state: 'bad',
      available: 'yes',
    })
  })

  it('speaks TLS without certificates by default', async () => {
    const options = {
      ciphers: 'ADH-AES256-GCM-SHA384:@SECLEVEL=0',
      maxVersion: 'TLSv1.2',
      dhparam: 'auto',
    } as const
    const port = await listen(
      createTlsServer(
        options,
        daemon([4], () => answer(4, 0, 'fine')),
      ),
    )
    const result = await runOnce(nrpeCheck({ host, port }))
    expect(result).toMatchObject({ state: 'good', status: 'fine' })
    expect(measuredBy(result)).toMatchObject({ tls_cipher: 'ADH-AES256-GCM-SHA384' })
  })

  const broken = answer(4, 0, 'fine')
  broken[17]! ^= 1
  const huge = answer(4, 0, 'fine')
  huge.writeInt32BE(65_537, 12)
  it.each([
    ['damaged', broken, 'its answer was damaged: the checksum does not match'],
    ['too long', huge, 'it announced a text of 65537 bytes'],
    ['a query', packet(4, 1, 0, 'x'), 'it sent a packet of NRPE that is no answer'],
    [
      'something else',
      Buffer.from('HTTP/1.1 400 Bad Request\r\n'),
      'expected an answer of NRPE, got another',
    ],
  ])('is bad and available where the answer is %s', async (_, bytes, status) => {
    const port = await serve(daemon([4], () => bytes))
    const result = await runOnce(nrpeCheck({ host, port, tls: false }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes', status })
  })

  it('is bad where the daemon breaks off at any byte, and good where it only drips', async () => {
    const whole = answer(4, 0, 'fine')
    const dripping = await serve((socket) => {
      socket.once('data', () => {
        void (async () => {
          for (const byte of whole) {
            await new Promise(setImmediate)
            socket.write(Buffer.of(byte))
          }
        })()
      })
    })
    expect(await runOnce(nrpeCheck({ host, port: dripping, tls: false }))).toMatchObject({ state: 'good' })
    for (let length = 0; length < whole.length; length += 1) {
      const port = await serve(daemon([2, 4], () => whole.subarray(0, length)))
      const result = await runOnce(nrpeCheck({ host, port, tls: false }))
      expect(result).toMatchObject({ state: 'bad', available: 'no' })
    }
  })

  it('times out at a daemon that hangs, with what it had measured, and asks once', async () => {
    let connections = 0
    const port = await serve(() => void (connections += 1))
    const result = await runOnce(nrpeCheck({ host, port, tls: false }), { timeoutMs: 500 })
    expect(result).toMatchObject({ state: 'bad', reason: 'timed-out' })
    expect(result.samples.map(({ series }) => series.metric)).toContain('tt_connect')
    expect(connections).toBe(1)
  })

  it('ends at once at one that sends without an end', async () => {
    const port = await serve((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x')));
      }
      socket.on('drain', more)
      more()
    })
    const result = await runOnce(nrpeCheck({ host, port, tls: false }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
  })

  it.each([2, 4] as const)('keeps what every check promises, of a daemon of version %i', async (version) => {
    const manner: Manner = { now: 'good' }
    const port = await serveIn(
      manner,
      daemon([version], () => answer(version, 0, 'fine')),
    )
    await expectConformance({
      ...manners(manner),
      create: () => nrpeCheck({ host, port, tls: false, args: ['hunter2'] }),
      secrets: ['hunter2'],
    })
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(nrpeCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { command: '' },
      { command: 'a!b' },
      { args: ['a\n'] },
      { args: 'a' },
      { version: 1 },
      { version: 2, args: ['x'.repeat(1024)] },
      { args: ['x'.repeat(65_536)] },
      { tls: { maxVersion: 'TLSv9' } },
      { password: 'x' },
    ])
      expect(() => nrpeCheck({ host, ...options } as never), JSON.stringify(options).slice(0, 80)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(nrpeCheck({ host: 'a.test' }).name).toBe('nrpe:a.test:5666')
  })
})
