import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { readChallenges } from '../../../../src/checks/http/auth/challenge.ts'
import { digestAuthorization, type DigestRequest } from '../../../../src/checks/http/auth/digest.ts'
import { look, measured, serve } from '../server.ts'

const mufasa: DigestRequest = {
  method: 'GET',
  uri: '/dir/index.html',
  body: '',
  user: 'Mufasa',
  password: 'Circle of Life',
  clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
}
const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v'
const opaque = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS'
const offer = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"`

/** The parameters of an answer. */
const parts = (header: string | undefined): Record<string, string> =>
  Object.fromEntries(readChallenges(header ?? '')[0]?.parameters ?? [])

describe('readChallenges', () => {
  it('reads several, with texts in quotes and words', () => {
    const read = readChallenges('Basic realm="a \\"b\\", c", Digest  nonce = abc ,qop="auth", Negotiate').map(
      ({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)],
    )
    expect(read).toEqual([
      ['basic', { realm: 'a "b", c' }],
      ['digest', { nonce: 'abc', qop: 'auth' }],
      ['negotiate', {}],
    ])
  })

  it('reads what it is not as far as it goes, in time', () => {
    expect(readChallenges('Digest realm="open')).toEqual([
      { scheme: 'digest', parameters: new Map() },
      expect.objectContaining({ scheme: 'realm' }),
    ])
    for (const hostile of [
      '"'.repeat(60_000),
      'a="\\'.repeat(20_000),
      ', '.repeat(30_000),
      'a='.repeat(30_000),
    ])
      expect(readChallenges(`Digest ${hostile}`).length).toBeLessThan(300)
  })
})

describe('digestAuthorization', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('answers by %s as RFC 7616 does in 3.9.1', (algorithm, response) => {
    expect(parts(digestAuthorization(offer(algorithm), mufasa))).toEqual({
      username: 'Mufasa',
      realm: 'http-auth@example.org',
      uri: '/dir/index.html',
      algorithm,
      nonce,
      nc: '00000001',
      cnonce: mufasa.clientNonce,
      qop: 'auth',
      response,
      opaque,
    })
  })

  it('answers by SHA-512-256 with a hashed name as RFC 7616 does in 3.9.2', () => {
    const challenge =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    const request = {
      ...mufasa,
      uri: '/doe.json',
      user: 'J\u00e4s\u00f8n Doe',
      password: 'Secret, or not?',
      clientNonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm',
    }
    // The RFC's own example was made with another function (its erratum 4897); these are of SHA-512/256.
    const hash = (text: string): string => createHash('sha512-256').update(text).digest('hex')
    const key = hash(`${request.user}:api@example.org:${request.password}`)
    expect(parts(digestAuthorization(challenge, request))).toMatchObject({
      username: hash(`${request.user}:api@example.org`),
      userhash: 'true',
      response: hash(
        `${key}:5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK:00000001:${request.clientNonce}:auth:${hash('GET:/doe.json')}`,
      ),
    })
    const plain = digestAuthorization(challenge.replace(', userhash=true', ''), request)
    expect(plain).toContain("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, ")
  })

  it('answers with a session, with the body where only that is taken, and as RFC 2069 has it', () => {
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
    const secret = md5('Mufasa:r:Circle of Life')
    const session = md5(`${secret}:n:${mufasa.clientNonce}`)
    const asked = md5('GET:/dir/index.html')
    const answered = (challenge: string): string | undefined =>
      parts(digestAuthorization(`Digest realm="r", nonce="n"${challenge}`, { ...mufasa, body: 'text' }))[
        'response'
      ]
    expect(answered(', algorithm=MD5-sess, qop=auth')).toBe(
      md5(`${session}:n:00000001:${mufasa.clientNonce}:auth:${asked}`),
    )
    expect(answered(', qop="auth-int"')).toBe(
      md5(`${secret}:n:00000001:${mufasa.clientNonce}:auth-int:${md5(`GET:/dir/index.html:${md5('text')}`)}`),
    )
    expect(answered('')).toBe(md5(`${secret}:n:${asked}`))
  })

  it('takes the best of several, and none that it does not know', () => {
    const both = `${offer('MD5')}, ${offer('SHA-256-sess')}`
    expect(parts(digestAuthorization(both, mufasa))['algorithm']).toBe('SHA-256-sess')
    for (const challenge of [
      'Basic realm="a"',
      offer('SHA-3'),
      'Digest realm="a"',
      offer('MD5').replace(/qop="[^"]*"/, 'qop="other"'),
    ])
      expect(digestAuthorization(challenge, mufasa)).toBeUndefined()
  })
})

