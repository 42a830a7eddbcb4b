// Takes the pictures of the design from the page: `npx tsx browser/shoot.ts [--real] [names…]`, into artefacts/.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Browser, Page } from 'playwright-core'

import { pictures } from './pictures/index.ts'
import type { Picture, Stage } from './pictures/picture.ts'
import { startInventedStage } from './pictures/invented-stage.ts'
import { startRealStage } from './pictures/real-stage.ts'
import { launch, visit } from './visit.ts'

const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url))

async function take(browser: Browser, picture: Picture, stage: Stage, folder: string): Promise<void> {
  const { size, fullPage = false, path, prepare, dark = false, forms = 'mouse' } = picture
  const opened = await visit(browser, stage.url, {
    now: stage.now(),
    viewport: size,
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: forms === 'touch',
    reducedMotion: 'reduce',
    ...(path !== undefined && { path }),
  })
  try {
    await stage.settled(opened.page)
    if (fullPage) await grow(opened.page, size.width)
    await prepare?.(opened, stage)
    if (fullPage) await grow(opened.page, size.width)
    await opened.page.screenshot({ path: join(folder, `${picture.name}.png`) })
    for (const complaint of opened.complaints) console.log(`  ${complaint}`)
  } finally {
    await opened.close()
  }
}

/** A window as high as the page, since what is below a window draws nothing, and what sticks to its edge would be in the middle. */
async function grow(page: Page, width: number): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    await page.setViewportSize({ width, height })
    await page.waitForTimeout(1500)
  }
}

const given = process.argv.slice(2)
const isReal = given.includes('--real')
const names = given.filter((name) => !name.startsWith('--'))
const folder = join(artefacts, isReal ? 'real' : 'invented')
await mkdir(folder, { recursive: true })
const asked = pictures.filter(({ name }) => names.length === 0 || names.some((one) => name.startsWith(one)))
// One scene after the other, as making seven days leaves no time for another server; and those last that end theirs.
const ordered = asked.toSorted(
  (one, other) =>
    one.scene.localeCompare(other.scene) || Number(one.ends ?? false) - Number(other.ends ?? false),
)
const stages = new Map<string, Stage>()
const browser = await launch()
try {
  for (const picture of ordered) {
    const { scene, ends = false } = picture
    // The sheet of states makes its own servers, which have to do what no real one does when asked.
    if (isReal && picture.name === '15-states') continue
    for (const [other, running] of stages) {
      if (other === scene) continue
      stages.delete(other)
      await running.close()
    }
    const stage =
      stages.get(scene) ?? (isReal ? await startRealStage(scene) : await startInventedStage(scene))
    stages.set(scene, stage)
    try {
      await take(browser, picture, stage, folder)
      console.log(join(folder, `${picture.name}.png`))
    } catch (error) {
      console.log(`${picture.name}: ${error instanceof Error ? error.message : String(error)}`)
      process.exitCode = 1
    }
    // An invented time has passed by the next picture; seven real days are not made for each.
    if (ends || !isReal) {
      stages.delete(scene)
      await stage.close()
    }
  }
} finally {
  for (const stage of stages.values()) await stage.close()
  await browser.close()
}
