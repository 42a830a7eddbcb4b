import type { IncomingMessage } from 'node:http'

import { describe, expect, it } from 'vitest'

import { redirected, type RunRequest } from '../../../src/checks/http/redirect.ts'
import { authority, clientCertificate, clientKey } from '../../certificates.ts'
import { look, measured, serve, serveSecure, steady } from './server.ts'

const request: RunRequest = {
  url: new URL('https://one.example/a/b?c=d'),
  method: 'POST',
  headers: { 'x-token': 'secret', cookie: 'secret', accept: 'text/html', 'content-type': 'text/plain' },
  body: 'secret',
  family: 'prefer-ipv4',
  tls: { ca: authority, cert: clientCertificate, key: clientKey, servername: 'one.example' },
  isTrusted: true,
}

const follow = (status: number, location: string, from = request): RunRequest => {
  const next = redirected(from, status, location)
  if (typeof next !== 'object') throw new Error(`not followed: ${next}`)
  return next
}

describe('redirected', () => {
  it('stays where the origin is the same, with all that was sent', () => {
    expect(follow(307, '../e?f#g')).toEqual({ ...request, url: new URL('https://one.example/e?f') })
    expect(follow(308, 'https://user:password@one.example:443/').url.href).toBe('https://one.example/')
  })

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ])('for %d turns %s into %s', (status, method, becomes) => {
    const next = follow(status, '/', { ...request, method })
    expect(next.method).toBe(becomes)
    expect(next.body).toBe(becomes === method && method !== 'HEAD' ? 'secret' : undefined)
    expect('content-type' in next.headers).toBe(next.body !== undefined)
  })

  it.each(['http://one.example/', 'https://two.example/', '//two.example/', 'https://one.example:444/'])(
    'takes nothing that could be secret to %s, and not back either',
    (location) => {
      const next = follow(303, location)
      expect(next.headers).toEqual({ accept: 'text/html' })
      expect(next).toMatchObject({ isTrusted: false, method: 'GET', body: undefined, tls: { ca: authority } })
      expect(JSON.stringify(next)).not.toMatch(/secret|PRIVATE|servername/)
      const back = follow(302, 'https://one.example/', next)
      expect(back.isTrusted).toBe(false)
      expect(JSON.stringify(back)).not.toMatch(/secret|PRIVATE/)
    },
  )

  it('follows neither with a body to another host, nor to another scheme, nor to what is no URL', () => {
    expect(redirected(request, 307, 'https://two.example/x?secret')).toBe(
      'one.example redirects the body of the request to two.example',
    )
    expect(redirected(request, 302, 'file:///etc/passwd')).toMatch('redirects to file:, which is neither')
    expect(redirected(request, 302, 'http://')).toBe('one.example redirects to what is no URL')
    expect(redirected(request, 302, undefined)).toBeUndefined()
    expect(redirected(request, 304, '/')).toBeUndefined()
  })
})

describe('httpCheck with redirects', () => {
  it('takes one as an answer where none is to be followed', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: '/x' }).end())
    expect(steady(await look({ url, expectStatus: 302 }))).toEqual({ code: 302, bytes: 0 })
  })

  it('follows as many as it may, and measures each by itself', async () => {
    const url = await serve((request, response) => {
      const left = Number(request.url?.slice(1) ?? 0)
      if (left === 0) response.end('there')
      else response.writeHead(301, { location: `/${left - 1}` }).end('moved')
    })
    const result = await look({ url: `${url}/3`, maxRedirects: 3, bodyMatch: 'there' })
    expect(result.state).toBe('good')
    expect(steady(result)).toEqual({ code: 200, bytes: 5, redirects: 3, body_match: 1 })
    const all = measured(result)
    expect(Object.values(all).filter(Array.isArray)).toEqual([])
    expect(Object.keys(all)).toEqual(
      expect.arrayContaining(['tt_connect', 'tt_connect|ST[request:2]', 'phase_ms|ST[phase:body,request:4]']),
    )
    const short = await look({ url: `${url}/3`, maxRedirects: 2 })
    expect(short).toMatchObject({ state: 'bad', available: 'yes', status: 'it redirects more than 2 times' })
    expect(steady(short)).toEqual({ code: 301, redirects: 2 })
  })

  it('ends in a loop', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      asked += 1
      response.writeHead(307, { location: '/' }).end()
    })
    expect(await look({ url, maxRedirects: 20 })).toMatchObject({
      state: 'bad',
      status: 'it redirects more than 20 times',
    })
    expect(asked).toBe(21)
  })

  it('goes over to TLS and to another host, and sends no credentials there', async () => {
    const seen: IncomingMessage[] = []
    const secure = await serveSecure((request, response) => {
      seen.push(request)
      response.end('secure')
    })
    const plain = await serve((request, response) => {
      seen.push(request)
      response.writeHead(302, { location: secure }).end()
    })
    const result = await look({
      url: plain,
      maxRedirects: 1,
      basic: { user: 'me', password: 'hidden' },
      headers: { 'X-Token': 'hidden', accept: 'text/html' },
      tls: { ca: authority },
    })
    expect(result.state).toBe('good')
    expect(measured(result)).toHaveProperty('cert_end_in|ST[request:2]')
    expect(seen.map(({ headers }) => [headers.authorization, headers['x-token'], headers.accept])).toEqual([
      ['Basic bWU6aGlkZGVu', 'hidden', 'text/html'],
      [undefined, undefined, 'text/html'],
    ])
  })

  it('is bad where the certificate on the way is not valid', async () => {
    const secure = await serveSecure((_request, response) => response.end())
    const url = await serve((_request, response) => response.writeHead(302, { location: secure }).end())
    const result = await look({ url, maxRedirects: 1 })
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toMatch(/^the certificate of .* is not valid/)
  })
})