describe('httpCheck with credentials', () => {
  const challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
  const digest = { user: 'me', password: 'hidden' }

  /** A server that takes one password. */
  const guarded = (seen: (string | undefined)[] = []): Promise<string> =>
    serve((request, response) => {
      const { authorization } = request.headers
      seen.push(authorization)
      const { cnonce = '', response: given, uri } = parts(authorization)
      const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
      const key = hash('me:r:hidden')
      const wanted = hash(`${key}:n:00000001:${cnonce}:auth:${hash(`GET:${request.url}`)}`)
      if (given === wanted && uri === request.url)
        response.writeHead(request.url === '/moved' ? 302 : 200, { location: '/there?a=b' }).end()
      else response.writeHead(401, { 'www-authenticate': challenge }).end()
    })

  it('answers a challenge once, and measures that by itself', async () => {
    const seen: (string | undefined)[] = []
    const url = await guarded(seen)
    const result = await look({ url: `${url}/a?b=c`, digest })
    expect(result.state).toBe('good')
    expect(measured(result)).toMatchObject({
      code: 200,
      'tt_connect|ST[request:2]': expect.any(Number) as unknown,
    })
    expect(seen[0]).toBeUndefined()
    expect(seen[1]).toMatch(/^Digest username="me"/)
    const wrong = await look({ url, digest: { user: 'me', password: () => Promise.resolve('wrong') } })
    expect(wrong).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'expected status 200, got 401, which refuses the credentials',
    })
    expect(seen).toHaveLength(4)
    expect(JSON.stringify(wrong)).not.toContain('wrong')
  })

  it('answers anew after a redirect', async () => {
    const seen: (string | undefined)[] = []
    const url = await guarded(seen)
    expect(await look({ url: `${url}/moved`, digest, maxRedirects: 1 })).toMatchObject({ state: 'good' })
    expect(seen.map((header) => parts(header)['uri'])).toEqual([undefined, '/moved', undefined, '/there?a=b'])
  })

  it('answers no challenge of another host, and never in clear', async () => {
    const other: (string | undefined)[] = []
    const strange = await guarded(other)
    const url = await serve((_request, response) => response.writeHead(302, { location: strange }).end())
    expect(await look({ url, digest, maxRedirects: 1 })).toMatchObject({ state: 'bad' })
    expect(other).toEqual([undefined])
    const seen: (string | undefined)[] = []
    const basic = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end()
    })
    expect(await look({ url: basic, digest })).toMatchObject({ state: 'bad' })
    expect(seen).toEqual([undefined])
  })

  it('sends those of Basic at once, from a function, and from the URL', async () => {
    const seen: (string | undefined)[] = []
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.end()
    })
    await look({ url, basic: { user: 'me', password: () => 'a:b' } })
    await look({ url: url.replace('//', '//m%65:p%40@') })
    expect(seen.map((header) => Buffer.from(header?.slice(6) ?? '', 'base64').toString())).toEqual([
      'me:a:b',
      'me:p@',
    ])
  })

  it('cannot tell where there is no password to be had', async () => {
    const url = await serve((_request, response) => response.end())
    const password = (): string => {
      throw new Error('hidden is not in the file')
    }
    const result = await look({ url, basic: { user: 'me', password } })
    expect(result).toMatchObject({
      state: 'unknown',
      available: 'unknown',
      status: 'the function that gives the password threw',
    })
    const never = new Promise<string>(() => undefined)
    expect(await look({ url, basic: { user: 'me', password: () => never } }, 50)).toMatchObject({
      reason: 'timed-out',
    })
    const none = () => 3 as unknown as string
    expect(await look({ url, basic: { user: 'me', password: none } })).toMatchObject({ state: 'unknown' })
  })
})
