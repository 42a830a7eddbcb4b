import { createSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { start } from '../test/start.ts'
import type { Running } from '../test/start.ts'
import { reached } from './stand-in-visit.ts'
import { hasNoBrowser, launch, visit } from './visit.ts'
import type { Visit } from './visit.ts'

/** An observatory in a process of its own, with a folder that goes with the test. */
async function observatory(...more: readonly string[]): Promise<Running & { readonly data: string }> {
  const data = await mkdtemp(join(tmpdir(), 'observatory-'))
  onTestFinished(() => rm(data, { recursive: true, force: true }))
  const life = await start(data, ...more)
  onTestFinished(() => life.stop('SIGKILL'))
  return { ...life, data }
}

async function window(browser: Browser, url: string): Promise<Visit> {
  const opened = await visit(browser, url, { viewport: { width: 1360, height: 1600 } })
  onTestFinished(() => opened.close())
  return opened
}

const post = async (life: Running, body: object): Promise<void> => {
  await fetch(life.trapUrl, { method: 'POST', body: JSON.stringify(body) })
}

const queueCard = (page: Page): Locator => page.locator('#faults article', { hasText: 'demo.queue' })

describe.skipIf(hasNoBrowser)('the page of a real observatory', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('draws this machine, shows what is sent, and a fault that opens and clears', async () => {
    const life = await observatory('--period-ms', '250')
    const opened = await window(browser, life.url)
    const { page } = opened
    await reached(opened, 'live')
    const drawn = (card: Locator): Promise<number> =>
      card
        .locator('canvas')
        .first()
        .evaluate((element) => {
          const canvas = element as HTMLCanvasElement
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
          return data.filter((value, index) => index % 4 === 3 && value > 0).length
        })
    const memory = page.locator('#machine article', { hasText: 'Memory' })
    await memory.locator('canvas').first().waitFor()
    await expect.poll(() => drawn(memory)).toBeGreaterThan(500)

    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    const send = (line: string): Promise<void> =>
      new Promise((resolve) => socket.send(line, life.statsdPort, '127.0.0.1', () => resolve()))
    await send('demo.queue:120|g')
    await queueCard(page).waitFor()
    expect((await queueCard(page).innerText()).replaceAll(/\s/g, ' ')).toContain('120 is above 100')
    expect(await queueCard(page).getByRole('img', { name: 'severity 2' }).first().isVisible()).toBe(true)
    await page.locator('#log li', { hasText: 'demo.queue' }).first().waitFor()
    const sent = page.locator('#sent article', { hasText: 'demo.queue' })
    for (let value = 119; value > 110; value -= 1) await send(`demo.queue:${value}|g`)
    await expect.poll(() => drawn(sent)).toBeGreaterThan(0)
    await send('demo.queue:20|g')
    await queueCard(page).waitFor({ state: 'detached' })
    await page.locator('#log li', { hasText: /cleared after .*: 20 is not above 100/s }).waitFor()
    expect(opened.complaints).toEqual([])

    const viewers = async (): Promise<number> => {
      const state = (await (await fetch(`${life.url}/api/state`)).json()) as { status: { viewers: number } }
      return state.status.viewers
    }
    expect(await viewers()).toBe(1)
    await page.close()
    await expect.poll(viewers).toBe(0)
  })

  it.each([
    ['goes away', 'SIGKILL'],
    ['stops to speak', 'SIGSTOP'],
  ] as const)('knows nothing while the server %s, and is right again after it', async (_, signal) => {
    const life = await observatory()
    const again = ['--http-port', new URL(life.url).port]
    const opened = await window(browser, life.url)
    const { page } = opened
    await reached(opened, 'live')
    await post(life, { 'demo.queue': 120 })
    // Who is told is on disk by then; one that opens in the last moment before a kill is found again by its next sample only.
    await queueCard(page)
      .getByText(/were told/)
      .waitFor()

    const { length: known } = await opened.verdicts()
    life.process.kill(signal)
    // The time of the page: silence is the same however long the test waits.
    if (signal === 'SIGSTOP') await opened.pass(20_000)
    await reached(opened, 'disconnected')
    await page.locator('#verdict', { hasText: 'Not connected: the state is not known' }).waitFor()
    expect((await queueCard(page).innerText()).replaceAll(/\s/g, ' ')).toContain('120 was above 100')
    await expect.poll(() => page.title()).toMatch(/^\? not connected/)
    const icon = await page.locator('link[rel="icon"]').getAttribute('href')
    expect(decodeURIComponent(icon ?? '')).toContain('>?</text>')
    const filter = await page.locator('.evidence').evaluate((element) => getComputedStyle(element).filter)
    expect(filter).toContain('grayscale(1)')

    if (signal === 'SIGSTOP') life.process.kill('SIGCONT')
    else {
      const next = await start(life.data, ...again)
      onTestFinished(() => next.stop('SIGKILL'))
    }
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 5000 })
      .catch(() => undefined)
    await reached(opened, 'live')
    await queueCard(page)
      .getByText(/is above/)
      .waitFor()
    const since = (await opened.verdicts()).slice(known)
    expect(since.some((text) => text.includes('Not connected'))).toBe(true)
    expect(since.filter((text) => text.includes('Nothing is wrong'))).toEqual([])
  })

  it('acknowledges in one window what a second one shows, over a restart as well', async () => {
    const life = await observatory()
    const first = await window(browser, life.url)
    const second = await window(browser, life.url)
    await reached(first, 'live')
    await reached(second, 'live')
    await post(life, { 'demo.queue': 120 })
    await queueCard(first.page)
      .getByRole('button', { name: /^Acknowledge/ })
      .click()
    const dialog = first.page.getByRole('dialog')
    await dialog.getByLabel(/Who/).fill('Ada')
    await dialog.getByLabel(/Note/).fill('looking')
    await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).click()
    for (const { page } of [first, second])
      await queueCard(page)
        .getByText(/by Ada/)
        .waitFor()
    await life.stop('SIGTERM')
    const next = await start(life.data, '--http-port', new URL(life.url).port)
    onTestFinished(() => next.stop('SIGKILL'))
    await first.page.reload()
    await queueCard(first.page)
      .getByText(/by Ada/)
      .waitFor()
    expect(await queueCard(first.page).innerText()).toContain('looking')
  })

  it('marks where a filter went wrong, and finds by a part of a name', async () => {
    const life = await observatory()
    const opened = await window(browser, life.url)
    const { page } = opened
    await reached(opened, 'live')
    await page.locator('#machine article', { hasText: 'Memory' }).waitFor()
    await page.locator('#filter input').fill('and(__name:cpu.*')
    await page.locator('#filter', { hasText: 'At character 17: expected , or ) here.' }).waitFor()
    await page.locator('#filter input').fill('memory')
    await expect
      .poll(() => page.locator('#machine h3').allInnerTexts())
      .toEqual([expect.stringContaining('Memory')])
  })
})
