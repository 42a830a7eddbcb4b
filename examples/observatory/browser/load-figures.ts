import type { Page } from 'playwright-core'

/** How long a frame takes after a key is pressed, the longest of them, ms. */
export async function typingMs(page: Page, text: string): Promise<number> {
  await page.evaluate(() => {
    const watched = { longest: 0 }
    Object.assign(globalThis, { typing: watched })
    document.querySelector('#filter input')?.addEventListener('keydown', () => {
      const pressed = performance.now()
      requestAnimationFrame(() =>
        setTimeout(() => (watched.longest = Math.max(watched.longest, performance.now() - pressed))),
      )
    })
  })
  await page.locator('#filter input').pressSequentially(text, { delay: 60 })
  return page.evaluate(() => (globalThis as unknown as { typing: { longest: number } }).typing.longest)
}
