import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, pass, reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

const chosen = (page: Page): Promise<string> => page.locator('#range label:has(input:checked)').innerText()

const chip = (page: Page) => page.locator('#zoom-chip button')

/** From a fourth to three fourths of the first plot. */
async function drag(page: Page): Promise<void> {
  const plot = page.locator('#machine canvas').first()
  await plot.waitFor()
  await plot.evaluate((element) => element.scrollIntoView({ block: 'center' }))
  const over = page.locator('#machine .u-over').first()
  const box = (await over.boundingBox())!
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 4 })
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 4 })
  await page.mouse.up()
}

describe.skipIf(hasNoBrowser)('the view', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('is the same after a reload: filter, range, zone, zoom', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#range label:has(input[value="360"])').click()
    await page.locator('#zone label:has(input[value="local"])').click()
    await page.locator('#filter input').fill('host:atlas-1')
    await expect.poll(() => page.url()).toContain('filter=')
    await drag(page)
    await chip(page).waitFor()
    const words = await chip(page).innerText()
    const address = page.url()
    await page.reload()
    await reached(stage, 'live')
    await chip(page).waitFor()
    expect(await chip(page).innerText()).toBe(words)
    expect(await chosen(page)).toMatch(/^6 ?h$/)
    expect(await page.locator('#zone input[value="local"]').isChecked()).toBe(true)
    expect(await page.locator('#filter input').inputValue()).toBe('host:atlas-1')
    expect(page.url()).toBe(address)
    expect(stage.complaints).toEqual([])
  })

  it('goes back by Back', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#range label:has(input[value="10080"])').click()
    await expect.poll(() => chosen(page)).toMatch(/7/)
    await page.goBack()
    await expect.poll(() => chosen(page)).toMatch(/^1 ?h$/)
    await page.goForward()
    await expect.poll(() => chosen(page)).toMatch(/7/)
  })

  it('is moved by the arrow keys of the range', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#range input:checked').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => chosen(page)).toMatch(/^6 ?h$/)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => chosen(page)).toMatch(/15/)
    expect(await page.locator('#range [role="radiogroup"], #range fieldset').count()).toBe(1)
  })

  it('is zoomed by a drag, holds still then, and goes back by the chip, by a double click and by Esc', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    for (const leave of [
      () => chip(page).click(),
      async () => {
        const box = (await page.locator('#machine .u-over').first().boundingBox())!
        await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2)
      },
      async () => page.keyboard.press('Escape'),
    ]) {
      await drag(page)
      await chip(page).waitFor()
      // Shortly after midnight what is shown was yesterday, and says so.
      expect((await chip(page).innerText()).trim()).toMatch(
        /^(\w{3} \d{1,2} \w{3}, )?\d\d:\d\d:\d\d – (\w{3} \d{1,2} \w{3}, )?\d\d:\d\d:\d\d\s*✕$/,
      )
      const words = await chip(page).innerText()
      const clock = page.locator('#clock')
      const time = await clock.innerText()
      await pass(stage, 5000)
      await expect.poll(() => clock.innerText()).not.toBe(time)
      expect(await chip(page).innerText()).toBe(words)
      await leave()
      await chip(page).waitFor({ state: 'hidden' })
    }
    expect(stage.complaints).toEqual([])
  })

  it('changes every time on the page with the zone', async () => {
    const stage = await open(browser, 'two-faults', { timezoneId: 'Asia/Kolkata' })
    const { page, standIn } = stage
    await reached(stage, 'live')
    const time = (zone: string): string =>
      new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone }).format(
        standIn.world.log[0]!.time,
      )
    await page.locator('#log', { hasText: time('UTC') }).waitFor()
    await page.locator('#zone label:has(input[value="local"])').click()
    await page.locator('#log', { hasText: time('Asia/Kolkata') }).waitFor()
    expect(await page.locator('#log').innerText()).not.toContain(time('UTC'))
    const since = standIn.world.faults.find(({ alert }) => alert === 'alert-memory')!.severities[1]!.since
    const local = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Asia/Kolkata' }).format(
      since,
    )
    expect(await page.locator('#faults').innerText()).toContain(local)
  })

  it('shows a fault in the charts when asked', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await reached(stage, 'live')
    await page.locator('#faults article').nth(1).getByText('Show in charts').click()
    await chip(page).waitFor()
    await expect
      .poll(() =>
        page.locator('#machine').evaluate((element) => element.getBoundingClientRect().top < innerHeight),
      )
      .toBe(true)
  })

  it('is what a wrong address makes of it: the plain one', async () => {
    const stage = await open(browser, 'two-faults', { path: '/?minutes=-7&zoom=9-1&zone=mars&page=x' })
    await reached(stage, 'live')
    expect(await chosen(stage.page)).toMatch(/^1 ?h$/)
    expect(await chip(stage.page).isVisible()).toBe(false)
    expect(stage.complaints).toEqual([])
  })
})
