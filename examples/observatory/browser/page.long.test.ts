import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findTools, linesToPaste } from '../banner.ts'
import { startObservatory } from '../observatory.ts'
import type { Observatory } from '../observatory.ts'
import { defaultSettings } from '../settings.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)
const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url))
const shell = promisify(execFile)
const hasShellTools = ['nc', 'curl'].every(
  (name) => existsSync(`/usr/bin/${name}`) || existsSync(`/bin/${name}`),
)
const required = process.env['TOCSIN_REQUIRE_PEERS'] === '1'
if (executablePath === undefined && !required)
  console.log('skipped: no Chromium here; on Debian: apt-get install chromium')

if (!hasShellTools && !required)
  console.log('skipped: no nc or curl here; on Debian: apt-get install netcat-openbsd curl')

describe.skipIf(executablePath === undefined && !required)('the page', () => {
  let folder = ''
  let observatory: Observatory
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error('TOCSIN_REQUIRE_PEERS is set, but there is no Chromium')
    await mkdir(artefacts, { recursive: true })
    folder = await mkdtemp(join(tmpdir(), 'observatory-'))
    const ports = { httpPort: 0, statsdPort: 0, graphitePort: 0 }
    observatory = await startObservatory({ ...defaultSettings, ...ports, data: folder, periodMs: 250 })
    const quiet = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]
    browser = await chromium.launch({ executablePath, args: quiet })
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } })
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(observatory.url)
  })

  afterAll(async () => {
    await browser.close()
    await observatory.close()
    await rm(folder, { recursive: true, force: true })
  })

  const send = (line: string): Promise<void> => {
    const socket = createSocket('udp4')
    return new Promise((resolve) =>
      socket.send(line, observatory.statsdPort, '127.0.0.1', () => socket.close(() => resolve())),
    )
  }

  /** Pixels of the chart that are not its background. */
  const drawnPixels = (key: string): Promise<number> =>
    page.evaluate((series) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`[data-series="${CSS.escape(series)}"] canvas`)
      const context = canvas?.getContext('2d')
      if (!canvas || !context) return 0
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
      return data.filter((value, index) => index % 4 === 3 && value > 0).length
    }, key)

  it('draws the metrics of this machine', async () => {
    await page.waitForSelector('#connection[data-state="live"]')
    await page.waitForSelector('[data-series^="memory.used_percent"] canvas')
    const key = await page.getAttribute('[data-series^="memory.used_percent"]', 'data-series')
    await expect.poll(() => drawnPixels(key ?? '')).toBeGreaterThan(500)
  })

  it('shows what is sent, and a fault that opens and clears', async () => {
    await send('demo.queue:120|g')
    await page.waitForSelector('[data-series="demo.queue"] canvas')
    const fault = page.locator('#faults [data-state="active"]', { hasText: 'demo.queue' })
    await fault.waitFor()
    expect(await fault.innerText()).toContain('severity 2')
    expect(await fault.innerText()).toContain('120')
    await page.locator('#log li', { hasText: 'demo.queue' }).first().waitFor()
    for (let value = 119; value > 110; value--) await send(`demo.queue:${value}|g`)
    await expect.poll(() => drawnPixels('demo.queue')).toBeGreaterThan(0)
    await page.screenshot({ path: join(artefacts, 'page.png'), fullPage: true })

    await send('demo.queue:20|g')
    await fault.waitFor({ state: 'detached' })
    await expect.poll(() => page.locator('#log li', { hasText: 'demo.queue' }).count()).toBe(2)
  })

  it.skipIf(!hasShellTools && !required)('shows what the three printed lines send', async () => {
    const lines = linesToPaste(observatory, findTools())
    expect(lines).toHaveLength(3)
    for (const line of lines) await shell('sh', ['-c', line])
    for (const key of ['demo.queue', 'demo.orders', 'checkout`latency_ms']) {
      // As text of the page, not only as a chart: the latest value stands beside the name.
      await page.locator('.chart', { hasText: key }).locator('.now', { hasText: /\d/ }).waitFor()
    }
  })

  it('shows how far the storage lags behind the journal', async () => {
    await page.locator('#subscribers tr', { hasText: 'storage' }).waitFor()
  })

  it('can be read in the dark and on a phone', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForTimeout(1200)
    await page.screenshot({ path: join(artefacts, 'page-dark.png') })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.waitForTimeout(1200)
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
      .toBeLessThanOrEqual(390)
    await page.screenshot({ path: join(artefacts, 'page-phone.png') })
  })

  it('leaves nobody watching when it is closed, and has complained of nothing', async () => {
    await page.close()
    const viewers = async (): Promise<number> => {
      const state = (await (await fetch(`${observatory.url}/api/state`)).json()) as {
        status: { live: { viewers: number } }
      }
      return state.status.live.viewers
    }
    await expect.poll(viewers).toBe(0)
    expect(complaints).toEqual([])
  })
})
