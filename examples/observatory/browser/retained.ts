import type { Page } from 'playwright-core'

export interface Retained {
  /** Of the document, and those that are kept outside of it. */
  readonly nodes: number
  readonly mebibytes: number
}

/** What the page cannot forget: the least of some looks, since what is on its way is there for a moment only. */
export async function retained(page: Page): Promise<Retained> {
  const looks: Retained[] = []
  for (let times = 0; times < 4; times += 1) {
    await page.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 200)))
    looks.push(await look(page))
  }
  return {
    nodes: Math.min(...looks.map(({ nodes }) => nodes)),
    mebibytes: Math.min(...looks.map(({ mebibytes }) => mebibytes)),
  }
}

/** Counted after its garbage was collected. */
async function look(page: Page): Promise<Retained> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  return {
    nodes: metrics.find(({ name }) => name === 'Nodes')?.value ?? NaN,
    mebibytes: usedSize / 2 ** 20,
  }
}
