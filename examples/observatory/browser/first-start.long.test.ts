import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

describe.skipIf(hasNoBrowser)('the first start', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('says that nobody can know yet, gives lines to paste, and names the rules', async () => {
    const stage = await open(browser, 'first-start')
    const { page } = stage
    await page.locator('#verdict', { hasText: 'Nothing has been received yet' }).waitFor()
    await page.locator('#verdict', { hasText: '6 rules are loaded' }).waitFor()
    const said = await page.evaluate(() => document.body.innerText)
    expect(said).not.toContain('Nothing is wrong')
    expect(await page.title()).not.toContain('✓')
    expect(await page.locator('#first-start').getByText('nothing yet').count()).toBe(3)
    for (const rule of [
      'memory-full',
      'disk-full',
      'cpu-busy',
      'collector-silent',
      'demo-queue',
      'demo-heartbeat',
    ])
      expect(await page.locator('#rules').innerText()).toContain(rule)
    await page.getByText('Nobody has been told anything').waitFor()
    await page.getByText('No fault since the start').waitFor()
    expect(stage.complaints).toEqual([])
  })

  it('copies the whole line, also where its secret is shortened', async () => {
    const stage = await open(browser, 'first-start', { permissions: ['clipboard-read', 'clipboard-write'] })
    const { page } = stage
    const line = page.locator('#first-start').getByRole('button', { name: /Copy/ }).last()
    await line.click()
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toContain('/httptrap/4f2a0d4b7c6e5f31a29bc81d')
    expect(await page.locator('#first-start').innerText()).not.toContain('4f2a0d4b7c6e5f31a29bc81d')
  })

  it('says of a line when it came', async () => {
    const stage = await open(browser, 'first-start')
    const { page, standIn } = stage
    await page.locator('#first-start').getByText('nothing yet').first().waitFor()
    standIn.world.arrive('statsd', standIn.now())
    await page
      .locator('#first-start')
      .getByText(/✓ came by \d\d:\d\d:\d\d/)
      .waitFor()
    expect(await page.locator('#first-start').getByText('nothing yet').count()).toBe(2)
  })
})
