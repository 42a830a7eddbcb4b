import type { Browser, Locator, Page } from 'playwright-core'

import { startStandIn } from '../stand-in.ts'
import type { StandIn } from '../stand-in.ts'
import { visit } from '../visit.ts'

interface Part {
  readonly caption: string
  readonly scene: string
  readonly before?: (standIn: StandIn) => void
  /** How far this computer's clock is off, ms. */
  readonly clockMs?: number
  readonly show: (page: Page) => Promise<Locator>
}

/** The small parts of the sheet of states: each as the page shows it. */
const parts: readonly Part[] = [
  {
    caption: 'filter, with the error in words; the charts keep the last good filter',
    scene: 'healthy',
    show: async (page) => {
      const input = page.locator('#filter input')
      await input.fill('region:eu')
      await page.waitForTimeout(1000)
      await input.fill('and(__name:http.*,region:eu')
      await page.getByText('Still shown:').waitFor()
      return page.locator('#controls')
    },
  },
  {
    caption: 'maintenance popover',
    scene: 'healthy',
    show: async (page) => {
      await page.locator('#maintenance-button').getByRole('button').click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox').first().fill('and(host:atlas-1,__name:disk.*)')
      await dialog.getByText(/\d\sseries/).waitFor()
      return dialog
    },
  },
  {
    caption: 'loading, in place of any section: blocks, no numbers',
    scene: 'healthy',
    before: (standIn) => standIn.behave({ stalled: true }),
    show: async (page) => {
      await page.waitForTimeout(1500)
      return page.locator('#machine')
    },
  },
  {
    caption: 'range after a drag: a chip, the charts hold still, faults go on live',
    scene: 'healthy',
    show: async (page) => {
      const plot = page.locator('#machine .u-over').first()
      await plot.evaluate((element) => element.scrollIntoView({ block: 'center' }))
      const box = (await plot.boundingBox())!
      await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2, { steps: 4 })
      await page.mouse.up()
      await page.locator('#zoom-chip button').waitFor()
      return page.locator('#controls')
    },
  },
  {
    caption: 'hint when the two clocks differ by more than 5 s',
    scene: 'healthy',
    clockMs: 600_000,
    show: async (page) => {
      const hint = page.locator('#hint')
      await hint.waitFor()
      return hint
    },
  },
  {
    caption: 'an action that was refused: the popover stays open, the words stay in it',
    scene: 'two-faults',
    before: (standIn) => {
      const endedAt = standIn.now() - 60_000
      const body = { error: 'There is no such fault.', reason: 'unknown-alert', endedAt }
      standIn.behave({ refusal: { status: 409, body } })
    },
    show: async (page) => {
      await page.getByRole('button', { name: 'Acknowledge…' }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel(/Who/).fill('night shift')
      await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).click()
      await dialog.getByText('Not acknowledged').waitFor()
      return dialog
    },
  },
  {
    caption: 'top bar after the verdict has scrolled away: it keeps the verdict, short',
    scene: 'two-faults',
    show: async (page) => {
      await page.evaluate(() => scrollTo(0, 1200))
      await page.locator('#pill').waitFor()
      return page.locator('#bar')
    },
  },
  {
    caption: 'many faults: the first three as cards, from the fourth on one line each, ten to a page',
    scene: '40-faults',
    show: async (page) => page.locator('.fault-lines'),
  },
]

/** Each part with its caption, as a picture. */
export async function takeParts(
  browser: Browser,
): Promise<readonly { readonly caption: string; readonly image: string }[]> {
  const taken = []
  for (const { caption, scene, before, clockMs = 0, show } of parts) {
    const standIn = await startStandIn({ scene })
    before?.(standIn)
    const opened = await visit(browser, standIn.url, {
      now: standIn.now() + clockMs,
      reducedMotion: 'reduce',
    })
    try {
      if (caption.startsWith('loading')) await opened.page.locator('body[data-link="loading"]').waitFor()
      else await opened.page.locator('body[data-link="live"]').waitFor()
      await opened.page.waitForTimeout(1500)
      const image = await (await show(opened.page)).screenshot()
      taken.push({ caption, image: image.toString('base64') })
    } finally {
      await opened.close()
      await standIn.close()
    }
  }
  return taken
}
