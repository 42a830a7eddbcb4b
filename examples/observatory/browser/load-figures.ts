import { readFile } from 'node:fs/promises'

import type { Browser, Page } from 'playwright-core'

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

/** What a while costs, each second. */
export interface Steady {
  readonly bytes: number
  /** Shares of a core. */
  readonly renderers: number
  readonly server: number
}

/** Bytes that reach the page, counted below it, and what its processes and that of the server use meanwhile. */
export async function steady(
  browser: Browser,
  page: Page,
  serverPid: number,
  seconds: number,
): Promise<Steady> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.dataReceived', ({ dataLength }) => (bytes += dataLength))
  const processes = await browser.newBrowserCDPSession()
  const renderersSeconds = async (): Promise<number> => {
    const { processInfo } = await processes.send('SystemInfo.getProcessInfo')
    return processInfo
      .filter(({ type }) => type === 'renderer')
      .reduce((sum, { cpuTime }) => sum + cpuTime, 0)
  }
  const [renderers, server, began] = [
    await renderersSeconds(),
    await usedSeconds(serverPid),
    performance.now(),
  ]
  await page.waitForTimeout(seconds * 1000)
  const passed = (performance.now() - began) / 1000
  const figures = {
    bytes: bytes / passed,
    renderers: ((await renderersSeconds()) - renderers) / passed,
    server: ((await usedSeconds(serverPid)) - server) / passed,
  }
  await session.detach()
  await processes.detach()
  return figures
}

/** Time of a processor that a process has used so far; Linux counts hundredths of a second. */
async function usedSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name of the program may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
