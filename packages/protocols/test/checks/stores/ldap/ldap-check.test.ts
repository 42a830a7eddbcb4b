import type { Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'

import { describe, expect, it } from 'vitest'

import type { CheckResult } from '../../../../src/checks/check.ts'
import { runOnce } from '../../../../src/checks/run-once.ts'
import { ber as written } from '../../../../src/checks/stores/ldap/ber.ts'
import { ldapCheck, type LdapCheckOptions } from '../../../../src/checks/stores/ldap/ldap-check.ts'
import { freePort } from '../../../sockets.ts'
import { ber, berAt, berInteger, type BerValue, integerOf, readBer } from '../../ber.ts'
import { chained, expired, intermediate, key, root } from '../../exchange/certificates.ts'
import { expectConformance, type Manner, manners, serveIn } from '../../conformance.ts'
import { listen, serve } from '../../exchange/run.ts'
import { expectNoSecret, measuredBy } from '../../scripted-server.ts'

const host = '127.0.0.1'
const password = 'hunter2'
const login = { user: 'cn=robin,dc=x', password }

/** What is answered: an operation, and perhaps controls. */
type Reply = readonly Buffer[] | Buffer

const octets = (text: string): Buffer => ber(4, text)
const result = (tag: number, code = 0): Buffer =>
  ber(tag, ber(10, Buffer.of(code)), octets(''), octets(`no, ${password}`))
const entry = (...classes: readonly string[]): Buffer =>
  ber(0x64, octets('cn=x'), ber(0x30, ber(0x30, octets('objectClass'), ber(0x31, ...classes.map(octets)))))
const page = (cookie: string): Buffer =>
  ber(
    0xa0,
    ber(
      0x30,
      octets('1.2.840.113556.1.4.319'),
      octets(ber(0x30, berInteger(0), octets(cookie)).toString('latin1')),
    ),
  )

/** The messages of a client, in which each has come whole. */
function talk(
  socket: Socket,
  answer: (operation: BerValue, socket: Socket, whole: Buffer) => readonly Reply[],
): void {
  socket.on('data', (whole: Buffer) => {
    for (const message of readBer(whole)) {
      const [id, operation] = readBer(message.bytes)
      for (const reply of answer(operation!, socket, message.bytes))
        socket.write(ber(0x30, berInteger(integerOf(id!)), ...[reply].flat()))
    }
  })
}

const person = ['top', 'person']
const directory = (operation: BerValue): readonly Reply[] => {
  if (operation.tag === 0x60) return [result(0x61)]
  if (operation.tag === 0x63) return [entry(...person), entry('TOP', 'device'), entry(), result(0x65)]
  return []
}

const run = (options: Partial<LdapCheckOptions>, timeoutMs = 30_000): Promise<CheckResult> =>
  runOnce(ldapCheck({ host, ...options }), { timeoutMs })

describe('ldapCheck', () => {
  it('logs in, searches, counts objects by their classes, and says goodbye', async () => {
    const said: BerValue[] = []
    const port = await serve((socket) =>
      talk(socket, (operation) => {
        said.push(operation)
        return directory(operation)
      }),
    )
    const base = 'dc=x'
    const outcome = await run({ port, ...login, base, filter: '(objectClass=*)' })
    expect(outcome).toMatchObject({ check: `ldap:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    expect(measuredBy(outcome)).toEqual({
      bind_duration: expect.any(Number),
      search_duration: expect.any(Number),
      total_objects: 3,
      'object_count|ST[object_class:top]': 2,
      'object_count|ST[object_class:person]': 1,
      'object_count|ST[object_class:device]': 1,
    })
    await expect.poll(() => said.map(({ tag }) => tag)).toEqual([0x60, 0x63, 0x42])
    const [bound, searched] = said
    expect(integerOf(berAt(bound!.bytes, 0))).toBe(3)
    expect(berAt(bound!.bytes, 1).bytes.toString()).toBe(login.user)
    expect(berAt(bound!.bytes, 2)).toEqual({ tag: 0x80, bytes: Buffer.from(password) })
    expect(berAt(searched!.bytes, 0).bytes.toString()).toBe(base)
    expect(integerOf(berAt(searched!.bytes, 1))).toBe(2)
  })

  it('asks a function for the password, and takes no empty one, with which anybody is let in', async () => {
    const port = await serve((socket) => talk(socket, directory))
    expect(await run({ port, ...login, password: async () => password })).toMatchObject({ state: 'good' })
    const outcome = await run({ port, ...login, password: () => '' })
    expect(outcome).toMatchObject({ state: 'unknown', available: 'unknown' })
    expect(outcome.status).toBe('the function that gives the password gave an empty one')
  })

  it('looks at the server itself, as nobody, where it is told nothing', async () => {
    const said: BerValue[] = []
    const port = await serve((socket) =>
      talk(socket, (operation) => {
        said.push(operation)
        return directory(operation)
      }),
    )
    expect(await run({ port })).toMatchObject({ state: 'good' })
    expect(said[0]).toMatchObject({ tag: 0x63 })
    expect(integerOf(berAt(said[0]!.bytes, 1))).toBe(0)
  })

  it('asks for page after page, up to the most objects', async () => {
    let pages = 0
    const port = await serve((socket) =>
      talk(socket, ({ tag }) => {
        if (tag !== 0x63) return []
        pages += 1
        const last = pages === 3
        return [
          ...Array.from({ length: 4 }, () => entry('top')),
          [result(0x65), page(last ? '' : `page${pages}`)],
        ]
      }),
    )
    expect(measuredBy(await run({ port, base: 'dc=x' }))).toMatchObject({ total_objects: 12 })
    pages = -100
    const outcome = await run({ port, base: 'dc=x', maxObjects: 10 })
    expect(outcome).toMatchObject({ state: 'warning', status: 'there are more than 10 objects' })
    expect(measuredBy(outcome)).toMatchObject({ total_objects: 10, 'object_count|ST[object_class:top]': 10 })
    expect(pages).toBe(-97)
  })

  it('counts the first 1000 classes of an object, and warns', async () => {
    const classes = Array.from({ length: 1002 }, (_, at) => octets(`c${at}`))
    const values = written(0x31, ...classes)
    const attributes = written(0x30, written(0x30, octets('objectClass'), values))
    const port = await serve((socket) =>
      talk(socket, ({ tag }) =>
        tag === 0x63 ? [written(0x64, octets('cn=x'), attributes), result(0x65)] : [],
      ),
    )
    const outcome = await run({ port })
    expect(outcome).toMatchObject({
      state: 'warning',
      status: 'an object has 1000 classes or more, of which so many are counted',
    })
    const counted = Object.keys(measuredBy(outcome)).filter((key) => key.startsWith('object_count'))
    expect(counted).toHaveLength(1000)
  })

  it.each([
    [0x60, 49, 'the login was answered by invalidCredentials'],
    [0x63, 32, 'the search was answered by noSuchObject'],
    [0x63, 80, 'the search was answered by result code 80'],
  ])('is bad and available where operation %i is answered by %i', async (tag, code, status) => {
    const port = await serve((socket) =>
      talk(socket, (operation) =>
        operation.tag === tag ? [result(tag === 0x60 ? 0x61 : 0x65, code)] : directory(operation),
      ),
    )
    const outcome = await run({ port, ...login })
    expect(outcome).toMatchObject({ state: 'bad', available: 'yes', status })
    expectNoSecret(outcome, password)
  })

  const speakTls = (socket: Socket, cert: string): void => {
    socket.removeAllListeners('data')
    const secured = new TLSSocket(socket, { isServer: true, key, cert })
    secured.on('error', () => undefined)
    talk(secured, directory)
  }
  const startTls =
    (cert: string): ((socket: Socket) => void) =>
    (socket) =>
      talk(socket, ({ tag }) => {
        if (tag !== 0x77) return []
        setImmediate(() => speakTls(socket, cert))
        return [result(0x78)]
      })

  it('speaks TLS from the first byte or by StartTLS, and verifies', async () => {
    const cert = `${chained}\n${intermediate}`
    const tls = await listen(createTlsServer({ key, cert }, (socket) => talk(socket, directory)))
    expect(await run({ port: tls, ...login, tls: { ca: root } })).toMatchObject({ state: 'good' })
    const good = await serve(startTls(cert))
    expect(await run({ port: good, ...login, starttls: { ca: root } })).toMatchObject({ state: 'good' })
    const ended = await serve(startTls(expired))
    const outcome = await run({ port: ended, ...login, starttls: { ca: root } })
    expect(outcome).toMatchObject({ state: 'bad', available: 'yes' })
    expect(outcome.status).toContain('it ended')
  })

  it('tells no password where there is no StartTLS', async () => {
    const tags: number[] = []
    const port = await serve((socket) =>
      talk(socket, ({ tag }) => {
        tags.push(tag)
        return [result(0x78, 2)]
      }),
    )
    expect(await run({ port, ...login, starttls: true })).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'StartTLS was answered by protocolError',
    })
    expect(tags).toEqual([0x77])
  })

  const message = (id: number, ...parts: readonly Buffer[]): Buffer => ber(0x30, berInteger(id), ...parts)
  it.each([
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['another answer', message(1, result(0x65))],
    ['an answer to something else', message(7, result(0x61))],
    ['a message that is none', ber(0x30, Buffer.from('ffffffff', 'hex'))],
    ['a result that is none', message(1, ber(0x61))],
    ['a length that is none', Buffer.from('30ff00000000', 'hex')],
    ['that it hangs up', message(0, result(0x78, 52))],
  ])('is bad and available where it says %s', async (_, bytes) => {
    const port = await serve((socket) => void socket.on('data', () => socket.write(bytes)))
    const outcome = await run({ port, ...login })
    expect(outcome).toMatchObject({ state: 'bad', available: 'yes' })
    expect(outcome.status).toMatch(/^expected an answer of LDAP, got another$|^it hung up with unavailable$/)
    expectNoSecret(outcome, password)
  })

  it('is bad where it breaks off at any byte, and times out where it hangs there', async () => {
    const whole = message(1, result(0x61))
    for (let length = 0; length < whole.length; length += 1) {
      const part = whole.subarray(0, length)
      const ending = await serve((socket) => void socket.on('data', () => socket.end(part)))
      expect(await run({ port: ending, ...login })).toMatchObject({ state: 'bad', available: 'no' })
    }
    const hanging = await serve((socket) => void socket.on('data', () => socket.write(whole.subarray(0, 9))))
    expect(await run({ port: hanging, ...login }, 50)).toMatchObject({ state: 'bad', reason: 'timed-out' })
  })

  it('is good where it drips', async () => {
    const port = await serve((socket) => {
      const write = socket.write.bind(socket)
      let before = Promise.resolve()
      socket.write = (bytes: Buffer) => {
        before = before.then(async () => {
          for (const byte of bytes) {
            await new Promise(setImmediate)
            write(Buffer.of(byte))
          }
        })
        return true
      }
      talk(socket, directory)
    })
    expect(await run({ port, ...login })).toMatchObject({ state: 'good' })
  })

  it.each([
    ['objects', message(1, entry('top'))],
    ['one message', Buffer.concat([Buffer.from('3084ffffffff', 'hex'), Buffer.alloc(60_000)])],
  ])('ends where it sends %s without an end', async (_, piece) => {
    const port = await serve((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.concat(Array.from({ length: 20 }, () => piece))));
      }
      socket.once('data', more).on('drain', more)
    })
    const outcome = await run({ port, maxBytes: 200_000 })
    expect(outcome).toMatchObject({ state: 'bad', available: 'yes', reason: 'not-good' })
    expect(outcome.status).toContain('sent more than 200000 bytes')
  })

  it('keeps what every check promises', async () => {
    const manner: Manner = { now: 'good' }
    const port = await serveIn(manner, (socket) => talk(socket, directory))
    await expectConformance({
      ...manners(manner),
      create: () => ldapCheck({ host, port, ...login }),
      secrets: [password],
    })
  })

  it('is bad and not available where nobody listens', async () => {
    expect(await run({ port: await freePort('tcp') })).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { user: 'cn=x' },
      { user: 'cn=x', password: '' },
      { filter: 'cn=x' },
      { scope: 'children' },
      { maxObjects: 0 },
      { tls: true, starttls: true },
      { dn: 'x' },
    ])
      expect(() => ldapCheck({ host, ...options } as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(ldapCheck({ host: 'a.test', tls: true }).name).toBe('ldap:a.test:636')
  })
})
