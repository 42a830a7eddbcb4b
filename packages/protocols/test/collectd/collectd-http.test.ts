import { gzipSync } from 'node:zlib'

import { describe, expect, it, onTestFinished } from 'vitest'

import { collectdHttp, type CollectdHttpOptions } from '../../src/collectd/collectd-http.ts'
import { serve } from '../../src/http/serve.ts'
import { httpTrap } from '../../src/http-trap/http-trap.ts'
import { portOf, receive } from '../sockets.ts'

const list = {
  ...{ values: [1], dstypes: ['gauge'], dsnames: ['value'], time: 1_700_000_000, interval: 10 },
  ...{ host: 'web1', plugin: 'load', plugin_instance: '', type: 'load', type_instance: '' },
}
const body = JSON.stringify([list])

async function open(options: CollectdHttpOptions) {
  const source = collectdHttp({ port: 0, ...options })
  const samples = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => {
    samples.subscription.unsubscribe()
    problems.subscription.unsubscribe()
  })
  const port = await portOf(source)
  const post = async (
    path: string,
    content: string | Uint8Array<ArrayBuffer> = body,
    init: RequestInit = {},
  ) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: content, ...init })
    return [reply.status, await reply.json()] as const
  }
  return { source, samples, problems, post }
}

describe('collectdHttp', () => {
  it('takes what write_http posts, also packed, and answers when it is acknowledged', async () => {
    const { samples, post } = await open({})
    expect(await post('/module/collectd')).toEqual([200, { stats: 1, filtered: 0 }])
    const packed = new Uint8Array(gzipSync(body))
    expect(await post('/module/collectd', packed, { headers: { 'content-encoding': 'gzip' } })).toEqual([
      200,
      { stats: 1, filtered: 0 },
    ])
    expect(samples.values.map(({ series }) => series.key)).toEqual(Array(2).fill('load.load|ST[host:web1]'))
  })

  it('refuses another document with 400 and says whose it may be', async () => {
    const { problems, post } = await open({})
    const [status, reply] = await post('/module/collectd', '{"queue":{"depth":7}}')
    expect([status, JSON.stringify(reply)]).toEqual([400, expect.stringContaining('httpTrap')])
    expect(problems.values).toMatchObject([{ reason: 'malformed' }])
    expect((await post('/module/collectd', `${body}]`))[0]).toBe(400)
  })

  it('asks for a secret in the path, and for users, where it has them', async () => {
    const { post } = await open({ secret: 'open sesame', auth: { basic: [{ user: 'a', password: 'b' }] } })
    const headers = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` }
    expect((await post('/module/collectd/open%20sesame'))[0]).toBe(401)
    expect((await post('/module/collectd/open%20sesame', body, { headers }))[0]).toBe(200)
    for (const path of ['', '/', '/other', '/open%20sesame/x'])
      expect((await post(`/module/collectd${path}`, body, { headers }))[0]).toBe(403)
  })

  it('takes no path but its own', async () => {
    const { post } = await open({ path: '/in' })
    expect((await post('/in'))[0]).toBe(200)
    expect((await post('/in/more'))[0]).toBe(403)
    expect((await post('/inside'))[0]).toBe(404)
  })

  it('stands beside a trap on one port', async () => {
    const both = serve({ port: 0 }, [httpTrap({ secret: 'door' }), collectdHttp()])
    const samples = receive(both)
    onTestFinished(() => samples.subscription.unsubscribe())
    const port = await portOf(both)
    const post = (path: string, content: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: content })
    await post('/module/collectd', body)
    await post('/module/httptrap/door', '{"queue":7}')
    expect((await samples.count(2)).map(({ series }) => series.key)).toEqual([
      'load.load|ST[host:web1]',
      'queue',
    ])
  })

  it.each([
    [{ path: 'collectd' }, 'path'],
    [{ secret: 'a/b' }, 'secret'],
    [{ maxValues: 0 }, 'maxValues'],
  ])('refuses %o at the call', (options, named) => {
    expect(() => collectdHttp(options)).toThrow(named)
  })
})
