import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import type { HistoryQuestion, Shown } from '../server/wire.ts'
import { asking } from '../test/ask.ts'
import { start } from '../test/start.ts'
import type { Running } from '../test/start.ts'
import { reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch, visit } from './visit.ts'

const count = 14_000
/** The others come by Graphite. */
const byStatsd = 7000

/** Sends one sample of each series each 10 s, a tenth of them a second; returns how to end that. */
async function load({ statsdPort, graphitePort }: Running): Promise<() => void> {
  const udp = createSocket('udp4')
  const tcp = connect(graphitePort, '127.0.0.1')
  await once(tcp, 'connect')
  let turn = 0
  const sendTenth = (): void => {
    const seconds = Math.floor(Date.now() / 1000)
    let gauges: string[] = []
    let lines = ''
    const flush = (): void => {
      udp.send(gauges.join('\n'), statsdPort, '127.0.0.1')
      gauges = []
    }
    for (let index = turn % 10; index < count; index += 10) {
      // 25 series a metric.
      const metric = `service-${String(Math.floor(index / 25)).padStart(3, '0')}.requests.host-${index % 25}`
      const value = 100 + ((index * 7 + turn * 13) % 300)
      if (index < byStatsd) gauges.push(`${metric}:${value}|g`)
      else lines += `${metric} ${value} ${seconds}\n`
      if (gauges.length === 20) flush()
    }
    if (gauges.length > 0) flush()
    tcp.write(lines)
    turn += 1
  }
  for (let times = 0; times < 10; times += 1) {
    sendTenth()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const timer = setInterval(sendTenth, 1000)
  return () => {
    clearInterval(timer)
    udp.close()
    tcp.destroy()
  }
}

interface Came {
  /** Bytes of each answer, by path. */
  readonly answers: Map<string, number[]>
  /** What the stream said, as text. */
  readonly told: Map<string, string[]>
}

/** What reaches the page from now on, counted below it. */
async function listen(page: Page): Promise<Came> {
  const answers = new Map<string, number[]>()
  const told = new Map<string, string[]>()
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.eventSourceMessageReceived', ({ eventName, data }) => {
    told.set(eventName, [...(told.get(eventName) ?? []), data])
  })
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (!pathname.startsWith('/api/') || pathname === '/api/live') return
    void response.body().then(
      ({ length }) => answers.set(pathname, [...(answers.get(pathname) ?? []), length]),
      // An outdated question has no answer.
      () => undefined,
    )
  })
  return { answers, told }
}

const elements = (page: Page): Promise<number> => page.locator('*').count()

describe.skipIf(hasNoBrowser)('many series of a real observatory', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('are drawn, asked for, told and kept only as far as they are in the window, of 14,000 by statsd and Graphite', async () => {
    const data = await mkdtemp(join(tmpdir(), 'observatory-'))
    onTestFinished(() => rm(data, { recursive: true, force: true }))
    const life = await start(data)
    onTestFinished(() => life.stop('SIGKILL'))
    onTestFinished(await load(life))
    const seen = async (): Promise<number> => (await asking(life.url).state()).status.series
    await expect.poll(seen, { timeout: 120_000 }).toBeGreaterThanOrEqual(count)

    const opened = await visit(browser, '')
    onTestFinished(() => opened.close())
    const { page } = opened
    const came = await listen(page)
    const histories: HistoryQuestion[] = []
    const shown: Shown[] = []
    page.on('request', (request) => {
      const { pathname } = new URL(request.url())
      if (pathname === '/api/history') histories.push(request.postDataJSON() as HistoryQuestion)
      if (pathname === '/api/shown') shown.push(request.postDataJSON() as Shown)
    })
    await page.goto(life.url)
    await reached(opened, 'live')
    await page.locator('#machine canvas').first().waitFor()
    // The stream goes on: meanwhile the page is told of a tenth of them each second.
    const messages = (name: string): number => came.told.get(name)?.length ?? 0
    await expect.poll(() => Math.min(messages('samples'), 2 * messages('status'))).toBeGreaterThanOrEqual(4)
    const { faults } = await asking(life.url).state()
    // A fault of this machine, which is busy, asks for its own small chart.
    const faulty = new Set(faults.map(({ series }) => series.key))
    const asked = histories.flatMap(({ keys }) => keys).filter((key) => !faulty.has(key))
    // Of no series the past is asked for twice, and of none below the window at all.
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted())
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThanOrEqual(120)
    // Those of the first window, and those that what was told since has moved into it.
    const questions = histories.filter(({ keys }) => keys.some((key) => !faulty.has(key)))
    expect(questions.length).toBeLessThanOrEqual(3)
    for (const { keys } of shown) expect(keys.length).toBeLessThanOrEqual(150)
    // Rows name series by their place in what was asked for.
    const rows = came.told
      .get('samples')!
      .flatMap((text) => (JSON.parse(text) as { rows: [number, number, unknown][] }).rows)
    expect(Math.max(...rows.map(([index]) => index))).toBeLessThan(150)

    await page.locator('#filter input').fill('service-00')
    await page.locator('#filter', { hasText: '250 of 14,' }).waitFor()
    await page.locator('#filter input').fill('service-559')
    await expect
      .poll(() => page.locator('#sent h3').allInnerTexts())
      .toEqual(expect.arrayContaining([expect.stringContaining('service-559')]))
    expect(await page.locator('#sent article').count()).toBeLessThanOrEqual(9)
    expect(await elements(page)).toBeLessThan(3000)
    const most = [...came.answers, ...came.told].map(([name, parts]) => ({
      name,
      bytes: Math.max(...parts.map((part) => (typeof part === 'string' ? part.length : part))),
    }))
    console.log(
      `${questions.length} questions for ${asked.length} series, ${await elements(page)} elements`,
      most,
    )
    // The keys of all of them alone are twenty times as long.
    for (const { name, bytes } of most) expect(bytes, name).toBeLessThan(50_000)
    expect(opened.complaints).toEqual([])
  })
})
