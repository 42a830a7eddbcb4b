import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached, settled } from './stand-in-visit.ts'
import { hostileNames, hostileTag } from './scenes/hostile.ts'
import { hasNoBrowser, launch } from './visit.ts'
import { everything } from './whole-page.ts'

describe.skipIf(hasNoBrowser)('the words of the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('name no series twice in a row in what was told and what is wrong', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    for (const list of ['#faults article', '#log li']) {
      for (const text of await stage.page.locator(list).allInnerTexts()) {
        expect(text).not.toMatch(/(\b[a-z]+\.[a-z_]+\b)\s+\1/)
      }
    }
  })

  it('show markup in names as what it is, and run none of it', async () => {
    const stage = await open(browser, 'hostile', { viewport: { width: 1360, height: 2200 } })
    const { page } = stage
    await reached(stage, 'live')
    await page
      .locator('#faults')
      .getByText(/faults|above/)
      .first()
      .waitFor()
    await settled(stage)
    expect(await page.evaluate(() => 'wasRun' in globalThis)).toBe(false)
    expect(await page.locator('main img, main script, main svg[onload]').count()).toBe(0)
    const text = await everything(page)
    expect(text).toContain(hostileNames[0]!)
    expect(text).toContain('<script>no</script>')
    expect(text).toContain('<h1>big</h1>')
    expect(text).toContain(hostileTag.slice(0, 11))
    expect(stage.complaints).toEqual([])
  })

  it('find nothing in what a name inherits', async () => {
    const stage = await open(browser, 'hostile')
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#filter input').fill('__name:constructor')
    await expect
      .poll(() => page.locator('#sent h3').allInnerTexts())
      .toEqual([expect.stringContaining('constructor')])
    await page.locator('#filter input').fill('__name:__proto__')
    await expect
      .poll(() => page.locator('#sent h3').allInnerTexts())
      .toEqual([expect.stringContaining('__proto__')])
    expect(stage.complaints).toEqual([])
  })

  it('say of NaN, of text and of an endless number what they are', async () => {
    const stage = await open(browser, 'hostile', { viewport: { width: 1360, height: 1800 } })
    const { page } = stage
    await reached(stage, 'live')
    for (const [name, words] of [
      ['not.a_number', /NaN|no number/],
      ['endless', /∞|Infinity|infinite/],
      ['text.of_markup', /<h1>big<\/h1>/],
    ] as const) {
      await page.locator('#filter input').fill(`__name:${name}`)
      const card = page.locator('#sent article', { hasText: name })
      await expect.poll(() => card.innerText()).toMatch(words)
    }
    expect(stage.complaints).toEqual([])
  })

  it('count forty faults right: three cards, then lines, ten to a page', async () => {
    const stage = await open(browser, '40-faults')
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#verdict', { hasText: '40 faults are open' }).waitFor()
    expect(await page.title()).toMatch(/^\(40\) severity 1/)
    await expect.poll(() => page.locator('#faults article').count()).toBe(3)
    expect(await page.locator('#faults article').first().innerText()).toContain('queue.length')
    const lines = page.locator('#faults li:not(:has(article))')
    await expect.poll(() => lines.count()).toBe(10)
    const severities = await page
      .locator('#faults [role="img"][aria-label^="severity"]')
      .evaluateAll((glyphs) =>
        glyphs.map((glyph) => Number(/\d/.exec(glyph.getAttribute('aria-label') ?? '')?.[0])),
      )
    expect(severities.length).toBeGreaterThanOrEqual(13)
    expect(severities.slice(0, 3)).toEqual([1, 1, 1])
    const counts = await page.locator('#verdict').innerText()
    const unended = standIn.world.faults.filter(({ endedAt }) => endedAt === undefined)
    for (const severity of [1, 2, 3, 4, 5]) {
      const count = unended.filter((fault) => fault.severity === severity).length
      expect(count).toBe(8)
    }
    expect(counts.match(/\b8\b/g)).toHaveLength(5)
    const before = await lines.first().innerText()
    await page
      .locator('#faults')
      .getByRole('button', { name: /next|11|older|more/i })
      .first()
      .click()
    await expect.poll(() => lines.first().innerText()).not.toBe(before)
    expect(stage.complaints).toEqual([])
  })
})
