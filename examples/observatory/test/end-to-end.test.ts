import { createSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { parsePrometheus } from '@tocsin/protocols/prometheus'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { startObservatory } from '../observatory.ts'
import type { Observatory } from '../observatory.ts'
import { defaultSettings } from '../settings.ts'
import { asking } from './ask.ts'
import type { Asking } from './ask.ts'
import { startReceiver } from './receiver.ts'

const patience = { timeout: 50_000, interval: 20 }
let folder = ''
let observatory: Observatory
let webhook: Awaited<ReturnType<typeof startReceiver>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observatory-'))
  webhook = await startReceiver()
  const ports = { httpPort: 0, statsdPort: 0, graphitePort: 0 }
  observatory = await startObservatory({ ...defaultSettings, ...ports, data: folder, webhook: webhook.url })
})

afterAll(async () => {
  await observatory.close()
  webhook.close()
  await rm(folder, { recursive: true, force: true })
})

function sendUdp(text: string): Promise<void> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.send(text, observatory.statsdPort, '127.0.0.1', (error) => {
      socket.close()
      if (error) reject(error)
      else resolve()
    })
  })
}

function sendTcp(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(observatory.graphitePort, '127.0.0.1', () => socket.end(text))
    socket.once('close', () => resolve()).once('error', reject)
  })
}

const history: Asking['stored'] = (select) => asking(observatory.url).stored(select)

