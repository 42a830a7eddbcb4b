import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { reached, settled, stage } from './stand-in-visit.ts'
import type { Staged } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'
import { everything, findings, labelsOf, longValues, sideways } from './whole-page.ts'

const scenes = [
  'two-faults',
  'healthy',
  '5000-series',
  'hostile',
  '40-faults',
  'first-start',
  'maintained',
  'acknowledged',
]

describe.skipIf(hasNoBrowser)('what holds for the page in every scene', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  // One window each, at which all look one after the other: opening it takes longer than looking.
  describe.each(scenes)('%s', (scene) => {
    let staged: Staged
    beforeAll(async () => {
      staged = await stage(browser, scene, { locale: 'en-US', viewport: { width: 1360, height: 2400 } })
      await reached(staged, scene === 'first-start' ? 'stale' : 'live')
      await settled(staged)
    })
    afterAll(async () => {
      await staged.close()
    })

    it('holds no canonical form, no AM or PM, and no number of more than three digits', async () => {
      const text = await everything(staged.page)
      expect(text.length).toBeGreaterThan(500)
      expect(text).not.toContain('|ST[')
      expect(text).not.toMatch(/\d\s?[AP]M\b/i)
      expect(await longValues(staged.page)).toEqual([])
    })

    it('lets no label cover another one or the edge of its card', async () => {
      const { count, troubles } = await labelsOf(staged.page)
      if (scene === 'first-start') expect(count).toBe(0)
      else expect(count).toBeGreaterThan(8)
      expect(troubles).toEqual([])
    })

    it('gives axe nothing to find, in the light and in the dark', async () => {
      expect(await findings(staged.page)).toEqual([])
    })

    it('does not scroll sideways at 320 px', async () => {
      await staged.page.setViewportSize({ width: 320, height: 700 })
      await settled(staged)
      expect(await sideways(staged.page)).toBe(0)
      expect(staged.complaints).toEqual([])
    })
  })
})
