import type { Page } from 'playwright-core'

import { startStandIn } from '../stand-in.ts'
import { designedNow } from '../scenes/index.ts'
import type { Stage } from './picture.ts'

/** The machine of the design, a few seconds before the moment of its pictures. */
export async function startInventedStage(scene: string): Promise<Stage> {
  const standIn = await startStandIn({ scene, startAt: designedNow })
  return {
    url: standIn.url,
    now: () => standIn.now(),
    settled,
    vanish: async () => standIn.behave({ closed: true }),
    close: () => standIn.close(),
  }
}

/** The state was fetched, and what was asked for is drawn. */
export async function settled(page: Page): Promise<void> {
  await page.locator('body:not([data-link="loading"])').waitFor()
  await page.waitForLoadState('domcontentloaded')
  await page.waitForTimeout(2500)
}
