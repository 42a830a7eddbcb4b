import type { Socket } from 'node:net'
import { createServer, TLSSocket, type TlsOptions as ServerOptions } from 'node:tls'

import { describe, expect, it } from 'vitest'

import type { CheckOutcome } from '../../../src/checks/check.ts'
import { converse } from '../../../src/checks/exchange/converse.ts'
import type { TlsOptions } from '../../../src/checks/exchange/target.ts'
import { closed, openTcpHandles } from '../../sockets.ts'
import { authority, clientCertificate, clientKey } from '../../certificates.ts'
import { chained, early, expired, intermediate, key, root } from './certificates.ts'
import { deferred, listen, serve, startRun } from './run.ts'

const host = '127.0.0.1'
const valid: ServerOptions = { cert: `${chained}\n${intermediate}`, key }

/** Asks a server of TLS for its line, and gives what came of it and what was measured. */
async function askOverTls(
  server: ServerOptions,
  tls: TlsOptions,
): Promise<{
  readonly outcome: CheckOutcome
  readonly measured: Readonly<Record<string, unknown>>
  readonly isTalked: boolean
}> {
  const port = await listen(
    createServer(server, (socket) => {
      socket.on('error', () => undefined).write('hello\n')
    }),
  )
  const { context, measured } = startRun()
  let isTalked = false
  const outcome = await converse(context, { host, port, tls }, async (connection) => {
    isTalked = true
    return { state: 'good', status: await connection.line() }
  })
  return {
    outcome: { ...outcome, status: outcome.status?.replace(`:${port}`, ':port') },
    measured: measured(),
    isTalked,
  }
}

