import { createServer, createSecureContext, TLSSocket } from 'node:tls'

import { describe, expect, it } from 'vitest'

import { tlsCheck } from '../../../src/checks/network/tls-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { chained, early, expired, intermediate, key, root } from '../exchange/certificates.ts'
import { listen, serve } from '../exchange/run.ts'
import { measuredBy } from '../scripted-server.ts'

const host = '127.0.0.1'
const serveTls = (cert: string): Promise<number> =>
  listen(createServer({ cert, key }, (socket) => socket.on('error', () => undefined)))

describe('tlsCheck', () => {
  it('is good where the certificate is valid for long, and measures it', async () => {
    const port = await serveTls(`${chained}\n${intermediate}`)
    const check = tlsCheck({ host, port, tls: { ca: root } })
    const result = await runOnce(check)
    expect(check.name).toBe(`tls:127.0.0.1:${port}`)
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(result.status).toMatch(/^its certificates are valid for [\d.]+ days more$/)
    const measured = measuredBy(result)
    // That of the intermediate authority ends first.
    expect(measured['cert_days_left']).toBe(Math.floor((measured['cert_chain_end_in'] as number) / 8640) / 10)
    expect(measured).toMatchObject({ cert_subject: '/O=Tests/CN=localhost', cert_bits: 256 })
  })

  it.each([
    [{ warningDays: 100_000, badDays: 7 }, 'warning'],
    [{ warningDays: 100_000, badDays: 100_000 }, 'bad'],
    [{ warningDays: 0, badDays: 0 }, 'good'],
  ] as const)('with %j it is %s', async (limits, state) => {
    const port = await serveTls(`${chained}\n${intermediate}`)
    expect(await runOnce(tlsCheck({ host, port, tls: { ca: root }, ...limits }))).toMatchObject({
      state,
      available: 'yes',
    })
  })

  it.each([
    ['has ended', expired, {}, /it ended Jan  1 00:00:00 2021 GMT/],
    ['has not begun', early, {}, /it begins Jan  1 00:00:00 2110 GMT/],
    ['is for another name', expired, { servername: 'other.test' }, /not for other\.test/],
    ['has an issuer that nobody knows', chained, { ca: expired }, /is not trusted/],
  ])('is bad and available where the certificate %s', async (_, cert, tls, status) => {
    const port = await serveTls(cert)
    const result = await runOnce(tlsCheck({ host, port, tls: { ca: root, ...tls } }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toMatch(status)
    expect(measuredBy(result)).toMatchObject({ cert_error: expect.stringMatching(status) })
  })

  it('judges days where nothing is verified', async () => {
    const port = await serveTls(expired)
    expect(await runOnce(tlsCheck({ host, port, tls: { verify: false } }))).toMatchObject({
      state: 'bad',
      status: expect.stringMatching(/^its certificates are valid for -\d/),
    })
  })

  it('goes over to TLS after a talk', async () => {
    const port = await serve((socket) => {
      socket.write('220 hello\r\n')
      socket.once('data', () =>
        socket.write('220 go\r\n', () => {
          const secureContext = createSecureContext({ cert: `${chained}\n${intermediate}`, key })
          new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => undefined)
        }),
      )
    })
    const steps = [
      { expect: /^220 /, send: 'STARTTLS\r\n' },
      { expect: /^220 /, startTls: true },
    ]
    const result = await runOnce(tlsCheck({ host, port, tls: { ca: root }, steps }))
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toMatchObject({ steps_done: 2, cert_days_left: expect.any(Number) })
  })

  it.each([
    ['refuses', () => freePort('tcp'), 'no'],
    ['ends the connection', () => serve((socket) => socket.end()), 'no'],
    ['speaks no TLS', () => serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')), 'no'],
  ] as const)('is bad and not available where the server %s', async (_, start, available) => {
    const port = await start()
    expect(await runOnce(tlsCheck({ host, port }))).toMatchObject({
      state: 'bad',
      available,
      reason: 'no-answer',
    })
  })

  it('ends at the time-out where the server says nothing', async () => {
    const port = await serve(() => undefined)
    expect(await runOnce(tlsCheck({ host, port }), { timeoutMs: 100 })).toMatchObject({
      reason: 'timed-out',
      samples: expect.arrayContaining([
        expect.objectContaining({ series: expect.objectContaining({ metric: 'tt_connect' }) }),
      ]),
    })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { tls: true },
      { tls: { verify: 1 } },
      { warningDays: -1 },
      { badDays: Number.NaN },
      { steps: [{ expect: 'a' }] },
      { steps: 'a' },
    ])
      expect(() => tlsCheck({ host, ...options } as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})
