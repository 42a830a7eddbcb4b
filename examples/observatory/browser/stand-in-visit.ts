import type { Browser } from 'playwright-core'
import { onTestFinished } from 'vitest'

import { startStandIn } from './stand-in.ts'
import type { StandIn } from './stand-in.ts'
import { visit } from './visit.ts'
import type { Visit, VisitOptions } from './visit.ts'

/** A stand-in and a window that looks at it; both end with the test. */
export interface Staged extends Visit {
  readonly standIn: StandIn
}

export interface StagedOptions extends VisitOptions {
  /** The time of the server when it begins; that of the visitor's computer where absent. */
  readonly startAt?: number
  readonly before?: (standIn: StandIn) => void
}

/**
 * Opens a scene. Its time begins at this computer's unless told otherwise, so that the two clocks agree; `before` is done to the
 * server before the page asks it for anything.
 */
export async function open(browser: Browser, scene: string, options: StagedOptions = {}): Promise<Staged> {
  const staged = await stage(browser, scene, options)
  onTestFinished(() => staged.close())
  return staged
}

/** For several tests; `close` ends the stand-in, too. */
export async function stage(browser: Browser, scene: string, options: StagedOptions = {}): Promise<Staged> {
  const { before, startAt = options.now ?? Date.now(), ...more } = options
  const standIn = await startStandIn({ scene, startAt })
  before?.(standIn)
  const opened = await visit(browser, standIn.url, more)
  const close = async (): Promise<void> => {
    await opened.close()
    await standIn.close()
  }
  return { ...opened, standIn, close }
}

/** Waits until the page says that it is in this state. */
export async function reached({ page }: Pick<Visit, 'page'>, state: string): Promise<void> {
  await page.locator(`body[data-link="${state}"]`).waitFor()
}

/** Half a second by the timers of the page: on a busy computer they are as late as its own. */
export function beat({ page }: Pick<Visit, 'page'>): Promise<void> {
  return page.evaluate(
    () => new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => resolve()), 500)),
  )
}

/** Waits until what is in the window is drawn: all was answered, and during a beat nothing more was asked or drawn. */
export async function settled(staged: Staged): Promise<void> {
  const { page, standIn, unanswered } = staged
  for (let before = ''; ;) {
    const drawn = await page.locator('.chart canvas, .chart-labels > *').count()
    const now = `${unanswered()} ${standIn.asked.length} ${drawn}`
    if (now === before && unanswered() === 0) return
    before = now
    await beat(staged)
  }
}

/** Time goes by for the server and for this page, in one step. */
export async function pass(staged: Staged, ms: number): Promise<void> {
  // First for the page: what the server tells it must not be ahead of it.
  await staged.pass(ms)
  staged.standIn.pass(ms)
}
