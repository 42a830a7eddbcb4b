import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached, settled } from './stand-in-visit.ts'
import { designedNow } from './scenes/index.ts'
import { hasNoBrowser, launch } from './visit.ts'

const minute = 60_000

describe.skipIf(hasNoBrowser)('two clocks that differ', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it.each([
    ['ahead of', 10 * minute],
    ['behind', -10 * minute],
  ])('change nothing but for a hint: this computer is 10 min %s the server', async (words, offsetMs) => {
    const texts = await Promise.all(
      [0, offsetMs].map(async (clockOffsetMs) => {
        const stage = await open(browser, 'two-faults', {
          startAt: designedNow,
          now: designedNow + clockOffsetMs,
        })
        await reached(stage, 'live')
        const { page } = stage
        await settled(stage)
        const read = (selector: string): Promise<string> => page.locator(selector).innerText()
        const hint = page.locator('#hint')
        const said = (await hint.isVisible()) ? await hint.innerText() : ''
        // The server's time, which goes on while the page is opened.
        expect(await read('#clock')).toMatch(/Thu 26 Nov 2026\s*05:1[2-6]:\d\d/)
        return {
          hint: said.replaceAll(/\s/g, ' '),
          verdict: (await read('#verdict')).replace(/\d+\ss\b/, ''),
          log: await read('#log'),
          lanes: (await read('#lanes')).replaceAll(/\s+/g, ' '),
        }
      }),
    )
    const [same, other] = texts
    expect(same!.hint).toBe('')
    expect(other!.hint).toBe(`Times are the observatory’s. This computer’s clock is 10 min ${words} it.`)
    expect({ ...other, hint: '' }).toEqual(same)
  })

  it('are not spoken of without a connection, when the server’s time is not known', async () => {
    const stage = await open(browser, 'healthy', {
      startAt: designedNow,
      now: designedNow - 10 * minute,
    })
    await stage.page.locator('#hint', { hasText: 'behind' }).waitFor()
    stage.standIn.behave({ closed: true })
    await reached(stage, 'disconnected')
    await stage.page.locator('#hint').waitFor({ state: 'hidden' })
    await stage.page.locator('#clock', { hasText: 'server time not known' }).waitFor()
  })
})
