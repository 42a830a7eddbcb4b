import type { Browser } from 'playwright-core'

import { startStandIn } from '../stand-in.ts'
import type { StandIn } from '../stand-in.ts'
import { visit } from '../visit.ts'
import type { Visit } from '../visit.ts'
import { takeParts } from './parts.ts'

interface Shown {
  readonly caption: string
  readonly scene: string
  readonly state: string
  /** Before the page is opened, or behind it. */
  readonly before?: (standIn: StandIn) => void
  readonly then?: (standIn: StandIn, opened: Visit) => Promise<void>
}

const states: readonly Shown[] = [
  { caption: 'loading', scene: 'healthy', state: 'loading', before: (it) => it.behave({ stalled: true }) },
  { caption: 'live, nothing open', scene: 'healthy', state: 'live' },
  { caption: 'live, worst unacknowledged fault has severity 1', scene: 'two-faults', state: 'live' },
  { caption: 'live, all acknowledged: a tint', scene: 'acknowledged', state: 'live' },
  {
    caption: 'stale: connected, but no sample of this machine',
    scene: 'healthy',
    state: 'stale',
    then: async (standIn, opened) => {
      standIn.behave({ silent: true })
      await opened.page.locator('body[data-link="stale"]').waitFor()
    },
  },
  {
    caption: 'disconnected',
    scene: 'acknowledged',
    state: 'disconnected',
    then: async (standIn, opened) => {
      standIn.behave({ closed: true })
      await opened.page.locator('body[data-link="disconnected"]').waitFor()
      await opened.pass(192_000)
    },
  },
  {
    caption: 'failed: it answers, but not with a state',
    scene: 'healthy',
    state: 'failed',
    before: (standIn) =>
      standIn.behave({ state: { status: 500, body: { error: 'journal: no space left on device' } } }),
  },
  { caption: 'first start', scene: 'first-start', state: 'stale' },
]

interface Taken {
  readonly caption: string
  readonly image: string
  readonly icon: string
  readonly title: string
}

async function takeState(browser: Browser, shown: Shown): Promise<Taken> {
  const standIn = await startStandIn({ scene: shown.scene })
  shown.before?.(standIn)
  const opened = await visit(browser, standIn.url, {
    now: standIn.now(),
    // The verdict of the sheet is narrower than that of the page.
    viewport: { width: 1064, height: 900 },
  })
  try {
    if (shown.then !== undefined) {
      await opened.page.locator('body[data-link="live"]').waitFor()
      await shown.then(standIn, opened)
    }
    await opened.page.locator(`body[data-link="${shown.state}"]`).waitFor()
    await opened.page.waitForTimeout(1500)
    const image = await opened.page.locator('#verdict').screenshot()
    const icon = (await opened.page.getAttribute('#favicon', 'href')) ?? ''
    return {
      caption: shown.caption,
      image: image.toString('base64'),
      icon,
      title: await opened.page.title(),
    }
  } finally {
    await opened.close()
    await standIn.close()
  }
}

/** Puts each state of the verdict with its icon and title onto one sheet, as the design has them. */
export async function statesOf({ page, context }: Visit): Promise<void> {
  const taken: Taken[] = []
  for (const shown of states) taken.push(await takeState(context.browser()!, shown))
  const rows = taken.map(
    ({ caption, image, icon, title }) =>
      `<figure><figcaption>${caption}</figcaption><img width="1000" src="data:image/png;base64,${image}">
       <p><img width="16" height="16" src="${icon.replaceAll('"', '&quot;')}"> ${title}</p></figure>`,
  )
  const parts = (await takeParts(context.browser()!)).map(
    ({ caption, image }) =>
      `<figure class="part"><figcaption>${caption}</figcaption><img src="data:image/png;base64,${image}"></figure>`,
  )
  await page.goto('about:blank')
  await page.setContent(`<!doctype html><title>States</title>
    <style>body{font:13px/20px sans-serif;background:#f4f5f7;margin:32px}figure{display:grid;grid-template-columns:1000px 1fr;gap:4px 24px;margin:0 0 20px}
    .part{grid-template-columns:1fr}img{max-width:100%}h1{font:700 18px/24px sans-serif}
    figcaption{grid-column:1/-1;color:#5f6977;font-size:12px}p{background:#fff;margin:0;padding:8px;align-self:start}</style>
    <h1>States of the verdict, with favicon and title</h1>${rows.join('')}${parts.join('')}`)
}
