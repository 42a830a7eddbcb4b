import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { beat, open, pass, reached } from './stand-in-visit.ts'
import type { Staged } from './stand-in-visit.ts'
import { hasNoBrowser, launch } from './visit.ts'

describe.skipIf(hasNoBrowser)('what the page says of its connection', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  const nonsense = { status: 200, body: '<h1>Welcome</h1>' }

  it('shows neither check mark nor green nor a number before the first state', async () => {
    const stage = await open(browser, 'two-faults', { before: (it) => it.behave({ stalled: true }) })
    await reached(stage, 'loading')
    const { page } = stage
    await page.locator('#verdict', { hasText: 'Asking the observatory…' }).waitFor()
    // Blocks come in place of sections only after 300 ms.
    await beat(stage)
    // Controls that ask for nothing may name numbers: the ranges do.
    const said = await page.evaluate(() =>
      ['#verdict', '#faults', '#lanes', '#log', '#closest', '#machine', '#sent', '#strip', '#clock']
        .map((id) => document.querySelector<HTMLElement>(id))
        // What is hidden gives its text all the same.
        .map((part) => (part !== null && part.getClientRects().length > 0 ? part.innerText : ''))
        .join('\n'),
    )
    expect(said).not.toMatch(/\d/)
    expect(said).not.toContain('✓')
    const colours = await page.evaluate(() => {
      const good = getComputedStyle(document.documentElement).getPropertyValue('--good').trim()
      const probe = document.createElement('i')
      probe.style.color = good
      document.body.append(probe)
      const computed = getComputedStyle(probe).color
      probe.remove()
      return [...document.querySelectorAll('main *, #badge *')].filter((element) => {
        const style = getComputedStyle(element)
        const isShown = element.getClientRects().length > 0
        return isShown && [style.color, style.backgroundColor, style.stroke, style.fill].includes(computed)
      }).length
    })
    expect(colours).toBe(0)
    expect(await page.title()).toMatch(/^… Tocsin/)
    await stage.pass(5000)
    await page.locator('#verdict', { hasText: /No answer for \d+\ss, still asking/ }).waitFor()
  })

  it('says that nothing is wrong only after the state was fetched', async () => {
    const stage = await open(browser, 'healthy')
    await reached(stage, 'live')
    await stage.page.locator('#verdict', { hasText: 'Nothing is wrong' }).waitFor()
    expect(await stage.page.title()).toBe('✓ Tocsin atlas-1')
    const said = await stage.verdicts()
    expect(said[0]).toMatch(/^Asking the observatory…/)
    expect(said.findIndex((text) => text.includes('Nothing is wrong'))).toBeGreaterThan(0)
    expect(stage.complaints).toEqual([])
  })

  it('counts the open faults, and names the worst of them', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    const verdict = stage.page.locator('#verdict')
    await verdict.getByText('2 faults are open').waitFor()
    expect((await verdict.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
      /Worst: memory\.used_percent at 97\.8 % for 1[23] min( \d+ s)?, nobody has acknowledged it\. The other one is acknowledged\./,
    )
    expect(await stage.page.title()).toMatch(/^\(2\) severity 1 · Tocsin/)
    expect(stage.complaints).toEqual([])
  })

  it('is stale while samples of this machine do not come, keeps the faults in colour, and comes back', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    stage.standIn.behave({ silent: true })
    await pass(stage, 10_000)
    await reached(stage, 'stale')
    const { page } = stage
    await page.locator('#verdict', { hasText: /Nothing new for \d+/ }).waitFor()
    expect(await page.title()).toMatch(/^\? stale/)
    expect(await page.locator('#faults article').count()).toBe(2)
    expect(await greyed(page, '#faults')).toBe(false)
    stage.standIn.behave({ silent: false })
    await reached(stage, 'live')
  })

  it.each([
    ['nothing', async ({ standIn }: Staged) => standIn.behave({ closed: true })],
    [
      'silence',
      async (stage: Staged) => {
        stage.standIn.behave({ stalled: true })
        // The time of the page, not of the test: no computer is too slow for it.
        await stage.pass(20_000)
      },
    ],
  ] as const)(
    'knows nothing when the server gives %s, and is right again afterwards',
    async (_, misbehave) => {
      const stage = await open(browser, 'two-faults')
      await reached(stage, 'live')
      await misbehave(stage)
      await reached(stage, 'disconnected')
      const { page } = stage
      const verdict = page.locator('#verdict')
      await verdict.getByText('Not connected: the state is not known').waitFor()
      expect((await verdict.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
        /Everything below is from \d\d:\d\d:\d\d UTC, .+ ago\. 2 faults were open then, the worst of severity 1\. What has happened since, this page cannot say\./,
      )
      expect(await page.title()).toMatch(/^\? not connected/)
      await page.locator('#clock', { hasText: 'server time not known' }).waitFor()
      for (const part of ['#faults', '#lanes', '#log', '#machine', '#sent'])
        expect(await greyed(page, part), part).toBe(true)
      expect((await page.locator('#faults').innerText()).replaceAll(/\s+/g, ' ')).toContain('was above')
      for (const button of await page.getByRole('button', { name: /Acknowledge…|Maintenance…/ }).all())
        expect(await isOff(button)).toBe(true)
      stage.standIn.behave({ closed: false, stalled: false })
      await page.getByRole('button', { name: 'Try now' }).click()
      await reached(stage, 'live')
      expect(await greyed(page, '#faults')).toBe(false)
      const said = await stage.verdicts()
      expect(said.filter((text) => text.includes('Nothing is wrong'))).toEqual([])
    },
  )

  it.each([
    [
      'goes away',
      async (stage: Staged) => {
        stage.standIn.behave({ closed: true })
        await reached(stage, 'disconnected')
      },
    ],
    [
      'is silent for 20 s',
      async (stage: Staged) => {
        stage.standIn.behave({ stalled: true })
        await stage.pass(20_000)
      },
    ],
  ] as const)(
    'is hatched, without colour and has a question mark everywhere when a healthy server %s, and is never called well again',
    async (_, misbehave) => {
      const stage = await open(browser, 'healthy')
      const { page } = stage
      await page.locator('#verdict', { hasText: 'Nothing is wrong' }).waitFor()
      await expect.poll(() => page.title()).toBe('✓ Tocsin atlas-1')
      await misbehave(stage)
      await reached(stage, 'disconnected')
      await page.locator('#verdict', { hasText: 'Nothing was open then' }).waitFor()
      const icon = (): Promise<string> =>
        page
          .locator('link[rel="icon"]')
          .evaluate((link) => decodeURIComponent((link as HTMLLinkElement).href))
      await expect.poll(icon).toMatch(/^data:image\/svg\+xml,.*>\?<\/text>/)
      expect(await page.title()).toMatch(/^\? not connected/)
      expect(await page.locator('#verdict').getByText('?', { exact: true }).first().isVisible()).toBe(true)
      expect(await isHatched(page)).toBe(true)
      for (const part of ['#lanes', '#log', '#closest', '#machine', '#sent'])
        expect(await greyed(page, part), part).toBe(true)

      const tabs = await stage.tabs()
      const lost = tabs.findIndex(({ state }) => state === 'disconnected')
      expect(tabs.slice(0, lost).some(({ isWell }) => isWell)).toBe(true)
      expect(tabs.slice(0, lost).filter(({ state, isWell }) => state === 'loading' && isWell)).toEqual([])
      const since = tabs.slice(lost)
      expect(since.at(-1)?.state).toBe('disconnected')
      expect(since.filter(({ isWell }) => isWell)).toEqual([])
      expect(since.filter(({ title, icon: one }) => !title.startsWith('?') || !one.includes('>?<'))).toEqual(
        [],
      )
    },
  )

  it.each([
    [
      '500',
      { status: 500, body: { error: 'journal: no space left on device' } },
      /It said: 500, journal: no space left on device/,
    ],
    ['a page of something else', nonsense, /The observatory answers, but cannot tell its state/],
    [
      'JSON that is no state',
      { status: 200, body: { faults: 'none' } },
      /The observatory answers, but cannot tell its state/,
    ],
    ['an empty answer', { status: 200, body: '' }, /The observatory answers, but cannot tell its state/],
  ] as const)('has failed when it answers with %s, and asks again', async (_, state, words) => {
    const stage = await open(browser, 'healthy', { before: (it) => it.behave({ state }) })
    await reached(stage, 'failed')
    await stage.page.locator('#verdict', { hasText: words }).waitFor()
    expect(await stage.page.title()).toMatch(/^✕ failed/)
    expect((await stage.verdicts()).filter((text) => text.includes('Nothing is wrong'))).toEqual([])
    stage.standIn.behave({ state: undefined })
    await stage.page.getByRole('button', { name: 'Ask now' }).click()
    await reached(stage, 'live')
  })

  it('takes no harm from events that it does not know', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    stage.standIn.write('event: surprise\ndata: {"a":1}\n\n: a comment\n\ndata: no name\n\n')
    stage.standIn.tell('entry', {
      id: 'after-the-surprise',
      time: stage.standIn.now(),
      type: 'maintenance-began',
      select: 'host:after-the-surprise',
      channels: [],
    })
    await stage.page.locator('#log', { hasText: 'host:after-the-surprise' }).waitFor()
    await reached(stage, 'live')
    expect(stage.complaints).toEqual([])
  })

  it.each([
    ['no JSON', 'event: fault\ndata: {"id":\n\n'],
    ['a fault that is none', 'event: fault\ndata: {"id":5}\n\n'],
    ['a status that is none', 'event: status\ndata: []\n\n'],
  ])('does not go on as if nothing were when an event holds %s', async (_, text) => {
    const stage = await open(browser, 'healthy')
    await reached(stage, 'live')
    stage.standIn.behave({ state: nonsense })
    stage.standIn.write(text)
    await reached(stage, 'failed')
    stage.standIn.behave({ state: undefined })
    await stage.page.getByRole('button', { name: 'Ask now' }).click()
    await reached(stage, 'live')
  })

  it('fetches the state again after events were left out', async () => {
    const stage = await open(browser, 'two-faults')
    await reached(stage, 'live')
    const { standIn } = stage
    standIn.world.faults = standIn.world.faults.filter(({ alert }) => alert !== 'alert-memory')
    standIn.write('event: gap\ndata: {"missed":3}\n\n')
    await stage.page.locator('#verdict', { hasText: '1 fault is open, acknowledged' }).waitFor()
  })
})

type Page = Awaited<ReturnType<typeof open>>['page']

/** Whether the verdict stands on stripes in the two colours of what is not known. */
function isHatched(page: Page): Promise<boolean> {
  return page.locator('#verdict .verdict').evaluate((frame) => {
    const picture = getComputedStyle(frame).backgroundImage
    const probe = document.createElement('i')
    document.body.append(probe)
    const colours = ['hatch-ground', 'hatch-stripe'].map((name) => {
      probe.style.color = `var(--${name})`
      return getComputedStyle(probe).color
    })
    probe.remove()
    return (
      picture.startsWith('repeating-linear-gradient') && colours.every((colour) => picture.includes(colour))
    )
  })
}

/** Whether this part, or something around it, has lost its colour. */
function greyed(page: Page, selector: string): Promise<boolean> {
  return page.locator(selector).evaluate((start) => {
    for (let element: Element | null = start; element !== null; element = element.parentElement) {
      if (getComputedStyle(element).filter.includes('grayscale(1)')) return true
    }
    return false
  })
}

const isOff = async (button: ReturnType<Page['locator']>): Promise<boolean> =>
  (await button.isDisabled()) || (await button.getAttribute('aria-disabled')) === 'true'
