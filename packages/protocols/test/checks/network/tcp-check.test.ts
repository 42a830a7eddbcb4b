import { createSecureContext, createServer, TLSSocket } from 'node:tls'

import { describe, expect, it } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { tcpCheck, type TcpCheckOptions } from '../../../src/checks/network/tcp-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { listen, serve } from '../exchange/run.ts'
import { expired, key, root } from '../exchange/certificates.ts'
import { expectNoSecret, type Fault, measuredBy, serveScript, type Step } from '../scripted-server.ts'

const host = '127.0.0.1'
const secret = 'pass word-1'

const script: readonly Step[] = [
  [undefined, 'ready\r\n'],
  [/^LOGIN pass word-1$/, '100 wait\r\n200 welcome\r\n'],
  [/^PING$/, 'PONG> '],
]
const talk: Omit<TcpCheckOptions, 'host' | 'port'> = {
  banner: /^ready$/,
  steps: [{ send: `LOGIN ${secret}\r\n` }, { expect: /^200 /, send: 'PING\r\n' }, { expect: '> ' }],
}

describe('tcpCheck', () => {
  it('is good where a connection is accepted, without a word', async () => {
    const port = await serve(() => undefined)
    const check = tcpCheck({ host, port })
    const result = await runOnce(check)
    expect(check).toMatchObject({ name: `tcp:127.0.0.1:${port}`, host })
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(result.samples.map(({ series }) => series.key)).toEqual([
      'tt_connect',
      'phase_ms|ST[phase:connect]',
    ])
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(tcpCheck({ host, port }))).toMatchObject({
      state: 'bad',
      available: 'no',
      status: `no connection to 127.0.0.1:${port}: ECONNREFUSED`,
    })
  })

  it('looks at the banner, and talks by steps', async () => {
    const { port, strayed, heard } = await serveScript(script)
    const result = await runOnce(tcpCheck({ host, port, ...talk }))
    expect(result).toMatchObject({ state: 'good' })
    expect(strayed()).toBeUndefined()
    expect(heard).toEqual([`LOGIN ${secret}`, 'PING'])
    expect(measuredBy(result)).toEqual({ banner: 'ready', steps_done: 3 })
  })

  it('shows a banner that is another, without what terminals act on', async () => {
    const { port } = await serveScript([[undefined, '\u001b[31mgone\u009b\r\n']])
    const result = await runOnce(tcpCheck({ host, port, banner: 'ready' }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toBe(String.raw`its banner is "\u001b[31mgone?", which is not what is expected`)
  })

  it.each([
    ['an expression', { expect: /^200 / }],
    ['a text', { expect: 'welcome' }],
  ])(
    'is bad and available where it ends after other words than %s, which it does not repeat',
    async (_, step) => {
      const port = await serve((socket) => socket.on('data', (data) => socket.end(`no ${String(data)}\n`)))
      const result = await runOnce(tcpCheck({ host, port, steps: [{ send: secret }, step] }))
      expect(result).toMatchObject({
        state: 'bad',
        available: 'yes',
        status: 'it answered something else than what step 2 expects',
      })
      expect(measuredBy(result)).toMatchObject({ steps_done: 1 })
      expectNoSecret(result, secret)
    },
  )

  it('is not available where it ends without a word', async () => {
    const port = await serve((socket) => socket.end())
    for (const expected of [/a/, 'a'])
      expect(await runOnce(tcpCheck({ host, port, steps: [{ expect: expected }] }))).toMatchObject({
        state: 'bad',
        available: 'no',
      })
  })

  it('survives whatever a server does at any step', async () => {
    const run = async (fault: Fault, at?: number): Promise<CheckResult> => {
      const server = await serveScript(script, { fault, ...(at !== undefined && { at }) })
      const timeoutMs = fault === 'hang' || fault === 'garbage' ? 200 : 20_000
      const result = await runOnce(tcpCheck({ host, port: server.port, ...talk }), { timeoutMs })
      expectNoSecret(result, secret)
      await expect.poll(server.open).toBe(0)
      return result
    }
    const faults = ['close', 'reset', 'hang', 'garbage', 'endless-line'] as const
    await Promise.all(
      [...script.keys()].flatMap((at) =>
        faults.map(async (fault) =>
          expect.soft(await run(fault, at), `${fault} at ${at}`).toMatchObject({ state: 'bad' }),
        ),
      ),
    )
    expect.soft(await run('drip')).toMatchObject({ state: 'good' })
    // The banner comes again and again, and never what is waited for.
    expect(await run('endless-lines', 0)).toMatchObject({
      state: 'bad',
      status: 'it answered something else than what step 2 expects',
    })
  })

  it('is done in time with an expression that others take for ever, on a line that the server chooses', async () => {
    const port = await serve((socket) => socket.write(`${'a'.repeat(60_000)}!\n`))
    const result = await runOnce(tcpCheck({ host, port, banner: /^(a+)+$/ }), { timeoutMs: 20_000 })
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
  })

  it('goes over to TLS by a step, and is bad where the certificate has ended', async () => {
    const port = await serve((socket) => {
      socket.write('220 hello\r\n')
      socket.once('data', () => {
        socket.write('220 go\r\n', () => {
          const context = createSecureContext({ cert: expired, key })
          const secured = new TLSSocket(socket, { isServer: true, secureContext: context })
          secured.on('error', () => undefined).on('secure', () => secured.write('250 safe\r\n'))
        })
      })
    })
    const run = (verify: boolean): ReturnType<typeof runOnce> =>
      runOnce(
        tcpCheck({
          host,
          port,
          banner: '220',
          steps: [
            { send: 'STARTTLS\r\n' },
            { expect: /^220 /, startTls: { ca: root, verify } },
            { expect: /^250 safe$/ },
          ],
        }),
      )
    const refused = await run(true)
    expect(refused).toMatchObject({ state: 'bad', available: 'yes' })
    expect(refused.status).toContain('it ended Jan  1 00:00:00 2021 GMT')
    expect(measuredBy(refused)).toMatchObject({ steps_done: 1 })
    expect(await run(false)).toMatchObject({ state: 'good' })
  })

  it('speaks TLS from the first byte', async () => {
    const port = await listen(
      createServer({ cert: expired, key }, (socket) => socket.on('error', () => undefined).end('hello\n')),
    )
    const result = await runOnce(tcpCheck({ host, port, tls: { verify: false }, banner: 'hello' }))
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toMatchObject({ banner: 'hello', tls_version: 'TLSv1.3' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      {},
      { port: 1, banner: '' },
      { port: 1, banner: /(?=a)/ },
      { port: 1, steps: [{ expect: 3 }] },
      { port: 1, steps: [{ wait: 'a' }] },
      { port: 1, steps: [{ send: 3 }] },
      { port: 1, steps: [{ startTls: { verify: 3 } }] },
      { port: 1, steps: [null] },
      { port: 1, maxBytes: 0 },
    ])
      expect(() => tcpCheck({ host, ...options } as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})
