import type { Page } from 'playwright-core'

import type { Condition } from '../real-data.ts'
import type { Visit } from '../visit.ts'

/** Where a picture is taken: a stand-in with invented data, or a real observatory. */
export interface Stage {
  readonly url: string
  now(): number
  /** All of the page is drawn. */
  settled(page: Page): Promise<void>
  /** The server is away from now on. */
  vanish(): Promise<void>
  close(): Promise<void>
}

export interface Picture {
  readonly name: string
  readonly scene: Condition | 'first-start'
  readonly size: { readonly width: number; readonly height: number }
  readonly fullPage?: boolean
  readonly dark?: boolean
  readonly forms?: 'mouse' | 'touch'
  readonly path?: string
  /** The server is away afterwards. */
  readonly ends?: boolean
  readonly prepare?: (visit: Visit, stage: Stage) => Promise<void>
}
