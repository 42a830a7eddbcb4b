import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached, settled } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

const titles = (page: Page, part: '#machine' | '#sent'): Promise<string[]> =>
  page.locator(`${part} h3`).allInnerTexts()

describe.skipIf(hasNoBrowser)('the filter', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('is reached by /, takes a word as part of a name, says so, and is cleared by Esc', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await expect.poll(() => titles(page, '#sent')).toHaveLength(6)
    await page.keyboard.press('/')
    await page.keyboard.type('checkout')
    await expect.poll(() => titles(page, '#sent')).toEqual([expect.stringContaining('checkout.latency_ms')])
    await page.locator('#controls', { hasText: '__name:*checkout*' }).waitFor()
    await page
      .locator('#machine', { hasText: 'None of this machine’s 22 series matches the filter' })
      .or(page.locator('#machine', { hasText: "None of this machine's 22 series matches the filter" }))
      .waitFor()
    // Faults are never filtered.
    expect(await page.locator('#faults article').count()).toBe(2)
    await page.keyboard.press('Escape')
    await expect.poll(() => titles(page, '#sent')).toHaveLength(6)
    expect(stage.complaints).toEqual([])
  })

  it('marks the character that is wrong, says what was expected, and keeps what was shown', async () => {
    const { page } = await open(browser, '5000-series')
    const input = page.locator('#filter input')
    await input.fill('region:eu-*')
    await expect.poll(async () => (await titles(page, '#sent'))[0]).toContain('http.cache.hits_percent')
    const shown = await titles(page, '#sent')
    await input.fill('and(__name:http.*,region:eu-*')
    await page.locator('#filter', { hasText: 'At character 30: expected , or ) here.' }).waitFor()
    await page.locator('#filter', { hasText: 'Still shown: region:eu-*' }).waitFor()
    expect(await input.getAttribute('aria-invalid')).toBe('true')
    const described = (await input.getAttribute('aria-describedby')) ?? ''
    const words = await page.evaluate(
      (ids) => ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' '),
      described.split(' '),
    )
    expect(words).toContain('At character 30')
    expect(await titles(page, '#sent')).toEqual(shown)
    await input.fill('and(__name:http.*,region:eu-*)')
    await expect.poll(() => input.getAttribute('aria-invalid')).toBe('false')
    await page.locator('#filter', { hasText: '412 of 5,000 series' }).waitFor()
  })

  it('is narrowed by tags with their counts', async () => {
    const { page } = await open(browser, '5000-series')
    await page.locator('#filter input').fill('__name:http.*')
    const chip = page.locator('#chips button', { hasText: 'eu-1' }).first()
    await chip.waitFor()
    expect(await chip.innerText()).toMatch(/140/)
    await chip.click()
    await page.locator('#filter', { hasText: '140 of 5,000 series' }).waitFor()
  })

  it('asks for the last of what is typed at once, and for nothing before it', async () => {
    const stage = await open(browser, '5000-series')
    const { page, standIn } = stage
    await reached(stage, 'live')
    await settled(stage)
    const before = standIn.asked.length
    // All in one task, so that it does not depend on how fast this machine is.
    await page.locator('#filter input').evaluate((element) => {
      const input = element as HTMLInputElement
      for (const letter of 'service-001') {
        input.value += letter
        input.dispatchEvent(new InputEvent('input', { bubbles: true }))
      }
    })
    await expect.poll(() => titles(page, '#sent')).toEqual([expect.stringContaining('service-001')])
    const selects = standIn.asked
      .slice(before)
      .filter(({ path }) => path === '/api/catalogue')
      .map(({ search }) => new URLSearchParams(search).get('select') ?? '')
      .filter((select) => select.includes('s'))
    expect(selects.length).toBeGreaterThan(0)
    expect(selects.filter((select) => !select.includes('service-001'))).toEqual([])
  })

  it('lets nothing outside the window ask for history', async () => {
    const stage = await open(browser, '5000-series', { viewport: { width: 1360, height: 700 } })
    const { page, standIn } = stage
    await reached(stage, 'live')
    await settled(stage)
    await page.evaluate(() => scrollTo(0, 0))
    const keys = (): readonly string[] =>
      standIn.asked
        .filter(({ path }) => path === '/api/history')
        .flatMap(({ body }) => (JSON.parse(body) as { keys: string[] }).keys)
    const top = new Set(keys())
    const below = await page.evaluate(() => {
      const sent = document.querySelector('#sent')!.getBoundingClientRect()
      return sent.top - innerHeight
    })
    // Only where there is something below the window this proves anything.
    expect(below).toBeGreaterThan(200)
    expect([...top].filter((key) => key.startsWith('http.') || key.startsWith('service-'))).toEqual([])
    await page.locator('#sent').scrollIntoViewIfNeeded()
    await page.locator('#sent-section').evaluate((element) => element.scrollIntoView())
    await expect.poll(() => keys().filter((key) => !top.has(key)).length).toBeGreaterThan(0)
  })

  it('draws the nine largest of a metric, and all of them when asked', async () => {
    const { page } = await open(browser, '5000-series')
    await page.locator('#filter input').fill('__name:http.requests')
    const card = page.locator('#sent article', { hasText: 'http.requests' })
    await card.getByText('9 of 96 drawn, largest first').waitFor()
    await card.getByRole('button', { name: /all 96/ }).click()
    await card.getByText(/96 of 96 drawn/).waitFor()
  })
})
