import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { connect } from 'node:tls'

import { filter, firstValueFrom, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'

import { series } from '../src/samples.ts'
import type { CertificateState, LinkTls } from '../src/link/index.ts'
import { follow, linkSamples, serveJournal } from '../src/link/index.ts'
import { asText, createAuthority } from './helpers/certificates.ts'
import { caughtUp, problemOf, recordsOf, start, strings, until } from './helpers/machines.ts'
import { followInto, limits, serveAt } from './helpers/tls-links.ts'

const own = createAuthority()
const other = createAuthority('other')
afterAll(() => [own, other].forEach((authority) => authority[Symbol.dispose]()))
const past = { from: '20200101000000Z', to: '20200201000000Z' }
const future = { from: '20470101000000Z', to: '20480101000000Z' }
const san = 'URI:tocsin:subscriber:berlin,IP:127.0.0.1'
const berlin = own.issue('berlin', { san })
const aggregator = own.issue('aggregator')
const revoked = own.issue('aggregator', { file: 'revoked' })
const crl = own.revoke('revoked')
const foreign = { ...other.issue('aggregator'), ca: own.folder + '/ca.pem' }
const noName = own.issue('aggregator', { file: 'no-name', san: '' })
const twoNames = own.issue('aggregator', { file: 'two-names', san: 'DNS:aggregator,DNS:berlin' })

/** Connects to a port, whatever is there, and is closed with the test. */
function dialed(socket: Socket): Socket {
  socket.on('error', () => undefined).resume()
  onTestFinished(() => void socket.destroy())
  return socket
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())))

