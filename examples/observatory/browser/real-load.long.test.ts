import { createSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import type { HistoryQuestion, Shown } from '../server/wire.ts'
import { asking } from '../test/ask.ts'
import { start } from '../test/start.ts'
import { steady, typingMs } from './load-figures.ts'
import { reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch, visit } from './visit.ts'

/** Sends one sample of each series each 10 s, a tenth of them a second; returns how to end that. */
async function load(port: number, count: number): Promise<() => void> {
  const socket = createSocket('udp4')
  let turn = 0
  const sendTenth = (): void => {
    let lines: string[] = []
    const flush = (): void => {
      socket.send(lines.join('\n'), port, '127.0.0.1')
      lines = []
    }
    for (let index = turn % 10; index < count; index += 10) {
      // 25 series a metric.
      const metric = `service-${String(Math.floor(index / 25)).padStart(3, '0')}.requests`
      lines.push(`${metric}.host-${index % 25}:${100 + ((index * 7 + turn * 13) % 300)}|g`)
      if (lines.length === 20) flush()
    }
    if (lines.length > 0) flush()
    turn += 1
  }
  for (let times = 0; times < 10; times += 1) {
    sendTenth()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const timer = setInterval(sendTenth, 1000)
  return () => {
    clearInterval(timer)
    socket.close()
  }
}

describe.skipIf(hasNoBrowser)('many series of a real observatory', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('are asked for by the page only as far as they are in its window, of 5,000', async () => {
    const count = 5000
    const data = await mkdtemp(join(tmpdir(), 'observatory-'))
    onTestFinished(() => rm(data, { recursive: true, force: true }))
    const life = await start(data)
    onTestFinished(() => life.stop('SIGKILL'))
    onTestFinished(await load(life.statsdPort, count))
    const seen = async (): Promise<number> => (await asking(life.url).state()).status.series
    await expect.poll(seen).toBeGreaterThanOrEqual(count)

    const opened = await visit(browser, '')
    onTestFinished(() => opened.close())
    const { page } = opened
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
    await page.waitForTimeout(3000)
    const onLoad = Math.max(0, ...(await opened.longTasks()))
    const { bytes, renderers, server } = await steady(browser, page, life.process.pid!, 20)
    const { faults } = await asking(life.url).state()
    // A fault of this machine, which is busy, asks for its own small chart.
    const faulty = new Set(faults.map(({ series }) => series.key))
    const asked = histories.flatMap(({ keys }) => keys).filter((key) => !faulty.has(key))
    // The stream goes on: of no series the past is asked for twice, and of none below the window at all.
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted())
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThanOrEqual(120)
    // Those of the first window, and those that what was told since has moved into it.
    expect(histories.length).toBeLessThanOrEqual(3)
    for (const { keys } of shown) expect(keys.length).toBeLessThanOrEqual(150)
    const questions = histories.length
    const typing = await typingMs(page, 'and(__name:service-00*,host:*)')
    await page.locator('#filter input').fill('service-001')
    await expect
      .poll(() => page.locator('#sent h3').allInnerTexts())
      .toEqual(expect.arrayContaining([expect.stringContaining('service-001')]))
    expect(await page.locator('#sent article').count()).toBeLessThanOrEqual(9)
    const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
    console.log(
      `${count} real series: longest task on load ${onLoad.toFixed(0)} ms, a key ${typing.toFixed(0)} ms, ` +
        `${(bytes / 1024).toFixed(1)} KiB/s, of a core: page ${percent(renderers)}, server ${percent(server)}; ` +
        `${questions} questions for ${asked.length} series`,
    )
    expect(opened.complaints).toEqual([])
  })
})
