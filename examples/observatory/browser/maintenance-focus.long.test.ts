import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached } from './stand-in-visit.ts'
import type { Staged } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id ?? '')

describe.skipIf(hasNoBrowser)('the popover of maintenance', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  /** The popover, with a window for each of the queries. */
  async function opened(...queries: readonly string[]): Promise<Staged> {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    const button = page.locator('#maintenance-button').getByRole('button')
    for (const query of queries) {
      await button.click()
      await page.getByRole('dialog').getByRole('textbox').first().fill(query)
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await button.click()
    return stage
  }

  it('keeps the focus inside when windows are ended: in the next row, then in the first field', async () => {
    const { page, standIn } = await opened('host:a', 'host:b')
    const stop = page.getByRole('dialog').getByRole('button', { name: /^End now/ })
    await stop.first().focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => stop.count()).toBe(1)
    expect(await focused(page)).toBe('End now: host:b')
    await page.keyboard.press('Enter')
    await expect.poll(() => stop.count()).toBe(0)
    expect(standIn.world.maintenance).toEqual([])
    expect(await focused(page)).toBe('maintained')
  })

  it('closes by Escape, and takes the focus in by Tab, wherever the focus is', async () => {
    const { page } = await opened()
    const dialog = page.getByRole('dialog')
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(false)
    await page.keyboard.press('Tab')
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true)
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Maintenance…')
  })

  it('says what is told during maintenance all the same', async () => {
    const { page } = await opened()
    await page.getByRole('dialog').getByText('but for the end of a fault that people were told of').waitFor()
  })
})
