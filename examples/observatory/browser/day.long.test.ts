import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { fillDayBefore, followServer, playHour } from './day.ts'
import { retained } from './retained.ts'
import type { Retained } from './retained.ts'
import { reached } from './stand-in-visit.ts'
import { startStandIn } from './stand-in.ts'
import type { StandIn } from './stand-in.ts'
import { hasNoBrowser, launch, visit } from './visit.ts'
import type { Visit } from './visit.ts'

const mebibytesAtMost = 3
const nodesAtMost = 300

describe.skipIf(hasNoBrowser)('a day with a tab open', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  async function openTab({ url }: StandIn, leaks: boolean): Promise<Visit> {
    // A process of its own, since what is counted is of a process.
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 } })
    onTestFinished(() => context.close())
    const opened = await visit(browser, '', { context })
    await opened.page.addInitScript(followServer, leaks)
    await opened.page.goto(url)
    await reached(opened, 'live')
    await opened.page.locator('#machine canvas').first().waitFor()
    return opened
  }

  it('keeps what the page keeps as it was after its first hour, which a page that keeps each minute does not', async () => {
    const standIn = await startStandIn({ scene: 'two-faults', startAt: Date.now() })
    onTestFinished(() => standIn.close())
    fillDayBefore(standIn)
    const tab = await openTab(standIn, false)
    const leaking = await openTab(standIn, true)
    const tabs = [tab, leaking]
    const began = standIn.now()
    const look = (): Promise<Retained[]> => Promise.all(tabs.map(({ page }) => retained(page)))
    await playHour(standIn, tabs)
    const early = await look()
    const before = standIn.sampled
    for (let hours = 1; hours < 24; hours += 1) await playHour(standIn, tabs)
    const late = await look()
    const came = (standIn.sampled - before) / tabs.length
    const grown = late.map(({ nodes, mebibytes }, at) => ({
      nodes: nodes - early[at]!.nodes,
      mebibytes: mebibytes - early[at]!.mebibytes,
    }))
    console.log(`${came} samples came to each; it began with`, early[0], 'and grew by', ...grown)
    expect(standIn.now() - began).toBeGreaterThanOrEqual(86_400_000)
    // A number of each is more than the page may keep of all.
    expect(came).toBeGreaterThan(700_000)
    expect(grown[0]!.mebibytes).toBeLessThan(mebibytesAtMost)
    expect(grown[0]!.nodes).toBeLessThan(nodesAtMost)
    expect(grown[1]!.mebibytes).toBeGreaterThan(mebibytesAtMost)
    expect(grown[1]!.nodes).toBeGreaterThan(nodesAtMost)
    for (const opened of tabs) {
      expect(opened.complaints).toEqual([])
      await reached(opened, 'live')
    }
  })
})
