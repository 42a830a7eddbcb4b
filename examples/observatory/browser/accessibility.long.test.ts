import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached } from './stand-in-visit.ts'
import type { StandIn } from './stand-in.ts'
import { hasNoBrowser, launch } from './visit.ts'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds, each with the first place; in the dark only what colours decide, as the rest is the same. */
async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(source)
  const light = await look(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await look(page, 'color-contrast')
  await page.emulateMedia({ colorScheme: 'light' })
  return [...light, ...dark.map((finding) => `in the dark, ${finding}`)]
}

async function look(page: Page, rule?: string): Promise<readonly string[]> {
  const results = await page.evaluate(
    (only) =>
      (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run(
        only === undefined ? {} : { runOnly: [only] },
      ),
    rule,
  )
  // A page on which it could look at nothing would find nothing either.
  expect(results.passes.flatMap(({ nodes }) => nodes).length).toBeGreaterThan(10)
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.length}, ${nodes[0]?.target.join(' ')} ${nodes[0]?.failureSummary}`,
  )
}

const nothing = (): void => undefined
const states: readonly (readonly [string, string, string, (standIn: StandIn) => void])[] = [
  ['loading', 'healthy', 'loading', (it) => it.behave({ stalled: true })],
  ['healthy', 'healthy', 'live', nothing],
  ['with faults', 'two-faults', 'live', nothing],
  ['with faults that are known', 'acknowledged', 'live', nothing],
  ['with forty faults', '40-faults', 'live', nothing],
  ['at its first start', 'first-start', 'stale', nothing],
  ['failed', 'healthy', 'failed', (it) => it.behave({ state: { status: 500, body: { error: 'no' } } })],
  ['of many series', '5000-series', 'live', nothing],
  ['of hostile names', 'hostile', 'live', nothing],
]

describe.skipIf(hasNoBrowser)('axe', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  describe('finds nothing in the light and in the dark', () => {
    it.each(states)('on the page %s', async (_, scene, state, before) => {
      const stage = await open(browser, scene, { before })
      await reached(stage, state)
      await stage.page.waitForTimeout(2000)
      expect(await findings(stage.page)).toEqual([])
    })

    it.each(['stale', 'disconnected'])('on the page that was healthy and is %s', async (state) => {
      const stage = await open(browser, 'two-faults')
      await reached(stage, 'live')
      stage.standIn.behave(state === 'stale' ? { silent: true } : { closed: true })
      await reached(stage, state)
      await stage.page.waitForTimeout(1500)
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
      await stage.page.waitForTimeout(2000)
      expect(await findings(stage.page)).toEqual([])
    })
  })
})
