import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, pass, reached, settled } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'
import { findings } from './whole-page.ts'

describe.skipIf(hasNoBrowser)('axe', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  describe('finds nothing in the light and in the dark', () => {
    it.each([
      ['loading', { stalled: true }],
      ['failed', { state: { status: 500, body: { error: 'no' } } }],
    ])('on the page that is %s', async (state, behaviour) => {
      const stage = await open(browser, 'healthy', { before: (it) => it.behave(behaviour) })
      await reached(stage, state)
      await settled(stage)
      expect(await findings(stage.page)).toEqual([])
    })

    it.each(['stale', 'disconnected'])('on the page that was healthy and is %s', async (state) => {
      const stage = await open(browser, 'two-faults')
      await reached(stage, 'live')
      stage.standIn.behave(state === 'stale' ? { silent: true } : { closed: true })
      if (state === 'stale') await pass(stage, 10_000)
      await reached(stage, state)
      await settled(stage)
      expect(await findings(stage.page)).toEqual([])
    })

    it('with each popover open', async () => {
      const stage = await open(browser, 'maintained')
      const { page } = stage
      await page
        .getByRole('button', { name: /^Acknowledge/ })
        .first()
        .click()
      await page.getByRole('dialog').waitFor()
      expect(await findings(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.locator('#maintenance-button').getByRole('button').click()
      await page.getByRole('dialog').waitFor()
      expect(await findings(page)).toEqual([])
    })

    it('with a wrong filter', async () => {
      const stage = await open(browser, 'healthy')
      await stage.page.locator('#filter input').fill('and(a:b')
      await stage.page.locator('#filter', { hasText: 'At character' }).waitFor()
      expect(await findings(stage.page)).toEqual([])
    })

    it('on a phone', async () => {
      const stage = await open(browser, 'two-faults', {
        viewport: { width: 390, height: 844 },
        hasTouch: true,
      })
      await reached(stage, 'live')
      await settled(stage)
      expect(await findings(stage.page)).toEqual([])
    })
  })
})
