import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { open, reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch, visit } from './visit.ts'

/** The card of memory.used_percent, which nobody has acknowledged. */
const memoryCard = (page: Page): Locator =>
  page.locator('#faults article', { hasText: 'memory.used_percent' })
const acknowledgeButton = (page: Page): Locator =>
  memoryCard(page).getByRole('button', { name: /^Acknowledge/ })

/** Presses Tab until that element has the focus; fails when the focus has gone round without it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('Tab does not lead there')
}

describe.skipIf(hasNoBrowser)('what a person does about a fault', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('is acknowledged by the keyboard alone, and a second window shows it', async () => {
    const stage = await open(browser, 'two-faults')
    const { page, standIn } = stage
    const second = await visit(browser, standIn.url)
    try {
      await memoryCard(page).waitFor()
      await memoryCard(second.page).waitFor()
      await tabTo(page, acknowledgeButton(page))
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      await dialog.waitFor()
      expect(await dialog.getAttribute('aria-modal')).toBe('true')
      const who = dialog.getByLabel(/Who/)
      await tabTo(page, who)
      await page.keyboard.type('Ada')
      const note = dialog.getByLabel(/Note/)
      await tabTo(page, note)
      await page.keyboard.type('rolling back')
      const twoHours = dialog.getByRole('radio', { name: '2 h' })
      await tabTo(page, twoHours)
      await page.keyboard.press('ArrowRight')
      expect(await dialog.getByRole('radio', { name: '8 h' }).isChecked()).toBe(true)
      await dialog.getByText(/Ends at .*if the fault is still open then, operators are told/).waitFor()
      await tabTo(page, dialog.getByRole('button', { name: 'Acknowledge', exact: true }))
      await page.keyboard.press('Enter')

      for (const window of [page, second.page]) {
        const card = memoryCard(window)
        await card.getByText(/by Ada/).waitFor()
        expect(await card.innerText()).toContain('rolling back')
        await window.locator('#verdict', { hasText: '2 faults are open, acknowledged' }).waitFor()
        await window.locator('#log li', { hasText: /acknowledged by Ada/ }).waitFor()
      }
      await dialog.waitFor({ state: 'detached' })
      expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true)
      const command = standIn.asked.find(({ path }) => path === '/api/commands')
      expect(JSON.parse(command?.body ?? '{}')).toMatchObject({
        type: 'acknowledge',
        alert: 'alert-memory',
        by: 'Ada',
        notes: 'rolling back',
      })

      await memoryCard(second.page)
        .getByRole('button', { name: /Take the acknowledgement back/ })
        .click()
      for (const window of [page, second.page]) {
        await acknowledgeButton(window).waitFor()
        await window.locator('#log li', { hasText: /took|taken back/ }).waitFor()
      }
      expect([...stage.complaints, ...second.complaints]).toEqual([])
    } finally {
      await second.close()
    }
  })

  it('keeps the focus in the dialog, and gives it back', async () => {
    const { page } = await open(browser, 'two-faults')
    const button = acknowledgeButton(page)
    await button.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press(presses % 5 === 4 ? 'Shift+Tab' : 'Tab')
      const isInside = await dialog.evaluate((element) => element.contains(document.activeElement))
      expect(isInside).toBe(true)
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('remembers who it was in this browser, and begins with the note then', async () => {
    const stage = await open(browser, 'two-faults')
    const { page } = stage
    await acknowledgeButton(page).click()
    await page.getByRole('dialog').getByLabel(/Who/).fill('Ada')
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge', exact: true }).click()
    await memoryCard(page)
      .getByText(/by Ada/)
      .waitFor()
    await page.reload()
    await page
      .getByRole('button', { name: /Take the acknowledgement back/ })
      .first()
      .click()
    await acknowledgeButton(page)
      .or(page.getByRole('button', { name: /^Acknowledge/ }))
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel(/Who/).inputValue()).toBe('Ada')
    expect(await dialog.getByLabel(/Note/).evaluate((element) => element === document.activeElement)).toBe(
      true,
    )
  })

  it('says in words why it was refused, and keeps what was typed', async () => {
    const { page, standIn } = await open(browser, 'two-faults')
    const endedAt = standIn.now() - 60_000
    standIn.behave({
      refusal: { status: 409, body: { error: 'There is no such fault.', reason: 'unknown-alert', endedAt } },
    })
    await acknowledgeButton(page).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/Who/).fill('Ada')
    await dialog.getByLabel(/Note/).fill('a long story')
    await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).click()
    await dialog.getByText(/Not acknowledged: the fault ended at \d\d:\d\d:\d\d\./).waitFor()
    expect(await dialog.getByLabel(/Note/).inputValue()).toBe('a long story')
    expect(await memoryCard(page).innerText()).not.toContain('Ada')
  })

  it('asks who it is', async () => {
    const { page, standIn } = await open(browser, 'two-faults')
    await acknowledgeButton(page).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).click()
    await dialog.getByText('Who acknowledges it?').waitFor()
    expect(standIn.asked.filter(({ path }) => path === '/api/commands')).toEqual([])
  })

  it('begins a maintenance from the bar, counts what it is for, and ends it', async () => {
    const stage = await open(browser, 'two-faults')
    const { page, standIn } = stage
    await reached(stage, 'live')
    const button = page.locator('#maintenance-button').getByRole('button')
    await button.click()
    const dialog = page.getByRole('dialog')
    const query = dialog.getByRole('textbox').first()
    await query.fill('and(host:atlas-1,__name:disk.*)')
    await dialog.getByText(/9\sseries/).waitFor()
    await dialog.getByRole('button', { name: /^Begin/ }).click()
    await expect
      .poll(() => standIn.world.maintenance.map(({ select }) => select))
      .toEqual(['and(host:atlas-1,__name:disk.*)'])
    await page
      .locator('#log li', { hasText: /maintenance/i })
      .first()
      .waitFor()
    // It closes when the page hears of its own maintenance, which may be after the log has.
    await dialog.waitFor({ state: 'detached' })
    await button.click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /End now/ })
      .click()
    await expect.poll(() => standIn.world.maintenance).toEqual([])
    expect(stage.complaints).toEqual([])
  })

  it('fills the query of a maintenance in from the card, and shows the error of a wrong one', async () => {
    const { page, standIn } = await open(browser, 'two-faults')
    await memoryCard(page)
      .getByRole('button', { name: /^Maintenance/ })
      .click()
    const dialog = page.getByRole('dialog')
    const query = dialog.getByRole('textbox').first()
    expect(await query.inputValue()).toContain('memory.used_percent')
    await dialog.getByText(/1\sseries/).waitFor()
    await query.fill('and(host:atlas-1')
    await dialog.getByText(/expected , or \) here/).waitFor()
    await dialog.getByRole('button', { name: /^Begin/ }).click({ force: true })
    await dialog
      .getByText(/expected , or \) here/)
      .first()
      .waitFor()
    expect(standIn.world.maintenance).toEqual([])
    expect(standIn.asked.filter(({ path }) => path === '/api/commands')).toEqual([])
  })

  it('lists a planned window, which no button ends', async () => {
    const { page } = await open(browser, 'maintained')
    await page.locator('#maintenance-button').getByRole('button').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('and(host:atlas-1,__name:disk.*)').waitFor()
    await dialog.getByText('__name:cpu.*').waitFor()
    expect(await dialog.getByRole('button', { name: /End now/ }).count()).toBe(1)
  })
})
