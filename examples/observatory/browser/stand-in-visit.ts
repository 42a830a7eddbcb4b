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
  const { before, startAt = options.now ?? Date.now(), ...more } = options
  const standIn = await startStandIn({ scene, startAt })
  onTestFinished(() => standIn.close())
  before?.(standIn)
  const opened = await visit(browser, standIn.url, more)
  onTestFinished(() => opened.close())
  return { ...opened, standIn }
}

/** Waits until the page says that it is in this state. */
export async function reached({ page }: Pick<Visit, 'page'>, state: string): Promise<void> {
  await page.locator(`body[data-link="${state}"]`).waitFor()
}
