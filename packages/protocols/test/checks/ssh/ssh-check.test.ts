import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'

import ssh2 from 'ssh2'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { runOnce } from '../../../src/checks/run-once.ts'
import { sshCheck } from '../../../src/checks/ssh/index.ts'
import { freePort } from '../../sockets.ts'
import { serve } from '../exchange/run.ts'
import { measuredBy } from '../scripted-server.ts'

const host = '127.0.0.1'
const { generateKeyPairSync, parseKey } = ssh2.utils

const keys = {
  ed25519: generateKeyPairSync('ed25519').private,
  ecdsa: generateKeyPairSync('ecdsa', { bits: 384 }).private,
  rsa: generateKeyPairSync('rsa', { bits: 2048 }).private,
}

/** A server of SSH with these keys, and whether anybody tried to log in. */
async function serveSsh(
  hostKeys: readonly string[],
): Promise<{ readonly port: number; readonly logins: () => number }> {
  let logins = 0
  const server = new ssh2.Server({ hostKeys: [...hostKeys], ident: 'fake' }, (client) => {
    client.on('error', () => undefined).on('authentication', () => void (logins += 1))
  })
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, logins: () => logins }
}

/** The public key in the form in which it is sent. */
const publicKey = (key: string): Buffer => {
  const parsed = parseKey(key)
  if (parsed instanceof Error) throw parsed
  return parsed.getPublicSSH()
}

