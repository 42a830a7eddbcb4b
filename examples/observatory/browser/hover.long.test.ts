import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached, settled } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

async function pointAt(page: Page, part: string, share: number): Promise<void> {
  const over = page.locator(`${part} .u-over`).first()
  const box = (await over.boundingBox())!
  await page.mouse.move(box.x + box.width * share, box.y + box.height / 2)
}

describe.skipIf(hasNoBrowser)('the pointer over a chart', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('moves nothing: no layout shift, and every card stays where it was', async () => {
    const stage = await open(browser, 'two-faults', { viewport: { width: 1360, height: 1814 } })
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#sent canvas').first().waitFor()
    await settled(stage)
    const boxes = (): Promise<readonly number[][]> =>
      page.evaluate(() =>
        [...document.querySelectorAll('article, #strip, h2, h3')].map((element) => {
          const { left, top, width, height } = element.getBoundingClientRect()
          return [left, top, width, height].map((part) => Math.round(part))
        }),
      )
    const before = await boxes()
    const shifted = (await stage.shifts()).length
    for (const share of [0.1, 0.35, 0.6, 0.75, 0.9, 0.5]) {
      await pointAt(page, '#machine', share)
      await page.waitForTimeout(150)
      expect(await boxes()).toEqual(before)
    }
    expect((await stage.shifts()).slice(shifted)).toEqual([])
    expect(stage.complaints).toEqual([])
  })

  it('shows the values of that time in all charts, and says no data in a gap', async () => {
    const stage = await open(browser, 'two-faults', { viewport: { width: 1360, height: 1814 } })
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#sent canvas').first().waitFor()
    await settled(stage)
    // 04:42 to 04:54 are missing, of the hour that ends at 05:12:40: about its middle.
    await pointAt(page, '#machine', 0.6)
    const orders = page.locator('#sent article', { hasText: 'orders.created' })
    await expect.poll(() => orders.innerText()).toMatch(/berlin\s+no data/)
    await page.locator('#machine-hover', { hasText: /\d\d:\d\d:\d\d.*min.*ago/ }).waitFor()
    expect(await page.locator('#machine-hover').innerText()).toMatch(/open then/)
    await page.mouse.move(5, 5)
    await expect.poll(() => orders.innerText()).toMatch(/berlin\s+\d/)
  })

  it('is replaced by the arrow keys in a chart that has the focus', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    const chart = page.locator('#machine .chart[tabindex="0"]').first()
    await chart.waitFor()
    await settled(stage)
    await chart.focus()
    await page.keyboard.press('ArrowLeft')
    const hover = page.locator('#machine-hover')
    await expect.poll(() => hover.innerText()).toMatch(/\d\d:\d\d:\d\d/)
    const near = await hover.innerText()
    await page.keyboard.press('Shift+ArrowLeft')
    await expect.poll(() => hover.innerText()).not.toBe(near)
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await page.locator('#zoom-chip button').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#zoom-chip button').waitFor({ state: 'hidden' })
  })

  it('names a chart in words', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    const memory = page
      .locator('#faults article', { hasText: 'memory.used_percent' })
      .locator('[role="img"][aria-label*="used"]')
      .first()
    await expect
      .poll(async () => ((await memory.getAttribute('aria-label')) ?? '').replaceAll(/\s/g, ' '))
      .toMatch(/^memory\.used_percent, last hour: 97\.\d %, above 97 % since \d\d:\d\d/)
    const machine = page.locator('#machine article', { hasText: 'Memory' }).locator('[role="img"]').first()
    await expect
      .poll(async () => ((await machine.getAttribute('aria-label')) ?? '').replaceAll(/\s/g, ' '))
      .toMatch(/^Memory, last hour: used 23(\.\d)? GiB, .*above 97 % since \d\d:\d\d/)
  })
})
