import type { Page } from 'playwright-core'

import { startStandIn } from '../stand-in.ts'
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
    settled: settledAfter,
    vanish: async () => standIn.behave({ closed: true }),
    close: () => standIn.close(),
  }
}

/** What was asked for came, and nothing more was asked for since. */
export async function settledAfter(page: Page): Promise<void> {
  let asked = 0
  page.on('request', (request) => {
    if (request.url().endsWith('/api/history')) asked += 1
  })
  await page.locator('body:not([data-link="loading"])').waitFor()
  let before = -1
  for (let quiet = 0; quiet < 4;) {
    quiet = asked === before ? quiet + 1 : 0
    before = asked
    await page.waitForTimeout(500)
  }
}
