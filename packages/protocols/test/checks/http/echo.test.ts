import type { IncomingMessage } from 'node:http'

import { describe, expect, it } from 'vitest'

import type { HttpCheckOptions } from '../../../src/checks/http/http-check-options.ts'
import { look, measured, serve } from './server.ts'

const secret = 'S3cret-Token'
const basic = { user: 'ada', password: secret }

/** Each way in which a check has a secret. */
const ways: readonly (readonly [string, Partial<HttpCheckOptions>, string])[] = [
  ['a password', { basic }, '/'],
  ['a password of Digest', { digest: basic }, '/'],
  ['a function that gives a password', { basic: { user: 'ada', password: async () => secret } }, '/'],
  ['a header', { headers: { authorization: `Bearer ${secret}` } }, '/'],
  ['a cookie', { headers: { cookie: `lang=en; session=${secret}` } }, '/'],
  ['a parameter of the query', {}, `/?a=1&api_key=${secret}`],
]

const challenge = { 'www-authenticate': 'Digest realm="r", nonce="n"' }
const isAsked = ({ headers }: IncomingMessage): boolean => headers.authorization !== undefined

describe.each(ways)('httpCheck with %s that the server repeats', (_, options, path) => {
  const lookAt = async (answer: (base: string) => readonly [number, Record<string, string>, string]) => {
    const base = await serve((request, response) => {
      const [status, headers, body] = answer(base)
      if (options.digest !== undefined && !isAsked(request)) response.writeHead(401, challenge).end()
      else response.writeHead(status, headers).end(body)
    })
    const result = await look({ url: `${base}${path}`, maxRedirects: 1, ...options })
    expect(JSON.stringify(result).toLowerCase()).not.toContain(secret.toLowerCase())
    return result
  }

  it.each([
    ['the host', `http://${secret}.invalid/`],
    ['the scheme', `${secret}:/`],
    ['the path', `http://${secret}.invalid/${secret}`],
  ])('tells it nowhere where it is %s of a redirect', async (__, location) => {
    expect((await lookAt(() => [302, { location }, ''])).state).toBe('bad')
  })

  it('tells it nowhere where the encoding of a body has its name', async () => {
    expect((await lookAt(() => [200, { 'content-encoding': secret }, 'x'])).state).toBe('bad')
  })

  it('measures the body without it', async () => {
    const body = JSON.stringify({ said: `no ${secret}!`, [secret]: 1, [`x ${secret}`]: 'text', good: 3 })
    const base = await serve((request, response) => {
      if (options.digest !== undefined && !isAsked(request)) response.writeHead(401, challenge).end()
      else response.end(body)
    })
    const result = await look({ url: `${base}${path}`, extract: 'json', ...options })
    expect(measured(result)).toMatchObject({ said: 'no ...!', good: 3 })
    expect(JSON.stringify(result)).not.toContain(secret)
    expect(result.status).toBe('good (2 values could not be taken)')
  })
})

it('httpCheck shows what is asked for, though the request has it too', async () => {
  const base = await serve((_, response) => response.end('{"module":"http_2xx","type":"application/json"}'))
  const url = `${base}/probe?module=http_2xx`
  const result = await look({
    url,
    extract: 'json',
    headers: { accept: 'application/json', 'x-env': 'http' },
  })
  expect(measured(result)).toMatchObject({ module: 'http_2xx', type: 'application/json' })
})
