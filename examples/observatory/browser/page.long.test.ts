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
import { start } from '../test/start.ts'

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

  /** What the page says of faults, each time that it says something else. */
  const verdicts = async (other: Page): Promise<readonly string[]> =>
    other.evaluate(() => (globalThis as unknown as { verdicts: string[] }).verdicts)
  /** Another page, with what it says kept from the first paint on. */
  const openPage = async (): Promise<Page> => {
    const other = await browser.newPage()
    await other.addInitScript(() => {
      const seen: string[] = []
      Object.assign(globalThis, { verdicts: seen })
      new MutationObserver(() => {
        const text = document.querySelector('#faults')?.textContent.trim() ?? ''
        if (text !== '' && text !== seen.at(-1)) seen.push(text)
      }).observe(document, { subtree: true, childList: true })
    })
    return other
  }
  const unknown = (other: Page) =>
    other.locator('main[data-state="lost"] #faults', { hasText: /Not known since \d\d:\d\d:\d\d: / })
  it('says that nothing is wrong only after it has fetched the state', async () => {
    const data = await mkdtemp(join(tmpdir(), 'observatory-'))
    const life = await start(data)
    const other = await openPage()
    try {
      await other.route('**/api/state', (route) => route.abort())
      await other.goto(life.url)
      await unknown(other).filter({ hasText: 'the state cannot be fetched' }).waitFor()
      expect(await other.getAttribute('#connection', 'data-state')).toBe('lost')
      // Whatever this machine suffers from.
      await other.unroute('**/api/state')
      await other.route('**/api/state', async (route) => {
        const state = (await (await route.fetch()).json()) as object
        await route.fulfill({ json: { ...state, alerts: [] } })
      })
      await other.locator('main[data-state="known"] #faults', { hasText: 'Nothing is wrong.' }).waitFor()
      const said = await verdicts(other)
      expect(said[0]).toBe('Loading …')
      expect(said.findIndex((text) => text.includes('Nothing'))).toBe(said.length - 1)
    } finally {
      await other.close()
      await life.stop('SIGKILL')
      await rm(data, { recursive: true, force: true })
    }
  })

  it.each([
    ['goes away', 'SIGTERM', 'the connection is lost'],
    ['stops to speak', 'SIGSTOP', 'the server says nothing'],
  ] as const)('knows nothing while the server %s, and shows what it knew as such', async (_, signal, why) => {
    const data = await mkdtemp(join(tmpdir(), 'observatory-'))
    const first = await start(data)
    const again = ['--http-port', new URL(first.url).port]
    const lives = [first]
    const other = await openPage()
    try {
      await other.goto(first.url)
      await other.locator('main[data-state="known"]').waitFor()
      await fetch(first.trapUrl, { method: 'POST', body: '{"demo.queue": 120}' })
      await other.locator('#faults [data-state="active"]', { hasText: 'demo.queue' }).waitFor()

      first.process.kill(signal)
      await unknown(other).filter({ hasText: why }).waitFor()
      const kept = other.locator('#faults [data-state="unknown"]', { hasText: 'demo.queue' })
      expect(await kept.innerText()).toContain('last known')
      expect(await other.locator('#faults [data-state="active"]').count()).toBe(0)
      for (const panel of ['#charts', '#log', '#counts', '#faults [data-state="unknown"]']) {
        expect(await other.locator(panel).evaluate((node) => getComputedStyle(node).opacity)).toBe('0.45')
      }
      await other.screenshot({ path: join(artefacts, `page-${signal}.png`) })

      if (signal === 'SIGSTOP') first.process.kill('SIGCONT')
      else lives.push(await start(data, ...again))
      await other
        .locator('main[data-state="known"] #faults [data-state="active"]', { hasText: 'demo.queue' })
        .waitFor()
      expect(await other.locator('#charts').evaluate((node) => getComputedStyle(node).opacity)).toBe('1')
      const said = await verdicts(other)
      const sinceLost = said.slice(said.findIndex((text) => text.startsWith('Not known since')))
      expect(sinceLost.length).toBeGreaterThan(1)
      expect(sinceLost.filter((text) => text.includes('Nothing is wrong.'))).toEqual([])
    } finally {
      await other.close()
      for (const life of lives) await life.stop('SIGKILL')
      await rm(data, { recursive: true, force: true })
    }
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
