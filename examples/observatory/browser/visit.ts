import { existsSync } from 'node:fs'

import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)
const required = process.env['TOCSIN_REQUIRE_PEERS'] === '1'

/** Whether the tests that need a browser are left out; said once, by whoever asks. */
export const hasNoBrowser: boolean = executablePath === undefined && !required
if (hasNoBrowser) console.log('skipped: no Chromium here; on Debian: apt-get install chromium')

/** Debian's Chromium, quiet and without its own network. */
export async function launch(): Promise<Browser> {
  if (executablePath === undefined)
    throw new Error('There is no Chromium; on Debian: apt-get install chromium')
  const quiet = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--enable-precise-memory-info',
  ]
  return chromium.launch({ executablePath, args: quiet })
}

export interface VisitOptions extends BrowserContextOptions {
  /** The time of the visitor's computer when the page is opened; the real one where absent. */
  readonly now?: number
  /** Behind the address of the server. */
  readonly path?: string
  /** Another window of the same browser. */
  readonly context?: BrowserContext
}

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors and warnings of the console, and what the page threw. */
  readonly complaints: readonly string[]
  /** How many of the page's questions have no answer yet; the stream is none. */
  readonly unanswered: () => number
  /** Lets time go by for the page's clocks; its timers notice when they run next. */
  readonly pass: (ms: number) => Promise<void>
  /** Each text that the verdict had, in order, from the first paint on. */
  readonly verdicts: () => Promise<readonly string[]>
  /** Each picture of a tab that was to be seen, in order: the state of the verdict, title and icon. */
  readonly tabs: () => Promise<readonly Tab[]>
  /** Each move of something that nobody had asked for, with what moved. */
  readonly shifts: () => Promise<readonly string[]>
  /** Tasks of the main thread above 50 ms, ms. */
  readonly longTasks: () => Promise<readonly number[]>
  readonly close: () => Promise<void>
}

export interface Tab {
  readonly state: string
  readonly title: string
  readonly icon: string
  /** Whether "Nothing is wrong" stood anywhere, the title included. */
  readonly isWell: boolean
}

/** What the page keeps for the tests; see {@link watch}. */
interface Watched {
  passed: number
  verdicts: string[]
  tabs: Tab[]
  shifts: string[]
  longTasks: number[]
}

const contexts = new WeakMap<Browser, Map<string, Promise<BrowserContext>>>()

/**
 * A context and its first process cost more than the page: those who see alike share one. They do not see what the others stored,
 * since each server has a port of its own.
 */
function contextOf(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const made = contexts.get(browser) ?? new Map<string, Promise<BrowserContext>>()
  contexts.set(browser, made)
  const name = JSON.stringify(options)
  const context = made.get(name) ?? newContext(browser, options)
  made.set(name, context)
  return context
}

async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  // An empty window, with which the process stays that has read the page's scripts already.
  await context.newPage()
  return context
}

/** Opens the page in a window of its own; without an address only the window, for who wants to see what is asked first. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { now, path = '/', context: given, ...more } = options
  const shift = now === undefined ? 0 : now - Date.now()
  const context = given ?? (await contextOf(browser, { viewport: { width: 1360, height: 900 }, ...more }))
  const page = await context.newPage()
  // A limit ends what hangs, and measures nothing: a busy machine takes its time.
  page.setDefaultTimeout(120_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const unanswered = new Set<Request>()
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/') && pathname !== '/api/live') unanswered.add(request)
  })
  page.on('requestfinished', (request) => unanswered.delete(request))
  page.on('requestfailed', (request) => unanswered.delete(request))
  // tsx names functions by a helper of its own, which the page has not.
  await page.addInitScript('globalThis.__name ??= (it) => it')
  await page.addInitScript(watch, shift)
  if (url !== '') await page.goto(url + path)
  const read = (): Promise<Watched> =>
    page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched)
  return {
    page,
    context,
    complaints,
    unanswered: () => unanswered.size,
    pass: (ms) =>
      page.evaluate((passed) => {
        ;(globalThis as unknown as { watched: Watched }).watched.passed += passed
      }, ms),
    verdicts: async () => (await read()).verdicts,
    tabs: async () => (await read()).tabs,
    shifts: async () => (await read()).shifts,
    longTasks: async () => (await read()).longTasks,
    close: () => page.close(),
  }
}

/** Runs in the page before its own scripts. */
function watch(shift: number): void {
  const watched: Watched = { passed: 0, verdicts: [], tabs: [], shifts: [], longTasks: [] }
  Object.assign(globalThis, { watched })
  const monotonic = performance.now.bind(performance)
  performance.now = () => monotonic() + watched.passed
  const RealDate = Date
  const wall = (): number => RealDate.now() + shift + watched.passed
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      // Without arguments it is now; with them what they say.
      if (given.length === 0) super(wall())
      else super(...(given as []))
    }
    static override now(): number {
      return wall()
    }
  } as DateConstructor
  new MutationObserver(() => {
    const text = document.querySelector('#verdict')?.textContent.trim() ?? ''
    if (text !== '' && text !== watched.verdicts.at(-1)) watched.verdicts.push(text)
  }).observe(document, { subtree: true, childList: true, characterData: true })
  const lookAtTab = (): void => {
    // What one frame tells is only seen as a whole: this runs after all that was asked for before.
    requestAnimationFrame(() => requestAnimationFrame(lookAtTab))
    // With what is hidden: a page that does not know has no such words at all.
    const body = document.querySelector('body')
    const text = body?.textContent ?? ''
    const tab: Tab = {
      // Not that of the body, which is there before the frame that tells all of it.
      state: document.querySelector<HTMLElement>('#verdict .verdict')?.dataset['state'] ?? '',
      title: document.title,
      icon: decodeURIComponent(document.querySelector('link[rel="icon"]')?.getAttribute('href') ?? ''),
      isWell: text.includes('Nothing is wrong') || document.title.startsWith('✓'),
    }
    const last = watched.tabs.at(-1)
    if (JSON.stringify(tab) !== JSON.stringify(last)) watched.tabs.push(tab)
  }
  requestAnimationFrame(lookAtTab)
  const nameOf = (node: Node | null): string => {
    const element = node instanceof Element ? node : (node?.parentElement ?? null)
    return element === null
      ? '?'
      : `${element.tagName} ${element.id || String(element.getAttribute('class'))}`
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as {
      hadRecentInput: boolean
      sources: { node: Node | null }[]
    }[]) {
      if (!entry.hadRecentInput) watched.shifts.push(entry.sources.map(({ node }) => nameOf(node)).join(', '))
    }
  }).observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver((list) => {
    watched.longTasks.push(...list.getEntries().map(({ duration }) => duration))
  }).observe({ type: 'longtask', buffered: true })
}
