import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

const minute = 60_000

describe.skipIf(hasNoBrowser)('the page that is attacked', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it.each([
    ['cannot be loaded', '**/start.js', 404, ''],
    ['of a part cannot be read', '**/now/log.js', 200, 'export const createLog = ('],
    [
      'throws at the start',
      '**/charts/charts.js',
      200,
      'export const createCharts = () => { throw new Error("broken") }',
    ],
  ])('says so where its script %s, and nothing else', async (_, path, status, body) => {
    const context = await browser.newContext()
    await context.route(path, (route) => route.fulfill({ status, body, contentType: 'text/javascript' }))
    const { page } = await open(browser, 'healthy', { context })
    await page.locator('#verdict', { hasText: 'This page cannot go on' }).waitFor()
    expect(await page.title()).toContain('✕ failed')
    expect(await page.evaluate(() => document.body.dataset['link'])).toBe('failed')
    expect(await page.locator('body').innerText()).not.toMatch(/Nothing is wrong|Asking/)
    await page.getByRole('button', { name: 'Load again' }).waitFor()
    await context.close()
  })

  it('says what it needs where no script runs, and asks nobody', async () => {
    const { page } = await open(browser, 'healthy', { javaScriptEnabled: false })
    await page.locator('#no-script', { hasText: 'This page needs JavaScript.' }).waitFor()
    expect(await page.getByText('Asking the observatory…').isVisible()).toBe(false)
  })

  it('asks before any script has come', async () => {
    const context = await browser.newContext()
    await context.route('**/*.js', (route) => route.abort())
    const { page } = await open(browser, 'healthy', { context })
    await page.locator('#verdict', { hasText: 'Asking the observatory…' }).waitFor()
    expect(await page.locator('body').innerText()).not.toMatch(/\d|✓/)
    await context.close()
  })

  it('slides the line of all charts with a finger, which neither zooms nor leaves it behind', async () => {
    const stage = await open(browser, 'two-faults', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#machine').scrollIntoViewIfNeeded()
    const plot = page.locator('#machine .u-over').first()
    await plot.waitFor({ state: 'attached' })
    // Below the bar nobody can touch it.
    await plot.evaluate((element) => element.scrollIntoView({ block: 'center' }))
    await page.waitForTimeout(1000)
    const box = (await plot.boundingBox())!
    const devtools = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', share: number): Promise<unknown> =>
      devtools.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x: box.x + box.width * share, y: box.y + box.height / 2 }],
      })
    const hover = page.locator('#machine-hover')
    await touch('touchStart', 0.2)
    for (const share of [0.25, 0.3, 0.4]) await touch('touchMove', share)
    await expect.poll(() => hover.innerText()).toMatch(/\d\d:\d\d:\d\d/)
    const early = await hover.innerText()
    for (const share of [0.5, 0.6, 0.7]) await touch('touchMove', share)
    await expect.poll(() => hover.innerText()).not.toBe(early)
    expect(await hover.innerText()).toMatch(/\d\d:\d\d:\d\d/)
    await touch('touchEnd', 0)
    await expect.poll(() => hover.innerText()).not.toMatch(/\d\d:\d\d:\d\d/)
    expect(await page.locator('#zoom-chip button').isVisible()).toBe(false)
  })

  it('survives a zoom that is left before its past has come', async () => {
    const stage = await open(browser, 'two-faults')
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#machine canvas').first().waitFor()
    await page.route('**/api/history', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 700))
      await route.continue().catch(() => undefined)
    })
    const to = Math.floor(standIn.now())
    for (let times = 0; times < 3; times++) {
      await page.evaluate(
        ([from, until]) => {
          history.pushState(null, '', `?zoom=${from}-${until}`)
          dispatchEvent(new PopStateEvent('popstate'))
        },
        [to - 20 * minute + times, to - 10 * minute],
      )
      await page.waitForTimeout(400)
      await page.keyboard.press('Escape')
      await page.waitForTimeout(900)
    }
    expect(await page.evaluate(() => document.body.dataset['link'])).toBe('live')
    expect(stage.complaints).toEqual([])
  })

  it('shows in the end what was chosen last, however quickly one range follows another', async () => {
    const stage = await open(browser, 'two-faults')
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#machine canvas').first().waitFor()
    for (const name of ['24 h', '2 min', '7 days', '15 min', '6 h'])
      await page.locator('#range').getByText(name, { exact: true }).click()
    const lengths = (): readonly number[] =>
      standIn.asked
        .filter(({ path }) => path === '/api/history')
        .map(({ body }) => JSON.parse(body) as { from: number; to: number })
        .map(({ from, to }) => Math.round((to - from) / minute))
    await expect.poll(() => lengths().slice(-4)).toContain(367)
    await page.goBack()
    await expect.poll(() => page.url()).toContain('minutes=15')
    await expect.poll(() => lengths().slice(-2)).toContain(15)
    await page.goForward()
    await expect.poll(() => page.url()).toContain('minutes=360')
    expect(stage.complaints).toEqual([])
  })

  it('asks for everything anew after ten minutes in which it slept, and draws no line over them', async () => {
    const stage = await open(browser, 'two-faults')
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#machine canvas').first().waitFor()
    const asked = (path: string): number => standIn.asked.filter((one) => one.path === path).length
    const [states, histories] = [asked('/api/state'), asked('/api/history')]
    standIn.behave({ closed: true })
    standIn.behave({ clockOffsetMs: 10 * minute })
    await stage.pass(10 * minute)
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    expect(await page.evaluate(() => document.body.dataset['link'])).not.toBe('live')
    standIn.behave({ closed: false })
    await reached(stage, 'live')
    await expect.poll(() => asked('/api/state')).toBeGreaterThan(states)
    await expect.poll(() => asked('/api/history')).toBeGreaterThan(histories)
    expect(await page.locator('#hint').isVisible()).toBe(false)
  })

  it('takes events that it does not know, and values that are no numbers, as what they are', async () => {
    const stage = await open(browser, 'two-faults')
    const { page, standIn } = stage
    await reached(stage, 'live')
    await page.locator('#machine canvas').first().waitFor()
    standIn.write('event: weather\ndata: rain\n\n')
    standIn.write('event: constructor\ndata: {}\n\n')
    await expect.poll(() => standIn.shown.size).toBe(1)
    const { version } = [...standIn.shown.values()][0]!
    const time = Math.floor(standIn.now())
    for (const [at, value] of ['NaN', 'Infinity', '<b>x</b>', 5].entries())
      standIn.tell('samples', { version, rows: [[0, time + at, value]] } as never)
    await page.waitForTimeout(1500)
    expect(await page.evaluate(() => document.body.dataset['link'])).toBe('live')
    expect(stage.complaints).toEqual([])
  })

  it('has on paper whatever says something, also where it can be pressed', async () => {
    const stage = await open(browser, '40-faults')
    const { page } = stage
    await reached(stage, 'live')
    await page.emulateMedia({ media: 'print' })
    const names = page.locator('.fault-line .fault-open')
    expect(await names.count()).toBe(10)
    for (const name of await names.all()) expect(await name.isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Acknowledge' }).first().isVisible()).toBe(false)
    const other = await open(browser, 'two-faults')
    await reached(other, 'live')
    await other.page.emulateMedia({ media: 'print' })
    await other.page
      .locator('#strip', { hasText: 'from statsd' })
      .getByText(/from statsd/)
      .waitFor()
  })

  it('keeps the shapes of severities in forced colours, also in the band of the verdict', async () => {
    const stage = await open(browser, 'two-faults', { forcedColors: 'active' })
    const { page } = stage
    await reached(stage, 'live')
    const shapes = page.locator('.glyph .shape')
    expect(await shapes.count()).toBeGreaterThan(5)
    for (const stroke of await shapes.evaluateAll((all) => all.map((one) => getComputedStyle(one).stroke)))
      expect(stroke).not.toBe('none')
  })
})
