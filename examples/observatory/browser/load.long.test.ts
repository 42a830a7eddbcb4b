import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { typingMs } from './load-figures.ts'
import { open, reached, settled } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

describe.skipIf(hasNoBrowser)('many series', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('are counted, filtered and shown nine metrics at a time: 14,000 of them', async () => {
    const stage = await open(browser, '14000-series')
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#verdict', { hasText: 'of 14,000 series' }).waitFor()
    await page.locator('#machine canvas').first().waitFor()
    await settled(stage)
    const onLoad = Math.max(0, ...(await stage.longTasks()))
    const typing = await typingMs(page, 'and(__name:http.*,region:eu-*)')
    await page.locator('#filter', { hasText: '412 of 14,000 series' }).waitFor()
    expect(await page.locator('#sent article').count()).toBeLessThanOrEqual(9)
    console.log(`longest task on load ${onLoad.toFixed(0)} ms, a key ${typing.toFixed(0)} ms`)
    for (const { keys } of standIn.shown.values()) expect(keys.length).toBeLessThanOrEqual(500)
    // A query that is typed slowly is wrong in between, which the browser notes.
    expect(stage.complaints.filter((text) => !text.includes('400 (Bad Request)'))).toEqual([])
  })
})