describe('TLS of a check', () => {
  it('is measured with its certificate and its chain', async () => {
    const { outcome, measured } = await askOverTls(valid, { ca: root })
    expect(outcome).toEqual({ state: 'good', status: 'hello' })
    expect(measured).toMatchObject({
      tt_tls: expect.any(Number),
      'phase_ms:tls': expect.any(Number),
      tls_version: 'TLSv1.3',
      tls_cipher: expect.stringMatching(/^TLS_/),
      cert_start: Date.UTC(2020, 0) / 1000,
      cert_end: Date.UTC(2115, 0) / 1000,
      cert_subject: '/O=Tests/CN=localhost',
      cert_issuer: '/O=Tests/CN=Intermediate of checks',
      cert_subject_alternative_names: 'DNS:localhost, IP Address:127.0.0.1',
      cert_serial: expect.stringMatching(/^0\d$/),
      cert_bits: 256,
    })
    expect(measured).not.toHaveProperty('cert_error')
    const { cert_end_in: own, cert_chain_end_in: chain } = measured as Record<string, number>
    // The intermediate authority ends 15 years before.
    expect(own! - chain!).toBeCloseTo((Date.UTC(2115, 0) - Date.UTC(2100, 0)) / 1000, 0)
    expect(measured['tt_firstbyte']).toBe(
      (measured['tt_tls'] as number) + (measured['phase_ms:first_byte'] as number),
    )
  })

  it.each<[string, ServerOptions, TlsOptions, string]>([
    ['expired', { cert: expired, key }, { ca: root }, 'it ended Jan  1 00:00:00 2021 GMT'],
    ['not valid yet', { cert: early, key }, { ca: root }, 'it begins Jan  1 00:00:00 2110 GMT'],
    [
      'by an unknown issuer',
      valid,
      {},
      'its issuer /O=Tests/CN=Intermediate of checks is not trusted (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)',
    ],
    [
      'for another name',
      valid,
      { ca: root, servername: 'other.example' },
      'it is for DNS:localhost, IP Address:127.0.0.1, not for other.example',
    ],
    [
      'expired and for another name',
      { cert: expired, key },
      { ca: root, servername: 'other.example' },
      'it ended Jan  1 00:00:00 2021 GMT; it is for DNS:localhost, IP Address:127.0.0.1, not for other.example',
    ],
  ])('says nothing over a certificate that is %s, unless it may', async (_, server, tls, flaw) => {
    const refused = await askOverTls(server, tls)
    expect(refused.outcome).toEqual({
      state: 'bad',
      available: 'yes',
      status: `the certificate of 127.0.0.1:port is not valid: ${flaw}`,
    })
    expect(refused.isTalked).toBe(false)
    expect(refused.measured).toMatchObject({ cert_error: flaw, cert_end_in: expect.any(Number) })
    const taken = await askOverTls(server, { ...tls, verify: false })
    expect(taken.outcome.status).toBe('hello')
    expect(taken.measured).toMatchObject({ cert_error: flaw })
  })

  it('speaks with a peer without any certificate only where it may', async () => {
    const anonymous = { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2' as const }
    const tls: TlsOptions = { ciphers: 'ADH:@SECLEVEL=0' }
    const server: ServerOptions = { ...anonymous, dhparam: 'auto' }
    expect((await askOverTls(server, tls)).outcome.status).toMatch(/is not valid: there is none$/)
    expect((await askOverTls(server, { ...tls, verify: false })).outcome.status).toBe('hello')
  })

  it('shows its own certificate', async () => {
    const server: ServerOptions = { ...valid, ca: authority, requestCert: true, rejectUnauthorized: true }
    const shown = await askOverTls(server, { ca: root, cert: clientCertificate, key: clientKey })
    expect(shown.outcome.status).toBe('hello')
    await expect(askOverTls(server, { ca: root })).rejects.toThrow(
      /127\.0\.0\.1:\d+ (broke|ended) the connection/,
    )
  })

  it('takes options that no TLS has for a fault on its own side', async () => {
    const port = await serve(() => undefined)
    for (const tls of [{ ciphers: 'NONE-OF-THESE' }, { cert: 'no certificate', key: 'no key' }]) {
      await expect(
        converse(startRun().context, { host, port, tls }, async () => ({ state: 'good' })),
      ).rejects.toMatchObject({
        message: expect.stringMatching(/^no TLS can be spoken with these options: ERR_/),
        code: 'PROTOCOL_NOT_ASKED',
      })
    }
  })

  it('says that the other side speaks none', async () => {
    const port = await serve((socket) => socket.end('220 plain text\r\n'))
    await expect(
      converse(startRun().context, { host, port, tls: true }, async () => ({ state: 'good' })),
    ).rejects.toThrow(`no TLS with 127.0.0.1:${port}: ERR_SSL_WRONG_VERSION_NUMBER`)
  })

  it('says that the other side ended in the handshake', async () => {
    const port = await serve((socket) => socket.once('data', () => socket.end()))
    await expect(
      converse(startRun().context, { host, port, tls: true }, async () => ({ state: 'good' })),
    ).rejects.toThrow(`no TLS with 127.0.0.1:${port}: ECONNRESET`)
  })

  it('gives a handshake that hangs up when it is aborted, and leaves nothing', async () => {
    const { promise: ended, resolve } = deferred<undefined>()
    const run = startRun()
    const reason = new Error('given up')
    const port = await serve((socket) => {
      socket.on('close', () => resolve(undefined)).once('data', () => run.abort(reason))
    })
    await expect(
      converse(run.context, { host, port, tls: true }, async () => ({ state: 'good' })),
    ).rejects.toBe(reason)
    await ended
    await closed()
    expect(openTcpHandles()).toEqual(['TCPServerWrap'])
    expect(run.measured()).toHaveProperty('tt_connect')
  })
})

describe('STARTTLS of a check', () => {
  /** Agrees to TLS with what it says in clear, and tells what it is asked over it. */
  const agreeing =
    (consent: string, cert = `${chained}\n${intermediate}`) =>
    (socket: Socket): void => {
      socket.once('data', () => {
        socket.write(consent, () => {
          const secured = new TLSSocket(socket, { isServer: true, cert, key })
          secured
            .on('error', () => undefined)
            .on('data', (asked: Buffer) => secured.write(`over TLS: ${asked.toString()}`))
        })
      })
      socket.write('220 ready\r\n')
    }

  const login = async (
    port: number,
    run = startRun(),
    tls: TlsOptions = { ca: root },
  ): Promise<CheckOutcome> =>
    converse(run.context, { host, port }, async (connection) => {
      await connection.line()
      connection.send('STARTTLS\r\n')
      await connection.line()
      await connection.startTls(tls)
      connection.send('password\r\n')
      return { state: 'good', status: await connection.line() }
    })

  it('goes over to TLS in the talk, and leaves it out of the body', async () => {
    const port = await serve(agreeing('220 go on\r\n'))
    const run = startRun()
    expect(await login(port, run)).toEqual({ state: 'good', status: 'over TLS: password' })
    const measured = run.measured() as Record<string, number>
    expect(measured['tt_tls']).toBeGreaterThan(measured['tt_firstbyte']!)
    expect(measured).toMatchObject({
      cert_issuer: '/O=Tests/CN=Intermediate of checks',
      'phase_ms:body': expect.any(Number),
    })
  })

  it('never sends what comes after it over a certificate that is not valid', async () => {
    let heard = ''
    const agree = agreeing('220 go on\r\n', expired)
    const port = await serve((socket) => {
      socket.on('data', (data) => (heard += data.toString('latin1')))
      agree(socket)
    })
    expect(await login(port)).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringContaining('is not valid: it ended'),
    })
    expect(heard).not.toContain('password')
  })

  it('takes nothing in clear that comes behind the consent', async () => {
    const port = await serve(agreeing('220 go on\r\n250 injected\r\n'))
    expect(await login(port)).toEqual({
      state: 'bad',
      available: 'yes',
      status: `127.0.0.1:${port} sent more in clear before TLS`,
    })
  })

  it('is not waited for where the other side has hung up', async () => {
    const port = await serve((socket) => void socket.end('220 ready\r\n'))
    const hungUp = converse(startRun().context, { host: '127.0.0.1', port }, async (connection) => {
      await connection.rest()
      await new Promise(setImmediate)
      await connection.startTls()
      return { state: 'good' }
    })
    await expect(hungUp).rejects.toThrow(`127.0.0.1:${port} ended the connection before TLS`)
  })

  it('is aborted in its handshake, and leaves nothing', async () => {
    const { promise: ended, resolve } = deferred<undefined>()
    const run = startRun()
    const reason = new Error('given up')
    const port = await serve((socket) => {
      let messages = 0
      socket
        .on('close', () => resolve(undefined))
        .on('data', () => {
          if ((messages += 1) === 1) socket.write('220 go on\r\n')
          else run.abort(reason)
        })
      socket.write('220 ready\r\n')
    })
    await expect(login(port, run)).rejects.toBe(reason)
    await ended
    await closed()
    expect(openTcpHandles()).toEqual(['TCPServerWrap'])
  })
})