describe('the pipeline over real sockets', () => {
  it('takes what comes by UDP, TCP and HTTP into rollups with the right numbers', async () => {
    const minute = Math.floor(Date.now() / 60_000) * 60_000 - 120_000
    await sendUdp('e2e.temperature:10|g|#room:a\ne2e.temperature:20|g|#room:b')
    await sendTcp(
      [1, 2, 6].map((value, index) => `e2e.orders;shop=x ${value} ${minute / 1000 + index}\n`).join(''),
    )
    const reply = await fetch(`${observatory.url}${observatory.trapPath}`, {
      method: 'POST',
      body: JSON.stringify({
        e2e: { latency: { _value: 12.5, _type: 'n', _ts: minute } },
        e2e_note: 'deployed',
      }),
    })
    expect(reply.status).toBe(200)
    expect(await reply.json()).toMatchObject({ stats: 2 })

    await vi.waitFor(
      async () =>
        expect(await history('__name:e2e*')).toEqual({
          'e2e.temperature|ST[room:a]': [10],
          'e2e.temperature|ST[room:b]': [20],
          'e2e.orders|ST[shop:x]': [3],
          'e2e`latency': [12.5],
          e2e_note: ['deployed'],
        }),
      patience,
    )
  })

  it('raises and clears a fault that reaches a webhook once each', async () => {
    const ofQueue = () => webhook.received.filter(({ body }) => body.alerts[0].id.includes('demo.queue'))
    await sendUdp('demo.queue:120|g')
    await vi.waitFor(() => expect(ofQueue()).toHaveLength(1), patience)
    await sendUdp('demo.queue:130|g')
    await sendUdp('demo.queue:20|g')
    await vi.waitFor(() => expect(ofQueue()).toHaveLength(2), patience)
    await sendUdp('demo.queue:10|g')
    await vi.waitFor(
      async () => expect(Object.keys(await history('__name:demo.queue'))).toHaveLength(1),
      patience,
    )

    expect(ofQueue().map(({ body }) => body.kind)).toEqual(['alert', 'recovery'])
    expect(new Set(ofQueue().map(({ id }) => id)).size).toBe(2)
  })

  it('answers a document with the wrong secret by 403 and journals none of it', async () => {
    const path = observatory.trapPath.replace(/[^/]+$/, 'wrong')
    const reply = await fetch(`${observatory.url}${path}`, { method: 'POST', body: '{"forged": 1}' })
    expect(reply.status).toBe(403)
    // What comes after it is stored after it.
    await fetch(`${observatory.url}${observatory.trapPath}`, { method: 'POST', body: '{"genuine": 1}' })
    await vi.waitFor(
      async () => expect(await history('or(__name:forged,__name:genuine)')).toEqual({ genuine: [1] }),
      patience,
    )
  })

  it('refuses requests that name another host, as a rebound name would', async () => {
    const socket = connect(Number(new URL(observatory.url).port), '127.0.0.1')
    socket.write('GET /api/state HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n')
    let text = ''
    for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1.1 403/)
  })

  it('answers /healthz by GET and HEAD under any name, and holds no secret in it', async () => {
    const reply = await fetch(`${observatory.url}/healthz`)
    expect(reply.status).toBe(200)
    expect(await reply.json()).toEqual({
      status: 'ok',
      sources: 'ok',
      journal: 'ok',
      rollups: 'ok',
      pipeline: 'ok',
    })
    expect((await fetch(`${observatory.url}/healthz`, { method: 'POST' })).status).toBe(405)

    const socket = connect(Number(new URL(observatory.url).port), '127.0.0.1')
    socket.write('HEAD /healthz HTTP/1.1\r\nHost: probe.example.com\r\nConnection: close\r\n\r\n')
    let text = ''
    for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1.1 200/)
    expect(text).toMatch(/\r\n\r\n$/)
  })

  it.each(['//', '/%', '/http://', '/\\'])('goes on after the path %s', async (path) => {
    const socket = connect(Number(new URL(observatory.url).port), '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    let text = ''
    for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1.1 404/)
  })

  it('says what is wrong with a question', async () => {
    const { post } = asking(observatory.url)
    const response = await post('/api/history', { from: 1, to: 1, keys: [] })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: 'from and to are whole ms since 1970, from before to, at most 31 days apart.',
    })
    const unread = await fetch(`${observatory.url}/api/catalogue?select=and(a:b`)
    expect(unread.status).toBe(400)
    expect(await unread.json()).toEqual({
      error: 'expected , or ) here',
      reason: 'bad-query',
      offset: 7,
    })
  })

  it('tells the state with this machine in it, and when the first samples of each source came', async () => {
    const { state, catalogue } = asking(observatory.url)
    await vi.waitUntil(async () => (await state()).status.lastSampleAt !== undefined, patience)
    const told = await state()
    expect(told.rules.map(({ id }) => id)).toEqual([
      'cpu-busy',
      'memory-full',
      'disk-full',
      'collector-silent',
      'demo-queue',
      'demo-heartbeat',
    ])
    expect(told.lines.map(({ cameAt }) => cameAt !== undefined && cameAt <= told.now)).toEqual([
      true,
      true,
      true,
    ])
    expect(told.status).toMatchObject({ judging: 'ok', viewers: 0, lag: expect.any(Number) as number })
    expect(told.status.lastSampleAt).toBeLessThanOrEqual(told.now)
    // The one who may look at the page is shown no more of the secret than tells it from another one.
    expect(told.lines[2]?.shown).not.toContain(observatory.trapPath)
    const { machine, sent } = await catalogue({ limit: '50' })
    expect(machine.cards.map(({ metric }) => metric)).toContain('load.1m')
    expect(sent.cards.map(({ metric }) => metric)).not.toContain('load.1m')
  })

  it('tells at /metrics what its parts have done and how its process is, and nothing that it collected', async () => {
    const scrape = async (): Promise<string> => (await fetch(`${observatory.url}/metrics`)).text()
    await sendUdp('e2e.scraped:1|c')
    // Each part at its own pace: the rollups have a sample when it is durable and was read again.
    const parts = ['source_samples_total{source="statsd"}', 'journal_appended_total', 'rollups_series']
    const isAtWork = (page: string): boolean =>
      parts.every((part) =>
        page.split('\n').some((line) => line.startsWith(`${part} `) && !line.endsWith(' 0')),
      )
    await vi.waitUntil(async () => isAtWork(await scrape()), patience)
    const bytes = Buffer.from(await scrape())
    const { samples, problems, failure } = parsePrometheus(bytes, { format: 'prometheus', time: 0 })
    expect([problems, failure]).toEqual([[], undefined])
    const values = new Map(samples.map(({ series, value }) => [series.metric, value]))
    for (const name of ['journal_appended_total', 'rollups_series', 'process_heap_used_bytes'])
      expect(values.get(name)).toBeGreaterThan(0)
    expect(values.get('page_viewers')).toBe(0)
    expect(bytes.toString()).not.toContain('e2e')
    expect((await fetch(`${observatory.url}/metrics`, { method: 'POST' })).status).toBe(405)
  })

  it('serves the page itself, and only files of the page', async () => {
    const page = await fetch(observatory.url)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(await page.text()).toContain('<title>')
    const again = await fetch(observatory.url, {
      headers: { 'if-none-match': page.headers.get('etag') ?? '' },
    })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await fetch(`${observatory.url}/uplot.js`)).headers.get('content-type')).toContain('javascript')
    for (const path of ['/server/wire.ts', '/..%2fmain.ts', '/page/index.html', '/constructor']) {
      expect((await fetch(`${observatory.url}${path}`)).status).toBe(404)
    }
  })
})
