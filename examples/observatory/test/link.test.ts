import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/link.js'

interface Knowledge {
  readonly state: 'loading' | 'known' | 'lost'
  readonly since?: number
  readonly why?: string
}
type Health = Readonly<Record<string, string>>

/** The functions of the page, with the types that they would have. */
const { follow, verdict } = page as {
  follow: (link: {
    readonly events: Readonly<Record<string, (told: unknown) => void>>
    readonly state: (fetched: { readonly alerts: unknown }) => void
    readonly changed: (knowledge: Knowledge) => void
  }) => void
  verdict: (
    knowledge: Knowledge,
    health: Health | undefined,
    faults: readonly unknown[],
  ) => string | undefined
}

/** The stream of a browser, which says what the test says. */
class FakeStream extends EventTarget {
  static readonly OPEN = 1
  static last: FakeStream
  readyState = 0
  onopen?: () => void
  onerror?: () => void
  constructor() {
    super()
    FakeStream.last = this
  }
  open(): void {
    this.readyState = 1
    this.onopen?.()
  }
  tell(name: string, told: unknown): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(told) }))
  }
  close(): void {
    this.readyState = 2
  }
}

let answers: ((state: object) => void)[] = []
let seen: Knowledge['state'][] = []
let alerts: unknown
beforeEach(() => {
  vi.useFakeTimers()
  answers = []
  seen = []
  alerts = undefined
  vi.stubGlobal('EventSource', FakeStream)
  // Whose timer would be the real one.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), ms)
    return controller.signal
  })
  vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
    return new Promise((resolve, reject) => {
      answers.push(resolve)
      signal.addEventListener('abort', () => reject(new Error('too slow')))
    })
  })
  follow({
    events: { alerts: (told) => (alerts = told), status: () => undefined },
    state: (fetched) => (alerts = fetched.alerts),
    changed: ({ state }) => seen.push(state),
  })
  FakeStream.last.open()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

async function answer(state: object): Promise<void> {
  answers.shift()?.({ ok: true, json: async () => state })
  await vi.advanceTimersByTimeAsync(0)
}

describe('the link of the page', () => {
  it('knows what the stream told while the state was fetched, however often that is', async () => {
    FakeStream.last.tell('alerts', ['first'])
    FakeStream.last.tell('alerts', ['second'])
    await answer({ alerts: [] })
    expect(seen).toEqual(['known'])
    expect(alerts).toEqual(['second'])
  })

  it('does not know what a gap in the stream held until it has fetched the state again', async () => {
    await answer({ alerts: [] })
    FakeStream.last.tell('gap', 3)
    expect(seen).toEqual(['known', 'lost'])
    await answer({ alerts: ['missed'] })
    expect(seen).toEqual(['known', 'lost', 'known'])
    expect(alerts).toEqual(['missed'])
  })

  it.each([0, -3_600_000])('hears a silence though the clock is set by %d ms in it', async (step) => {
    await answer({ alerts: [] })
    vi.setSystemTime(Date.now() + step)
    await vi.advanceTimersByTimeAsync(7000)
    expect(seen).toEqual(['known', 'lost'])
    FakeStream.last.open()
    await answer({ alerts: [] })
    expect(seen.at(-1)).toBe('known')
  })

  it('does not know any more as soon as it wakes, when the machine has slept for an hour', async () => {
    await answer({ alerts: [] })
    vi.setSystemTime(Date.now() + 3_600_000)
    await vi.advanceTimersByTimeAsync(1000)
    expect(seen).toEqual(['known', 'lost'])
  })

  it('comes to know by an answer that takes ten seconds', async () => {
    for (let second = 0; second < 10; second++) {
      await vi.advanceTimersByTimeAsync(1000)
      FakeStream.last.tell('status', {})
    }
    await answer({ alerts: [] })
    expect(seen).toEqual(['known'])
  })
})

describe('what the page says of the faults', () => {
  const well = { sources: 'ok', journal: 'ok', rollups: 'ok', pipeline: 'ok' }

  it.each([
    ['the journal is full', { ...well, journal: 'full: min-free' }, 'journal full: min-free'],
    ['the sources are not bound yet', { ...well, sources: 'not bound yet' }, 'sources not bound yet'],
    ['nobody told', undefined, 'sources not told'],
  ])('is not that nothing is wrong while %s, as nothing would be found', (_, health, why) => {
    expect(verdict({ state: 'known' }, health, [])).toBe(`Not known, as nothing is judged: ${why}.`)
  })

  it('is that nothing is wrong where all is known and judged, also while the rollups cannot write', () => {
    expect(verdict({ state: 'known' }, { ...well, rollups: 'the disk is gone' }, [])).toBe(
      'Nothing is wrong.',
    )
    expect(verdict({ state: 'loading' }, well, [])).toBe('Loading …')
    expect(verdict({ state: 'known' }, well, ['a fault'])).toBeUndefined()
  })
})
