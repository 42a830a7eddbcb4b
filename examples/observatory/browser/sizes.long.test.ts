import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached, settled } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'
import { sideways } from './whole-page.ts'

const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url))

const bottomOf = (page: Page, selector: string): Promise<number> =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => element.getBoundingClientRect().bottom)

describe.skipIf(hasNoBrowser)('the page at each size', () => {
  let browser: Browser
  beforeAll(async () => {
    await mkdir(artefacts, { recursive: true })
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('does not scroll sideways at 200 % zoom of a small desk', async () => {
    // Zoom halves the CSS pixels and doubles the density.
    const stage = await open(browser, 'hostile', {
      viewport: { width: 640, height: 450 },
      deviceScaleFactor: 2,
    })
    await reached(stage, 'live')
    await settled(stage)
    expect(await sideways(stage.page)).toBe(0)
    await stage.page.screenshot({ path: join(artefacts, 'zoom-200.png') })
  })

  it('shows the verdict, the fault, its button and the lanes at 1360 × 900 without scrolling', async () => {
    const stage = await open(browser, 'two-faults', { viewport: { width: 1360, height: 900 } })
    await reached(stage, 'live')
    const { page } = stage
    await settled(stage)
    const strip = await page.locator('#strip').evaluate((element) => element.getBoundingClientRect().top)
    expect(await bottomOf(page, '#verdict')).toBeLessThan(strip)
    const card = page.locator('#faults article').first()
    for (const words of [/memory\.used_percent/, /97\.8\s%/, /1[23]\smin/])
      expect(await card.innerText()).toMatch(words)
    const button = card.getByRole('button', { name: /^Acknowledge/ })
    expect(await button.evaluate((element) => element.getBoundingClientRect().bottom)).toBeLessThan(strip)
    const lanes = await page.locator('#lanes').innerText()
    expect(lanes).toContain('memory.used_percent')
    const firstLanes = page.locator('#lanes').getByText(/checkout\.latency_ms/)
    expect(
      await firstLanes.first().evaluate((element) => element.getBoundingClientRect().bottom),
    ).toBeLessThan(strip)
  })

  it('shows the fault up to its button at 390 × 844 without scrolling', async () => {
    const stage = await open(browser, 'two-faults', { viewport: { width: 390, height: 844 }, hasTouch: true })
    await reached(stage, 'live')
    await settled(stage)
    const button = stage.page
      .locator('#faults article')
      .first()
      .getByRole('button', { name: /^Acknowledge/ })
    const box = (await button.boundingBox())!
    expect(box.y + box.height).toBeLessThanOrEqual(844)
    expect(box.height).toBeGreaterThanOrEqual(44)
  })

  it('begins and ends all plots of a column at the same place', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    // What is below the window draws nothing, until it was seen.
    await stage.page.evaluate(async () => {
      for (let top = 0; top < document.body.scrollHeight; top += 500) {
        scrollTo(0, top)
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
    })
    await settled(stage)
    const plots = await stage.page.evaluate(() =>
      [...document.querySelectorAll('#machine .u-over, #sent .u-over')].map((plot) => {
        const card = plot.closest('article')!.getBoundingClientRect()
        const { left, right } = plot.getBoundingClientRect()
        return {
          card: [Math.round(card.left), Math.round(card.width)].join(),
          plot: `${Math.round(left)} ${Math.round(right)}`,
        }
      }),
    )
    expect(plots.length).toBeGreaterThanOrEqual(9)
    for (const column of new Set(plots.map(({ card }) => card))) {
      const places = plots.filter(({ card }) => card === column).map(({ plot }) => plot)
      expect(new Set(places).size, `column ${column}: ${places.join(' | ')}`).toBe(1)
    }
  })

  it('keeps the shapes of severities with forced colours', async () => {
    const stage = await open(browser, 'two-faults', { forcedColors: 'active' })
    await reached(stage, 'live')
    await settled(stage)
    const strokes = await stage.page.evaluate(() =>
      [...document.querySelectorAll('#faults [role="img"][aria-label^="severity"]')].map((glyph) => {
        const shape = glyph.matches('path, polygon, circle, rect')
          ? glyph
          : (glyph.querySelector('path, polygon, circle, rect') ?? glyph)
        return getComputedStyle(shape).stroke
      }),
    )
    expect(strokes.length).toBeGreaterThanOrEqual(2)
    expect(strokes.filter((stroke) => stroke === 'none')).toEqual([])
    await stage.page.screenshot({ path: join(artefacts, 'forced-colours.png') })
  })

  it('prints the state without controls', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    await settled(stage)
    await stage.page.emulateMedia({ media: 'print' })
    await stage.page.locator('#verdict', { hasText: '2 faults are open' }).waitFor()
    for (const control of ['#controls', '#maintenance-button', '#zone'])
      expect(await stage.page.locator(control).isVisible(), control).toBe(false)
    expect(
      await stage.page
        .getByRole('button', { name: /Acknowledge/ })
        .first()
        .isVisible(),
    ).toBe(false)
    expect(await stage.page.locator('#faults').isVisible()).toBe(true)
    await stage.page.screenshot({ path: join(artefacts, 'print.png'), fullPage: true })
  })

  it('moves nothing by itself where reduced motion is asked for', async () => {
    const stage = await open(browser, 'two-faults', { reducedMotion: 'reduce' })
    await reached(stage, 'live')
    await settled(stage)
    const running = await stage.page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    )
    expect(running).toBe(0)
  })

  it('repeats the verdict in the bar when it is out of sight', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    await stage.page.locator('#machine canvas').first().waitFor()
    expect(await stage.page.locator('#pill').isVisible()).toBe(false)
    await stage.page.locator('#sent-section').evaluate((element) => element.scrollIntoView())
    await stage.page.locator('#pill', { hasText: '2 faults are open' }).waitFor()
  })
})
