import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached } from './stand-in-visit.ts'
import type { Staged } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

/** How long a frame takes after a key is pressed, the longest of them, ms. */
async function typingMs(page: Page, text: string): Promise<number> {
  await page.evaluate(() => {
    const watched = { longest: 0 }
    Object.assign(globalThis, { typing: watched })
    document.querySelector('#filter input')?.addEventListener('keydown', () => {
      const pressed = performance.now()
      requestAnimationFrame(() =>
        setTimeout(() => (watched.longest = Math.max(watched.longest, performance.now() - pressed))),
      )
    })
  })
  await page.locator('#filter input').pressSequentially(text, { delay: 60 })
  return page.evaluate(() => (globalThis as unknown as { typing: { longest: number } }).typing.longest)
}

/** Bytes that the stream has brought, counted below the page. */
async function received(stage: Staged, seconds: number): Promise<number> {
  const session = await stage.context.newCDPSession(stage.page)
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.dataReceived', ({ dataLength }) => (bytes += dataLength))
  await stage.page.waitForTimeout(seconds * 1000)
  await session.detach()
  return bytes / seconds
}

describe.skipIf(hasNoBrowser)('many series', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it.each([5000, 14_000])(
    'work: %i of them are counted, filtered and shown nine metrics at a time',
    async (count) => {
      const stage = await open(browser, `${count}-series`)
      const { page, standIn } = stage
      await reached(stage, 'live')
      await page.locator('#verdict', { hasText: `of ${count.toLocaleString('en')} series` }).waitFor()
      await page.locator('#machine canvas').first().waitFor()
      await page.waitForTimeout(3000)
      const onLoad = Math.max(0, ...(await stage.longTasks()))
      const typing = await typingMs(page, 'and(__name:http.*,region:eu-*)')
      await page.locator('#filter', { hasText: `412 of ${count.toLocaleString('en')} series` }).waitFor()
      expect(await page.locator('#sent article').count()).toBeLessThanOrEqual(9)
      const perSecond = await received(stage, 10)
      const cpu = process.cpuUsage()
      await page.waitForTimeout(10_000)
      const { user, system } = process.cpuUsage(cpu)
      console.log(
        `${count} series: longest task on load ${onLoad.toFixed(0)} ms, a key ${typing.toFixed(0)} ms, ` +
          `${(perSecond / 1024).toFixed(1)} KiB/s, server and test ${((user + system) / 100_000).toFixed(1)} % of a core`,
      )
      for (const { keys } of standIn.shown.values()) expect(keys.length).toBeLessThanOrEqual(500)
      expect(stage.complaints).toEqual([])
    },
  )

  it('keeps no more of a stream that is ten times as fast than what can be seen', async () => {
    const stage = await open(browser, 'two-faults', { path: '/?minutes=2' })
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#machine canvas').first().waitFor()
    standIn.behave({ speed: 10 })
    // Each real second is ten of the observatory's; after so long, far more has come than two minutes hold.
    await page.waitForTimeout(60_000)
    const early = await retained(page)
    await page.waitForTimeout(60_000)
    const late = await retained(page)
    console.log(`heap after 10 min of samples ${early.toFixed(1)} MiB, after 20 min ${late.toFixed(1)} MiB`)
    expect(late).toBeLessThan(early + 4)
  })
})

/** The heap after its garbage was collected, MiB. */
async function retained(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 2 ** 20
}
