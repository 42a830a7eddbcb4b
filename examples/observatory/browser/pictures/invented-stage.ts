import type { Page } from 'playwright-core'

import { startStandIn } from '../stand-in.ts'
import type { StandIn } from '../stand-in.ts'
import { designedNow } from '../scenes/index.ts'
import type { Stage } from './picture.ts'

/** So long it takes until a picture is taken, ms. */
const drawnAfterMs = 8000

/** The machine of the design, a few seconds before the moment of its pictures. */
export async function startInventedStage(scene: string): Promise<Stage> {
  const standIn = await startStandIn({ scene, startAt: designedNow })
  standIn.behave({ clockOffsetMs: -drawnAfterMs })
  return {
    url: standIn.url,
    now: () => standIn.now(),
    settled: (page) => settled(page, standIn.asked),
    vanish: async () => standIn.behave({ closed: true }),
    close: () => standIn.close(),
  }
}

/** What was asked for came, and nothing more was asked for since. */
async function settled(page: Page, asked: StandIn['asked']): Promise<void> {
  await page.locator('body:not([data-link="loading"])').waitFor()
  const histories = (): number => asked.filter(({ path }) => path === '/api/history').length
  let before = -1
  for (let quiet = 0; quiet < 3;) {
    quiet = histories() === before ? quiet + 1 : 0
    before = histories()
    await page.waitForTimeout(500)
  }
}