describe('sshCheck', () => {
  it.each([
    ['ed25519', 'ssh-ed25519', 256],
    ['ecdsa', 'ecdsa-sha2-nistp384', 384],
    ['rsa', 'ssh-rsa', 2048],
  ] as const)('tells banner, type, length and fingerprints of a key of %s', async (keyType, type, bits) => {
    const { port, logins } = await serveSsh(Object.values(keys))
    const result = await runOnce(sshCheck({ host, port, keyType }))
    expect(result).toMatchObject({ check: `ssh:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    const blob = publicKey(keys[keyType])
    const hash = (name: string, form: 'base64' | 'hex'): string => createHash(name).update(blob).digest(form)
    expect(measuredBy(result)).toEqual({
      banner: 'SSH-2.0-fake',
      key_type: type,
      key_bits: bits,
      fingerprint_sha256: `SHA256:${hash('sha256', 'base64').slice(0, 43)}`,
      fingerprint_md5: `MD5:${hash('md5', 'hex').match(/../g)!.join(':')}`,
    })
    expect(result.samples.map(({ series }) => series.metric)).toContain('tt_firstbyte')
    expect(logins()).toBe(0)
  })

  it('is bad where the key has none of the fingerprints', async () => {
    const { port } = await serveSsh([keys.ed25519])
    const first = measuredBy(await runOnce(sshCheck({ host, port })))
    const [sha256, md5] = [String(first['fingerprint_sha256']), String(first['fingerprint_md5'])]
    const other = `SHA256:${'A'.repeat(43)}`
    for (const fingerprints of [[sha256], [`${sha256}=`], [md5], [other, md5]])
      expect(await runOnce(sshCheck({ host, port, fingerprints }))).toMatchObject({ state: 'good' })
    const result = await runOnce(sshCheck({ host, port, fingerprints: [other] }))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: `its host key is another than expected: ${sha256}`,
    })
    expect(measuredBy(result)).toEqual(first)
  })

  it('is bad where the server has no key of the type', async () => {
    const { port } = await serveSsh([keys.ed25519])
    const result = await runOnce(sshCheck({ host, port, keyType: 'rsa' }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toContain('no matching host key format')
  })

  it('reads the banner alone where that is asked for, also behind other lines', async () => {
    const port = await serve(
      (socket) => void socket.write('Welcome\r\nto this host\r\nSSH-2.0-Other_1.0 x\r\n'),
    )
    const result = await runOnce(sshCheck({ host, port, hostKey: false }))
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toEqual({ banner: 'SSH-2.0-Other_1.0 x' })
  })

  it.each([
    ['SSH-1.5-old\n', 'it does not speak SSH 2, but says "SSH-1.5-old"'],
    [`SSH-2.0-x\r\n${'x'.repeat(100)}`, /^the key exchange with .* failed: /],
    ['HTTP/1.1 400 Bad Request\r\n'.repeat(1000), /^expected SSH, got "HTTP/],
  ])('is bad and available where it says %j', async (said, status) => {
    const port = await serve((socket) => void socket.write(said))
    const result = await runOnce(sshCheck({ host, port }), { timeoutMs: 30_000 })
    expect(result).toMatchObject({ state: 'bad', available: 'yes', status: expect.stringMatching(status) })
  })

  it.each([
    ['at once', ''],
    ['in the banner', 'SSH-2.0-'],
    ['after it', 'SSH-2.0-x\r\n'],
  ])('is bad and not available where it hangs up %s, and times out where it hangs', async (_, said) => {
    const closing = await serve((socket) => void socket.end(said))
    expect(await runOnce(sshCheck({ host, port: closing }))).toMatchObject({ state: 'bad', available: 'no' })
    const resetting = await serve((socket) => void socket.write(said, () => socket.resetAndDestroy()))
    expect(await runOnce(sshCheck({ host, port: resetting }))).toMatchObject({
      state: 'bad',
      available: 'no',
    })
    let isOpen = true
    const hanging = await serve((socket) => {
      socket.on('close', () => (isOpen = false)).resume()
      socket.write(said)
    })
    expect(await runOnce(sshCheck({ host, port: hanging }), { timeoutMs: 100 })).toMatchObject({
      state: 'bad',
      reason: 'timed-out',
    })
    await expect.poll(() => isOpen).toBe(false)
  })

  /** A server before another that sends on what that one says, as it has changed it. */
  const relay = (port: number, change: (chunk: Buffer) => readonly Buffer[]): Promise<number> =>
    serve((socket) => {
      const server = connect(port, host).on('error', () => undefined)
      socket.pipe(server)
      void (async () => {
        for await (const chunk of server)
          for (const piece of change(chunk as Buffer)) {
            await new Promise(setImmediate)
            socket.write(piece)
          }
      })().catch(() => undefined)
      socket.on('close', () => server.destroy())
    })

  it('is good where the server drips', async () => {
    const { port } = await serveSsh([keys.ed25519])
    const dripping = await relay(port, (chunk) => Array.from(chunk, (byte) => Buffer.of(byte)))
    expect(await runOnce(sshCheck({ host, port: dripping }))).toMatchObject({ state: 'good' })
  })

  it('tells no key that a server shows and does not have', async () => {
    const { port } = await serveSsh([keys.ed25519])
    const [own, stolen] = [keys.ed25519, generateKeyPairSync('ed25519').private].map(publicKey)
    const lying = await relay(port, (chunk) => {
      const at = chunk.indexOf(own!)
      if (at >= 0) stolen!.copy(chunk, at)
      return [chunk]
    })
    const result = await runOnce(sshCheck({ host, port: lying }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(measuredBy(result)).toEqual({ banner: 'SSH-2.0-fake' })
  })

  it.each([
    ['before the banner', 'x', ''],
    ['lines before the banner', 'x\r\n', ''],
    ['packets of padding', '\0\0\0\x0c\x0a\x02\0\0\0\0\0\0\0\0\0\0', 'SSH-2.0-x\r\n'],
  ])('ends where a server sends %s without an end', async (_, piece, banner) => {
    const port = await serve((socket) => {
      socket.write(banner)
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.from(piece.repeat(4096), 'latin1')));
      }
      socket.on('drain', more)
      more()
    })
    const result = await runOnce(sshCheck({ host, port }), { timeoutMs: 30_000 })
    expect(result).toMatchObject({ state: 'bad' })
    expect(result.reason).not.toBe('timed-out')
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(sshCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('is unknown without its package, and says how to install it, but for the banner', async () => {
    const { port } = await serveSsh([keys.ed25519])
    vi.doMock('ssh2', () => {
      throw new Error('Cannot find package')
    })
    const result = await runOnce(sshCheck({ host, port }))
    const banner = await runOnce(sshCheck({ host, port, hostKey: false }))
    vi.doUnmock('ssh2')
    expect(result).toMatchObject({ state: 'unknown', available: 'unknown' })
    expect(result.status).toContain('npm install ssh2')
    expect(banner).toMatchObject({ state: 'good' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { keyType: 'dsa' },
      { fingerprints: [] },
      { fingerprints: 'SHA256:x' },
      { fingerprints: ['SHA256:x'] },
      { hostKey: 1 },
      { user: 'x' },
    ])
      expect(() => sshCheck({ host, ...options } as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})
