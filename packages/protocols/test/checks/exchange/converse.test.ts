import { once } from 'node:events'
import { createServer as createPlainServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { CheckOutcome } from '../../../src/checks/check.ts'
import type { Connection } from '../../../src/checks/exchange/connection.ts'
import { converse } from '../../../src/checks/exchange/converse.ts'
import type { Target } from '../../../src/checks/exchange/target.ts'
import { closed, freePort, openTcpHandles } from '../../sockets.ts'
import { deferred, serve, startRun } from './run.ts'

const good: CheckOutcome = { state: 'good' }

/** What a read gives in a talk with a server. */
async function talk<T>(
  server: (socket: Socket) => void,
  read: (connection: Connection) => Promise<T>,
  target: Pick<Target, 'tls' | 'maxBytes'> = {},
): Promise<T | undefined> {
  const port = await serve(server)
  let value: T | undefined
  await converse(startRun().context, { host: '127.0.0.1', port, ...target }, async (connection) => {
    value = await read(connection)
    return good
  })
  return value
}

const failing = (sentence: string): unknown =>
  expect.objectContaining({
    message: expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1:\\d+ ${sentence}$`)),
  })

describe('converse', () => {
  it('gives the outcome of the talk, and measures the phases in their order', async () => {
    const port = await serve((socket) => {
      socket.once('data', (asked) => {
        socket.write(`you said ${asked.toString()}`)
        setTimeout(() => socket.write('more\n'), 5)
      })
    })
    const { context, measured } = startRun()
    const outcome = await converse(context, { host: '127.0.0.1', port }, async (connection) => {
      connection.send('hello\n')
      expect(connection.address).toEqual({ address: '127.0.0.1', family: 4, isStale: false })
      const lines = [await connection.line(), await connection.line()]
      return { state: 'warning', status: lines.join() }
    })
    expect(outcome).toEqual({ state: 'warning', status: 'you said hello,more' })
    const values = measured() as Record<string, number>
    expect(Object.keys(values)).toEqual([
      'tt_connect',
      'phase_ms:connect',
      'tt_firstbyte',
      'phase_ms:first_byte',
      'phase_ms:body',
    ])
    expect(values['phase_ms:body']).toBeGreaterThan(0)
    expect(values['tt_firstbyte']).toBe(values['tt_connect']! + values['phase_ms:first_byte']!)
  })

  it('looks a name up by the resolver, and measures that', async () => {
    const port = await serve((socket) => socket.end('x'))
    const { context, measured } = startRun({
      resolve: (host, { family }) =>
        Promise.resolve({
          address: host === 'db.test' && family === 'ipv4' ? '127.0.0.1' : '',
          family: 4,
          isStale: true,
        }),
    })
    await converse(context, { host: 'db.test', port, family: 'ipv4' }, async (connection) => {
      expect((await connection.rest()).bytes.toString()).toBe('x')
      return good
    })
    expect(measured()).toMatchObject({
      tt_resolve: expect.any(Number),
      'phase_ms:resolve': expect.any(Number),
    })
  })

  it('talks over a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'exchange-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'socket')
    const server = createPlainServer((socket) => socket.end('here\n')).listen(path)
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const outcome = await converse(startRun().context, { path }, async (connection) => {
      expect(connection.address).toBeUndefined()
      return { state: 'good', status: await connection.line() }
    })
    expect(outcome.status).toBe('here')
  })

  it('ends the connection in order, after all that was sent', async () => {
    const { promise, resolve } = deferred<string>()
    await talk(
      (socket) => {
        let heard = ''
        socket.on('data', (data) => (heard += data.toString())).on('end', () => resolve(heard))
        socket.write('hi\n')
      },
      async (connection) => {
        await connection.line()
        connection.send('QUIT\n')
      },
    )
    expect(await promise).toBe('QUIT\n')
  })

  it('says who refused', async () => {
    const port = await freePort('tcp')
    await expect(converse(startRun().context, { host: '127.0.0.1', port }, async () => good)).rejects.toThrow(
      `no connection to 127.0.0.1:${port}: ECONNREFUSED`,
    )
  })

  it('lets the error of a talk through, and closes', async () => {
    await expect(
      talk(
        () => undefined,
        () => Promise.reject(new Error('my own')),
      ),
    ).rejects.toThrow('my own')
  })

  describe('reads', () => {
    const pieces =
      (...parts: readonly (string | Uint8Array)[]) =>
      (socket: Socket): void => {
        const next = (at: number): void => {
          if (at === parts.length) socket.end()
          else socket.write(parts[at]!, () => setImmediate(next, at + 1))
        }
        next(0)
      }

    it('lines with either end, texts up to an end, bytes and the rest, however they come', async () => {
      const text = 'one\r\ntwo\n\nvalue END\r\n\u{1f600}abcrest of it'
      for (const parts of [[text], Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte))]) {
        expect(
          await talk(pieces(...parts), async (connection) => [
            await connection.line(),
            await connection.line(),
            await connection.line(),
            await connection.until('END\r\n'),
            (await connection.bytes(4)).toString(),
            (await connection.bytes(3)).toString(),
            (await connection.rest()).bytes.toString(),
          ]),
        ).toEqual(['one', 'two', '', 'value END\r\n', '\u{1f600}', 'abc', 'rest of it'])
      }
    })

    it('nothing where nothing comes', async () => {
      expect(await talk(pieces(), (connection) => connection.rest())).toEqual({
        bytes: Buffer.alloc(0),
        truncated: false,
      })
    })

    it.each<[string, (connection: Connection) => Promise<unknown>, string]>([
      ['a line', (connection) => connection.line(), 'a whole line'],
      ['what is waited for', (connection) => connection.until('\r\n'), 'what was waited for'],
      ['its bytes', (connection) => connection.bytes(4), '4 bytes came'],
    ])('no half of %s', async (_, read, what) => {
      await expect(talk(pieces('abc'), read)).rejects.toEqual(failing(`ended the connection before ${what}`))
    })

    it('a reset as one', async () => {
      await expect(
        talk(
          (socket) => socket.once('data', () => socket.resetAndDestroy()),
          (connection) => {
            connection.send('x')
            return connection.line()
          },
        ),
      ).rejects.toEqual(failing('broke the connection off: ECONNRESET'))
    })

    it('from a side that has ended its own, which it hears of', async () => {
      const answer = await talk(
        (socket) => socket.once('data', () => socket.end('bye\n')),
        async (connection) => {
          connection.send('x')
          return [await connection.line(), (await connection.rest()).bytes.length]
        },
      )
      expect(answer).toEqual(['bye', 0])
    })

    const endless = (socket: Socket): void => {
      const pour = (): void => void socket.write('x'.repeat(5000), () => setImmediate(pour))
      pour()
    }

    it('as much of an endless rest as it may', async () => {
      const rest = await talk(endless, (connection) => connection.rest(), { maxBytes: 12_345 })
      expect(rest).toMatchObject({ bytes: { length: 12_345 }, truncated: true })
    })

    it('a rest of just the size that it may have whole', async () => {
      const rest = await talk(pieces('abc', 'def'), (connection) => connection.rest(), { maxBytes: 6 })
      expect(rest).toEqual({ bytes: Buffer.from('abcdef'), truncated: false })
    })

    it.each<[string, (connection: Connection) => Promise<unknown>, string]>([
      ['a line', (connection) => connection.line(), 'sent more than 65536 bytes in a whole line'],
      ['what is waited for', (connection) => connection.until('END'), 'sent more than 100000 bytes'],
      ['many bytes', (connection) => connection.bytes(200_000), 'sent more than 100000 bytes'],
    ])('no endless %s', async (_, read, sentence) => {
      const run = startRun()
      const port = await serve(endless)
      const target = { host: '127.0.0.1', port, maxBytes: 100_000 }
      expect(
        await converse(run.context, target, async (connection) => {
          await read(connection)
          return run.context.found.good()
        }),
      ).toEqual({ state: 'bad', available: 'yes', status: `127.0.0.1:${port} ${sentence}` })
    })

    it('a flood of lines in many turns, so that others run between them', async () => {
      const lines = 300_000
      let most = 0
      await talk(
        (socket) => void socket.write('\n'.repeat(lines)),
        async (connection) => {
          let isOver = false
          let inTurn = 0
          const turn = (): void => {
            inTurn = 0
            if (!isOver) setImmediate(turn)
          }
          turn()
          for (let line = 0; line < lines; line += 1) {
            await connection.line()
            inTurn += 1
            most = Math.max(most, inTurn)
          }
          isOver = true
        },
      )
      // The system hands over 65536 of them at once.
      expect(most).toBeLessThan(30_000)
    })

    it('no two at a time', async () => {
      await expect(
        talk(pieces('a\n', 'b\n'), (connection) => Promise.all([connection.line(), connection.line()])),
      ).rejects.toMatchObject({
        code: 'PROTOCOL_NOT_ASKED',
        message: expect.stringContaining('one read at a time'),
      })
    })

    it.each<[string, (connection: Connection) => unknown]>([
      ['line', (connection) => connection.line()],
      ['text', (connection) => connection.until('.')],
      ['bytes', (connection) => connection.bytes(5)],
      ['TLS', (connection) => connection.startTls()],
    ])('no %s for a talk that does not wait, which ends nothing but its run', async (_, read) => {
      const rejections: unknown[] = []
      const note = (error: unknown): void => void rejections.push(error)
      const others = process.listeners('unhandledRejection')
      process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
      try {
        await talk(pieces('a'), async (connection) => void read(connection))
        await closed()
        await new Promise(setImmediate)
        expect(rejections).toEqual([])
      } finally {
        process.off('unhandledRejection', note)
        for (const other of others) process.on('unhandledRejection', other)
      }
    })

    it.each<[string, (connection: Connection) => Promise<unknown>]>([
      ['up to nothing', (connection) => connection.until('')],
      ['less than nothing', (connection) => connection.bytes(-1)],
      ['so many as are no number', (connection) => connection.bytes(NaN)],
    ])('nothing %s', async (_, read) => {
      await expect(talk(pieces('abc'), read)).rejects.toMatchObject({ code: 'PROTOCOL_BAD_OPTION' })
    })
  })

  it.each<[Partial<Target>, string]>([
    [{ host: 'http://a.test' }, 'option "host" must be'],
    [{ port: 65_536 }, 'option "port" must be'],
    [{ family: 'ipv5' as never }, 'option "family" must be'],
    [{ tls: { verify: 'no' as never } }, 'option "tls" must be'],
    [{ maxBytes: 0 }, 'option "maxBytes" must be'],
    [{ path: '' }, 'option "path" must be'],
  ])('talks to nobody with the target %j', async (target, sentence) => {
    const whole = { host: '127.0.0.1', port: 9, ...target } as Target
    await expect(converse(startRun().context, whole, async () => good)).rejects.toMatchObject({
      code: 'PROTOCOL_BAD_OPTION',
      message: expect.stringContaining(sentence),
    })
  })

  describe('when it is aborted', () => {
    const reason = new Error('given up')

    const abortedIn = async (
      server: (socket: Socket, abort: () => void) => void,
      read: (connection: Connection) => Promise<unknown>,
    ): Promise<void> => {
      const { promise: ended, resolve } = deferred<undefined>()
      const run = startRun()
      const port = await serve((socket) => {
        socket.on('close', () => resolve(undefined))
        server(socket, () => run.abort(reason))
      })
      const talking = converse(run.context, { host: '127.0.0.1', port }, async (connection) => {
        await read(connection)
        return good
      })
      await expect(talking).rejects.toBe(reason)
      await ended
      await closed()
      // The server itself is left.
      expect(openTcpHandles()).toEqual(['TCPServerWrap'])
    }

    it('ends a wait for the first byte', () =>
      abortedIn(
        (_, abort) => abort(),
        (connection) => connection.line(),
      ))

    it('ends a read that drips', () =>
      abortedIn(
        (socket, abort) => {
          let drops = 0
          const drip = (): void => {
            socket.write('.')
            if ((drops += 1) === 5) abort()
            setImmediate(drip)
          }
          drip()
        },
        (connection) => connection.line(),
      ))

    it('ends a talk that waits for something else', () =>
      abortedIn(
        (_, abort) => abort(),
        () => new Promise(() => undefined),
      ))

    it('does nothing when it was before', async () => {
      const run = startRun()
      run.abort(reason)
      await expect(converse(run.context, { host: '127.0.0.1', port: 1 }, async () => good)).rejects.toBe(
        reason,
      )
    })

    it('ends a look-up and a connect', async () => {
      const run = startRun({
        resolve: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error))
          }),
      })
      const looking = converse(run.context, { host: 'db.test', port: 1 }, async () => good)
      run.abort(reason)
      await expect(looking).rejects.toBe(reason)

      // An address for documents, which nobody has.
      const dialling = startRun()
      const connecting = converse(dialling.context, { host: '192.0.2.1', port: 1 }, async () => good)
      queueMicrotask(() => dialling.abort(reason))
      await expect(connecting).rejects.toBe(reason)
    })
  })
})