describe('a link', () => {
  it.each<[string, string, LinkTls]>([
    [
      'whose certificate is over',
      'certificate-expired',
      own.issue('aggregator', { ...past, file: 'expired' }),
    ],
    [
      'whose certificate is of the future',
      'certificate-not-yet-valid',
      own.issue('aggregator', { ...future, file: 'early' }),
    ],
    ['whose certificate was revoked', 'certificate-revoked', revoked],
    ['of another authority', 'unknown-authority', foreign],
  ])('is refused to a follower %s, and both sides know why', async (_, code, tls) => {
    const [collector, copy] = [await strings(), await strings()]
    await collector.append('secret')
    const server = await serveAt(collector, { ...berlin, crl })
    const following = followInto(server.port, tls, copy)
    expect(await problemOf(server, code)).toMatchObject({ peer: '127.0.0.1', from: 'journal-link' })
    expect(await until(following.stream, ({ type }) => type === 'waiting')).toMatchObject({ code })
    expect(await problemOf(following, 'link-refused')).toMatchObject({ code })
    // Others are served.
    const others = followInto(server.port, aggregator, await strings())
    await until(others.stream, caughtUp(1))
    expect(await recordsOf(copy)).toEqual([])
    expect([server.end, following.end]).toEqual(['open', 'open'])
  })

  it.each<[string, string, ConnectionOptions]>([
    ['without a certificate', 'no-certificate', {}],
    ['whose certificate has a common name only', 'wrong-name', pemOf(noName)],
    ['whose certificate has two names', 'wrong-name', pemOf(twoNames)],
    ['that speaks no protocol', 'wrong-protocol', { ...pemOf(aggregator), ALPNProtocols: [] }],
    ['that speaks another protocol', 'wrong-protocol', { ...pemOf(aggregator), ALPNProtocols: ['h2'] }],
    [
      'of an older TLS',
      'wrong-protocol',
      { ...pemOf(aggregator), minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
    ],
  ])('is refused to a stranger %s', async (_, code, options) => {
    const server = await serveAt(await strings(), berlin)
    const socket = connect({
      ...{
        host: '127.0.0.1',
        port: server.port,
        ca: readFileSync(berlin.ca),
        ALPNProtocols: ['tocsin-journal/1'],
      },
      ...options,
    })
    await closed(dialed(socket))
    expect(await problemOf(server, code)).toMatchObject({ peer: '127.0.0.1' })
    expect(server.events).toEqual([])
  })

  it.each<[string, string, LinkTls, object]>([
    [
      'whose certificate is over',
      'certificate-expired',
      own.issue('berlin', { ...past, san, file: 'berlin-old' }),
      {},
    ],
    ['of another authority', 'unknown-authority', { ...other.issue('berlin', { san }), ca: berlin.ca }, {}],
    ['of another name than the host', 'wrong-name', own.issue('wien'), {}],
    [
      'of another name than the one that is told',
      'wrong-name',
      berlin,
      { peer: ['wien', 'Berlin', 'berlin.'] },
    ],
    [
      'whose wildcard would fit',
      'wrong-name',
      own.issue('any', { san: 'DNS:*.0.0.1,DNS:*' }),
      { peer: 'berlin' },
    ],
  ])('is refused to a server %s', async (_, code, tls, options) => {
    const server = start(serveJournal(await strings(), { listen: 0, tls, allow: {}, limits }))
    if (tls.cert.endsWith('any.pem')) {
      // It has no name for links at all, and so cannot even begin.
      await expect.poll(() => server.end).toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
      return
    }
    const { port } = await firstValueFrom(server.stream.listening)
    const following = followInto(port, aggregator, await strings(), options)
    expect(await until(following.stream, ({ type }) => type === 'waiting')).toMatchObject({ code })
    expect(await problemOf(following, code)).toMatchObject({ peer: `127.0.0.1:${port}` })
    expect(following.end).toBe('open')
  })

  it('takes nobody while its revocation list is over, which is a state of its own', async () => {
    const collector = await strings()
    const folder = createAuthority('third')
    onTestFinished(() => folder[Symbol.dispose]())
    const [server, follower] = [folder.issue('berlin', { san }), folder.issue('aggregator')]
    const list = folder.list({ to: '20200201000000Z' })
    const reload$ = new Subject<void>()
    const serving = await serveAt(collector, { ...server, crl: list, reload$ })
    const following = followInto(serving.port, follower, await strings())
    expect(await problemOf(serving, 'revocation-list-expired')).toMatchObject({ peer: '127.0.0.1' })
    expect(await problemOf(serving, 'expired')).toMatchObject({
      message: expect.stringContaining('2020-02-01') as string,
    })
    const { certificates } = await firstValueFrom(serving.stream.state$)
    expect(certificates.map(({ what, state }) => [what, state])).toEqual([
      ['authority', 'valid'],
      ['certificate', 'valid'],
      ['revocation-list', 'expired'],
    ])
    folder.list()
    reload$.next()
    await until(following.stream, caughtUp(0))
  })

  it('goes on while certificates are exchanged, and uses the new ones for what comes then', async () => {
    const [collector, copy] = [await strings(), await strings()]
    const file = (name: string): string => join(own.folder, name)
    for (const kind of ['pem', 'key']) copyFileSync(file(`berlin.${kind}`), file(`used.${kind}`))
    const reload$ = new Subject<void>()
    const tls = { ca: berlin.ca, cert: file('used.pem'), key: file('used.key'), reload$ }
    const server = await serveAt(collector, tls, { allow: { aggregator: {}, late: {} } })
    const following = followInto(server.port, aggregator, copy)
    await until(following.stream, caughtUp(0))
    // Between the two files nothing fits: what was there is kept, and it is told.
    own.issue('berlin', { san: 'URI:tocsin:subscriber:potsdam', file: 'new' })
    copyFileSync(file('new.pem'), file('used.pem'))
    reload$.next()
    expect(await problemOf(server, 'reload-failed')).toMatchObject({
      message: expect.stringContaining('tls.key') as string,
    })
    copyFileSync(file('new.key'), file('used.key'))
    const renewed = firstValueFrom(
      server.stream.state$.pipe(filter(({ certificates }) => certificates.length > 0)),
    )
    reload$.next()
    await renewed
    const late = followInto(server.port, own.issue('late'), await strings(), {
      subscriber: 'late',
      peer: ['berlin', 'potsdam'],
    })
    await expect.poll(async () => (await firstValueFrom(late.stream.state$)).links[0]?.peer).toBe('potsdam')
    await collector.append('a')
    await until(following.stream, caughtUp(1))
    expect(server.events).not.toContainEqual(expect.objectContaining({ type: 'closed', peer: 'aggregator' }))
    expect(await recordsOf(copy)).toEqual(['a'])
  })

  it('ends when the certificate at its other side is revoked, and no other one does', async () => {
    const authority = createAuthority('fourth')
    onTestFinished(() => authority[Symbol.dispose]())
    const list = authority.list()
    const reload$ = new Subject<void>()
    const tls = { ...authority.issue('berlin', { san }), crl: list, reload$ }
    const collector = await strings()
    const server = await serveAt(collector, tls, { allow: { aggregator: {}, standby: {} } })
    const bad = followInto(server.port, authority.issue('aggregator'), await strings())
    const good = followInto(server.port, authority.issue('standby'), await strings(), {
      subscriber: 'standby',
    })
    await until(bad.stream, caughtUp(0))
    await until(good.stream, caughtUp(0))
    authority.revoke('aggregator')
    reload$.next()
    expect(await problemOf(server, 'certificate-revoked')).toMatchObject({ peer: 'aggregator' })
    expect(
      await until(bad.stream, (link) => link.type === 'waiting' && link.code === 'certificate-revoked'),
    ).toBeDefined()
    await collector.append('a')
    await until(good.stream, caughtUp(1))
  })

  it('comes about though 200 connections say nothing, others send garbage, and one is slow', async () => {
    const collector = await strings()
    await collector.append('a')
    const server = await serveAt(collector, berlin, { connectTimeoutMs: 3000 })
    const plain = (): Socket => dialed(connectPlain(server.port, '127.0.0.1'))
    const silent = Array.from({ length: 200 }, plain)
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    const following = followInto(server.port, aggregator, await strings())
    await until(following.stream, caughtUp(1))
    expect(await problemOf(server, 'too-many')).toMatchObject({ peer: '127.0.0.1' })
    const garbage = plain()
    garbage.end(Buffer.alloc(70_000, 0xa5))
    const web = plain()
    web.write('GET / HTTP/1.1\r\n\r\n')
    await Promise.all([garbage, web].map(closed))
    expect(await problemOf(server, 'wrong-protocol')).toBeDefined()
    // One byte of a handshake is no handshake: the time is over for all that wait.
    const slow = plain()
    slow.write(Uint8Array.of(0x16))
    await closed(slow)
    expect(await problemOf(server, 'timeout')).toBeDefined()
    expect(server.end).toBe('open')
    await collector.append('b')
    await until(following.stream, caughtUp(2))
  })

  it('takes text of PEM, and says nothing of a private key, wherever it was put by mistake', async () => {
    const collector = await strings()
    const texts = asText(berlin)
    const server = await serveAt(collector, texts)
    const following = followInto(server.port, asText(aggregator), await strings())
    await until(following.stream, caughtUp(0))
    const body = texts.key.split('\n').slice(1, -2).join('')
    const wrongs = [
      { key: body },
      { key: texts.key.replaceAll('\n', ' ') },
      { key: `-----BEGIN PRIVATE KEY-----\n${body}` },
    ]
    for (const wrong of wrongs) {
      const failed = start(
        follow({ connect: 'a:1', tls: { ...texts, ...wrong }, subscriber: 'a', into: collector }),
      )
      await expect.poll(() => failed.end).toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
      const told = `${String(failed.end)} ${JSON.stringify(failed.end)} ${JSON.stringify(failed.problems)}`
      expect(told).not.toContain(body.slice(0, 20))
    }
    const states = await firstValueFrom(server.stream.state$)
    expect(JSON.stringify([states, server.problems, following.problems])).not.toContain(body.slice(0, 20))
  })

  it('says weeks before that a certificate ends, once, and by its own clock', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, Infinity)
    const day = 86_400_000
    const validTo = Date.parse(new X509Certificate(readFileSync(berlin.cert)).validTo)
    scheduler.frame = validTo - 20 * day
    const reload$ = new Subject<void>()
    const options = { listen: 0, tls: { ...berlin, reload$ }, allow: {}, scheduler }
    const server = start(serveJournal(await strings(), options))
    await firstValueFrom(server.stream.listening)
    const ofOwn = async (state: string): Promise<CertificateState | undefined> => {
      const isOwn = ({ what, state: is }: CertificateState): boolean => what === 'certificate' && is === state
      const { certificates } = await firstValueFrom(
        server.stream.state$.pipe(filter((one) => one.certificates.some(isOwn))),
      )
      return certificates.find(isOwn)
    }
    expect(await ofOwn('valid')).toMatchObject({ daysLeft: 20, expiresAt: validTo })
    expect(server.problems).toEqual([])
    for (const left of [14, 13]) {
      scheduler.frame = validTo - left * day
      reload$.next()
      await expect.poll(async () => (await ofOwn('expiring'))?.daysLeft).toBe(left)
    }
    expect(server.problems.filter(({ message }) => message.includes('the certificate'))).toMatchObject([
      { reason: 'expires-soon', time: validTo - 14 * day },
    ])
    scheduler.frame = validTo
    reload$.next()
    expect(await ofOwn('expired')).toMatchObject({ daysLeft: 0 })
    const samples: unknown[] = []
    server.stream.state$.pipe(linkSamples({ clock: scheduler })).subscribe((sample) => samples.push(sample))
    expect(samples).toContainEqual(
      expect.objectContaining({
        time: validTo,
        kind: 'gauge',
        value: 0,
        series: series('link.certificate_days_left', { what: 'certificate' }),
      }),
    )
  })
})

function pemOf({ cert, key }: LinkTls): ConnectionOptions {
  return { cert: readFileSync(cert), key: readFileSync(key) }
}
