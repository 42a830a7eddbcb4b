import type { Visit } from '../visit.ts'
import type { Picture, Stage } from './picture.ts'
import { statesOf } from './states.ts'

const desk = (height: number) => ({ width: 1360, height })
const phone = { width: 390, height: 900 }

/** The server goes away, and so many minutes pass. */
async function disconnect({ page, pass }: Visit, stage: Stage): Promise<void> {
  await stage.vanish()
  await page.locator('body[data-link="disconnected"]').waitFor()
  await pass(192_000)
  await page.waitForTimeout(2500)
}

async function hover({ page }: Visit): Promise<void> {
  const plot = page.locator('#machine canvas').first()
  await plot.scrollIntoViewIfNeeded()
  const box = (await plot.boundingBox())!
  await page.mouse.move(box.x + box.width * 0.55, box.y + box.height / 2)
  await page.waitForTimeout(300)
}

async function acknowledge({ page }: Visit): Promise<void> {
  await page.getByRole('button', { name: 'Acknowledge…' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/Who/).fill('night shift')
  await dialog.getByLabel(/Note/).fill('Cache grows since the release, rolling back now')
}

async function filter({ page }: Visit, stage: Stage): Promise<void> {
  await page.locator('#filter input').fill('and(__name:http.*,region:eu-*)')
  await stage.settled(page)
}

/** As people see it who lack these colours; the browser knows how. */
async function seenWithoutGreen({ page, context }: Visit): Promise<void> {
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setEmulatedVisionDeficiency', { type: 'deuteranopia' })
}

/** As a printer shows it, and as the page itself does with what is not live. */
const inGrey = ({ page }: Visit): Promise<void> =>
  page.evaluate(() => {
    document.documentElement.style.filter = 'grayscale(1)'
  })

/** The pictures of the design, by their names and sizes. */
export const pictures: readonly Picture[] = [
  { name: '01-healthy', scene: 'healthy', size: desk(900), fullPage: true },
  { name: '02-two-faults', scene: 'two-faults', size: desk(900), fullPage: true },
  {
    name: '03-disconnected',
    scene: 'healthy',
    size: desk(900),
    fullPage: true,
    ends: true,
    prepare: disconnect,
  },
  {
    name: '03b-disconnected-with-faults',
    scene: 'two-faults',
    size: desk(900),
    ends: true,
    prepare: disconnect,
  },
  { name: '04-5000-series', scene: '5000-series', size: desk(900), fullPage: true, prepare: filter },
  {
    name: '05-hover',
    scene: 'two-faults',
    // As high as the page, since a picture of more than the window would move the pointer away.
    size: desk(1866),
    prepare: hover,
  },
  { name: '06-seven-days', scene: 'two-faults', size: desk(900), fullPage: true, path: '/?minutes=10080' },
  { name: '07-phone-fault', scene: 'two-faults', size: phone, fullPage: true, forms: 'touch' },
  { name: '08-dark', scene: 'two-faults', size: desk(900), fullPage: true, dark: true },
  { name: '09-first-start', scene: 'first-start', size: desk(936) },
  { name: '10-acknowledge', scene: 'two-faults', size: desk(860), prepare: acknowledge },
  { name: '11-greyscale', scene: 'two-faults', size: desk(760), prepare: inGrey },
  {
    name: '12-dark-disconnected',
    scene: 'healthy',
    size: desk(760),
    dark: true,
    ends: true,
    prepare: disconnect,
  },
  {
    name: '13-phone-disconnected',
    scene: 'healthy',
    size: phone,
    fullPage: true,
    forms: 'touch',
    ends: true,
    prepare: disconnect,
  },
  { name: '14-phone-dark', scene: 'two-faults', size: phone, dark: true, forms: 'touch' },
  { name: '15-states', scene: 'two-faults', size: desk(900), fullPage: true, prepare: statesOf },
  {
    name: '16-red-green-blind',
    scene: 'two-faults',
    size: desk(860),
    prepare: seenWithoutGreen,
  },
  // Those of the documentation, as a window shows them: not so long that nobody reads on.
  { name: 'observatory-faults', scene: 'two-faults', size: desk(1290) },
  { name: 'observatory-seven-days', scene: 'two-faults', size: desk(1290), path: '/?minutes=10080' },
]
