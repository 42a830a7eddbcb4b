import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { painted } from './pixels.ts'
import { day, hour, minute } from './scenes/scene.ts'
import { open, reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

const wide = { width: 1360, height: 2200 }
const card = (page: Page, title: string): Locator =>
  page.locator('#machine article, #sent article', { hasText: title }).first()

/** Hatched in both colours from top to bottom, and no line over it. */
const hatched = { hatch: 1, ground: 1, stripe: 1, line: 0 }
const shown = async (chart: Locator, from: number, to: number): Promise<typeof hatched> => {
  const { hatch, ground, stripe, line } = await painted(chart, from, to)
  // The word "no data" stands on a small ground of its own.
  return { hatch: Number(hatch > 0.7), ground: Number(ground > 0.3), stripe: Number(stripe > 0.05), line }
}

interface Box {
  readonly x: number
  readonly width: number
}

/** The lanes as they are drawn: parts of their width are times. */
async function lanes(page: Page): Promise<{
  readonly width: number
  readonly unknown: readonly Box[]
  readonly rows: readonly { readonly fault: string; readonly ends: number }[]
}> {
  return page.locator('.lanes-picture').evaluate((picture) => {
    const number = (element: Element, name: string): number => Number(element.getAttribute(name))
    return {
      width: number(picture, 'width'),
      unknown: [...picture.querySelectorAll('rect.unknown')].map((rect) => ({
        x: number(rect, 'x'),
        width: number(rect, 'width'),
      })),
      rows: [...picture.querySelectorAll<SVGGElement>('g.fault')].map((group) => ({
        fault: group.dataset['fault'] ?? '',
        ends: Math.max(
          ...[...group.querySelectorAll('rect.shape')].map(
            (rect) => number(rect, 'x') + number(rect, 'width'),
          ),
        ),
      })),
    }
  })
}

describe.skipIf(hasNoBrowser)('what is not known', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('is hatched in a chart where a series has a hole, and no line goes over it; beside it are the line and the grid', async () => {
    const stage = await open(browser, 'two-faults', { viewport: wide })
    await reached(stage, 'live')
    const orders = card(stage.page, 'orders.created')
    // Missing from 30:40 to 18:40 before the start, of an hour.
    const middle = [1 - 29.5 / 60, 1 - 20.5 / 60] as const
    await expect.poll(() => shown(orders, ...middle)).toEqual(hatched)
    for (const [from, to] of [
      [0.1, 0.4],
      [0.75, 0.95],
    ] as const) {
      const beside = await painted(orders, from, to)
      expect(beside.stripe).toBeLessThan(0.01)
      expect(beside.line).toBeGreaterThan(0)
      // More than what lies between a line and the ground may have by chance.
      expect(beside.grid).toBeGreaterThan(0.01)
    }
  })

  it('is hatched in all charts while the observatory did not run', async () => {
    const startAt = Date.now()
    const pauseFrom = startAt - 7 * hour - 2 * minute - 40_000
    const zoom = `${pauseFrom - 20 * minute}-${pauseFrom + 40 * minute}`
    const stage = await open(browser, 'two-faults', { startAt, viewport: wide, path: `/?zoom=${zoom}` })
    await reached(stage, 'live')
    const pause = stage.standIn.world.scene.pauses.find(({ from }) => from === pauseFrom)!
    expect(pause.to - pause.from).toBe(22 * minute)
    for (const title of ['Load', 'Memory', 'checkout.latency_ms']) {
      const chart = card(stage.page, title)
      await expect
        .poll(async () => (await painted(chart, 0.05, 0.3)).line, { message: title })
        .toBeGreaterThan(0)
      await expect.poll(() => shown(chart, 21 / 60, 41 / 60), { message: title }).toEqual(hatched)
      expect((await painted(chart, 0.05, 0.3)).stripe, title).toBeLessThan(0.01)
      expect((await painted(chart, 0.72, 0.98)).line, title).toBeGreaterThan(0)
    }
  })

  it('is hatched in the lanes while the observatory did not run, at its time', async () => {
    const stage = await open(browser, 'healthy', { viewport: wide })
    await reached(stage, 'live')
    await stage.page.locator('.lanes-picture rect.unknown').first().waitFor({ state: 'attached' })
    const { width, unknown } = await lanes(stage.page)
    const now = stage.standIn.now()
    const pauses = stage.standIn.world.scene.pauses.filter(({ to }) => to > now - day)
    expect(unknown).toHaveLength(pauses.length)
    expect(pauses).toHaveLength(1)
    pauses.forEach(({ from, to }, index) => {
      const place = (time: number): number => ((time - (now - day)) / day) * width
      expect(Math.abs(unknown[index]!.x - place(from))).toBeLessThan(1.5)
      expect(Math.abs(unknown[index]!.x + unknown[index]!.width - place(to))).toBeLessThan(2.5)
    })
    const fill = await stage.page
      .locator('.lanes-picture rect.unknown')
      .first()
      .evaluate((rect) => getComputedStyle(rect).fill)
    expect(fill).toContain('lanes-unknown')
  })

  it('is hatched from the last message on: open bars and ribbons end there, with a question mark behind', async () => {
    const stage = await open(browser, 'two-faults', { viewport: wide, path: '/?minutes=15' })
    await reached(stage, 'live')
    const { page, standIn } = stage
    await expect.poll(async () => (await painted(card(page, 'Load'), 0.1, 0.9)).line).toBeGreaterThan(0)
    const open_ = standIn.world.faults.filter(({ endedAt }) => endedAt === undefined)
    const before = await lanes(page)
    for (const { id } of open_) {
      const row = before.rows.find(({ fault }) => fault === id)!
      expect(before.width - row.ends).toBeLessThan(2)
    }
    standIn.behave({ closed: true })
    await reached(stage, 'disconnected')
    // Long enough to be seen in the lanes, too.
    await stage.pass(6 * hour)
    const after = async () => {
      const { width, unknown, rows } = await lanes(page)
      const last = unknown.at(-1)
      return {
        reachesNow: last !== undefined && Math.abs(last.x + last.width - width) < 1,
        width: Math.round(((last?.width ?? 0) / width) * 24),
        endThere: open_.map(({ id }) => {
          const ends = rows.find(({ fault }) => fault === id)?.ends ?? NaN
          return Math.abs(ends - (last?.x ?? NaN)) < 2
        }),
      }
    }
    await expect.poll(after).toEqual({ reachesNow: true, width: 6, endThere: [true, true] })
    expect(await page.locator('.lane-end', { hasText: '?' }).count()).toBe(2)
    // Of a chart of 15 min nothing at all is known six hours later.
    await expect.poll(() => shown(card(page, 'Load'), 0.02, 0.98)).toEqual(hatched)
  })

  it('is hatched in charts behind the last sample only, while what was known stays', async () => {
    const stage = await open(browser, 'healthy', { viewport: wide, path: '/?minutes=15' })
    await reached(stage, 'live')
    const { page } = stage
    const load = card(page, 'Load')
    await expect.poll(async () => (await painted(load, 0.1, 0.9)).line).toBeGreaterThan(0)
    stage.standIn.behave({ closed: true })
    await reached(stage, 'disconnected')
    await stage.pass(8 * minute)
    await expect.poll(() => shown(load, 0.5, 0.98)).toEqual(hatched)
    const known = await painted(load, 0.05, 0.4)
    expect(known.line).toBeGreaterThan(0)
    expect(known.stripe).toBeLessThan(0.01)
  })

  it('is hatched in the charts of this machine, and in none besides, while only this machine is silent', async () => {
    const stage = await open(browser, 'healthy', { viewport: wide, path: '/?minutes=2' })
    await reached(stage, 'live')
    const { page } = stage
    const queue = card(page, 'demo.queue')
    await expect.poll(async () => (await painted(queue, 0.1, 0.8)).line).toBeGreaterThan(0)
    stage.standIn.behave({ silent: true })
    await reached(stage, 'stale')
    await expect.poll(() => shown(card(page, 'Load'), 0.93, 0.99)).toEqual(hatched)
    expect((await painted(queue, 0.5, 0.8)).stripe).toBeLessThan(0.01)
  })
})
