import { describe, expect, it, vi } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as askPart from '../page/link/ask.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as commandPart from '../page/link/commands.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as historyPart from '../page/charts/history.js'

type Get = (path: string, parts: { readonly token?: string; readonly body?: object }) => Promise<unknown>
const { Refused } = askPart as { Refused: new (status: number, refusal?: object) => Error }
const { command } = commandPart as {
  command: (told: object, parts: object) => Promise<{ readonly what: string } | undefined>
}
interface Store {
  readonly samples: Map<string, unknown>
  want(keys: readonly string[], range: object | undefined): void
}
const { createHistory } = historyPart as {
  createHistory: (
    ask: object,
    model: object,
    told: () => void,
  ) => { store: (samples: Map<string, unknown>, options: object) => Store }
}

const time = (ms: number): string => String(ms)
const taken = { type: 'unacknowledge', alert: 'a', by: 'x' }

/** An observatory that was started anew, and so has another token. */
function restarted(): { readonly get: Get; readonly posts: (string | undefined)[] } {
  const posts: (string | undefined)[] = []
  return {
    posts,
    get: async (path, { token }) => {
      if (path === '/api/state') return { token: 'new' }
      posts.push(token)
      if (token !== 'new') throw new Refused(403, { error: 'older', reason: 'token' })
      return {}
    },
  }
}

describe('a command', () => {
  it('that an observatory that was started anew refuses is sent once more with its token', async () => {
    const { get, posts } = restarted()
    const model = { about: { token: 'old', host: 'h' } }
    expect(await command(taken, { model, time, get })).toBeUndefined()
    expect(posts).toEqual(['old', 'new'])
    expect(model.about).toEqual({ token: 'new', host: 'h' })
  })

  it('is sent once only where it is refused for another reason, and where the new token is refused too', async () => {
    const refusals: string[] = []
    const refuse =
      (reason: string): Get =>
      async (path) => {
        if (path === '/api/state') return { token: 'new' }
        refusals.push(reason)
        throw new Refused(403, { error: 'no', reason })
      }
    const model = { about: { token: 'old' } }
    expect(await command(taken, { model, time, get: refuse('foreign') })).toMatchObject({
      what: 'Not taken back: no.',
    })
    expect(refusals).toEqual(['foreign'])
    await command(taken, { model, time, get: refuse('token') })
    expect(refusals).toEqual(['foreign', 'token', 'token'])
  })
})

describe('the past of charts', () => {
  const model = { link: { state: 'live' } }
  const answer = (key: string, at: number): object => ({
    now: 1000,
    series: [{ key, drawn: 'number', samples: { times: [at], values: [at] } }],
  })

  it('that comes after its zoom was left changes nothing and keeps nothing', async () => {
    vi.useFakeTimers()
    try {
      let give: ((answer: object) => void) | undefined
      const ask = { history: () => new Promise((resolve) => (give = resolve)) }
      const told = vi.fn()
      const store = createHistory(ask, model, told).store(new Map(), { isLive: false })
      store.want(['a'], { id: '1', from: 0, to: 10 })
      await vi.advanceTimersByTimeAsync(100)
      store.want([], undefined)
      give!(answer('a', 5))
      await vi.advanceTimersByTimeAsync(100)
      expect(store.samples.size).toBe(0)
      expect(told).not.toHaveBeenCalled()
      // It goes on asking for what is shown next.
      give = undefined
      store.want(['a'], { id: '2', from: 0, to: 10 })
      await vi.advanceTimersByTimeAsync(100)
      give!(answer('a', 7))
      await vi.advanceTimersByTimeAsync(100)
      expect(store.samples.get('a')).toMatchObject({ times: [7] })
    } finally {
      vi.useRealTimers()
    }
  })

  it('of a range that was chosen meanwhile never gives way to the one before', async () => {
    vi.useFakeTimers()
    try {
      const asked: { readonly question: { readonly from: number }; give: (answer: object) => void }[] = []
      const ask = {
        history: (question: { from: number }) =>
          new Promise((resolve) => asked.push({ question, give: resolve })),
      }
      const store = createHistory(ask, model, () => undefined).store(new Map(), { isLive: true })
      for (const id of [1, 2, 3]) {
        store.want(['a'], { id: String(id), from: id, to: 10 })
        await vi.advanceTimersByTimeAsync(100)
      }
      for (let at = 0; at < asked.length; at++) {
        asked[at]!.give(answer('a', asked[at]!.question.from))
        await vi.advanceTimersByTimeAsync(100)
      }
      expect(asked.at(-1)!.question.from).toBe(3)
      expect(store.samples.get('a')).toMatchObject({ times: [3] })
    } finally {
      vi.useRealTimers()
    }
  })
})
