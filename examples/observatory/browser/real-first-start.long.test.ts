import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { HostReading } from '@tocsin/protocols/host'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { startObservatory } from '../observatory.ts'
import { defaultSettings } from '../settings.ts'
import { reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch, visit } from './visit.ts'

const shell = promisify(execFile)

/** A reading of a machine with nothing to do. */
const reading: HostReading = {
  cpu: { userMs: 10, systemMs: 10, idleMs: 80 },
  load: [0.5, 0.5, 0.5],
  memory: { totalBytes: 8 * 2 ** 30, availableBytes: 6 * 2 ** 30 },
  disks: [],
  network: [],
}

describe.skipIf(hasNoBrowser)('a real observatory at its first start', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('has received nothing, until each of the three copied lines came, and is well once this machine is measured', async () => {
    const data = await mkdtemp(join(tmpdir(), 'observatory-'))
    onTestFinished(() => rm(data, { recursive: true, force: true }))
    // This machine says nothing before it is told to: the first start lasts as long as the test wants.
    let speak = (): void => undefined
    const silence = new Promise<void>((resolve) => (speak = resolve))
    const ports = { httpPort: 0, statsdPort: 0, graphitePort: 0 }
    const observatory = await startObservatory(
      // Few readings are left out meanwhile, of which each would be told.
      { ...defaultSettings, ...ports, data, periodMs: 5000 },
      { readHost: () => silence.then(() => reading) },
    )
    onTestFinished(() => observatory.close())
    const opened = await visit(browser, observatory.url, {
      viewport: { width: 1360, height: 1600 },
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    onTestFinished(() => opened.close())
    const { page } = opened
    const first = page.locator('#first-start')
    const isFirst = page.locator('#verdict', { hasText: 'Nothing has been received yet' })
    await isFirst.waitFor()
    await reached(opened, 'stale')
    expect(await first.getByText('nothing yet').count()).toBe(3)
    expect(await page.title()).not.toContain('✓')

    const metrics = ['demo.queue', 'demo.orders', 'checkout`latency_ms']
    for (const [index, metric] of metrics.entries()) {
      await first.getByRole('button', { name: /Copy/ }).nth(index).click()
      const shown = (await first.locator('code').nth(index).innerText()).slice(0, 20)
      const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText())
      await expect.poll(copied).toContain(shown)
      await shell('sh', ['-c', await copied()])
      await first
        .locator('li')
        .nth(index)
        .getByText(/✓ came (at|by) \d\d:\d\d:\d\d/)
        .waitFor()
      expect(await first.getByText('nothing yet').count()).toBe(2 - index)
      await page.locator('#sent article', { hasText: metric }).getByText(/\d/).first().waitFor()
    }
    await isFirst.waitFor({ state: 'detached' })
    await page.locator('#strip', { hasText: /storage lags by \d/ }).waitFor()
    const tabs = await opened.tabs()
    expect(tabs.length).toBeGreaterThan(1)
    expect(tabs.filter(({ isWell }) => isWell)).toEqual([])

    speak()
    await reached(opened, 'live')
    await page
      .locator('#machine article', { hasText: 'Memory' })
      .getByText(/25(\.0)?\s%/)
      .waitFor()
    expect(opened.complaints).toEqual([])
  })
})
