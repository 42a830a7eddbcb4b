import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { typingMs } from './load-figures.ts'
import { open, reached } from './stand-in-visit.ts'
import type { Staged } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

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

  it('keep no more points than can be seen, however many came', async () => {
    const stage = await open(browser, 'two-faults', { path: '/?minutes=2' })
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#machine canvas').first().waitFor()
    standIn.behave({ speed: 100 })
    // What is old is forgotten each minute: both looks are so long after that.
    await page.waitForTimeout(70_000)
    const early = await retained(page)
    const before = standIn.sampled
    await page.waitForTimeout(60_000)
    const late = await retained(page)
    const came = standIn.sampled - before
    console.log(
      `${came} samples came meanwhile; numbers kept ${early.elements}, then ${late.elements}; ` +
        `nodes ${early.nodes}, then ${late.nodes}; heap ${early.mebibytes.toFixed(1)}, then ${late.mebibytes.toFixed(1)} MiB`,
    )
    expect(came).toBeGreaterThan(10_000)
    // What leaks at least one number of each sample is far above.
    expect(late.elements - early.elements).toBeLessThan(came / 4)
    expect(late.nodes - early.nodes).toBeLessThan(came / 4)
    expect(stage.complaints).toEqual([])
  }, 200_000)
})

interface Retained {
  /** Of all arrays, maps and sets of the page together. */
  readonly elements: number
  /** Of the document, and those that are kept outside of it. */
  readonly nodes: number
  readonly mebibytes: number
}

/** What the page cannot forget: counted after its garbage was collected. */
async function retained(page: Page): Promise<Retained> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
  await session.send('Performance.enable')
  let elements = 0
  for (const [prototype, count] of [
    ['Array.prototype', 'function () { return this.reduce((sum, one) => sum + one.length, 0) }'],
    ['Map.prototype', 'function () { return this.reduce((sum, one) => sum + one.size, 0) }'],
    ['Set.prototype', 'function () { return this.reduce((sum, one) => sum + one.size, 0) }'],
  ] as const) {
    const { result } = await session.send('Runtime.evaluate', { expression: prototype })
    const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: result.objectId! })
    const counted = await session.send('Runtime.callFunctionOn', {
      objectId: objects.objectId!,
      functionDeclaration: count,
      returnByValue: true,
    })
    elements += Number(counted.result.value)
    await session.send('Runtime.releaseObject', { objectId: objects.objectId! })
  }
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  return {
    elements,
    nodes: metrics.find(({ name }) => name === 'Nodes')?.value ?? NaN,
    mebibytes: usedSize / 2 ** 20,
  }
}
