import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as askPart from '../page/link/ask.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as knowledgePart from '../page/link/knowledge.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as modelPart from '../page/model.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as streamPart from '../page/link/stream.js'
import type { Fault, State } from '../server/wire.ts'

interface Link {
  readonly state: 'loading' | 'live' | 'stale' | 'disconnected' | 'failed'
  readonly asOf?: number
  readonly tries: number
  readonly nextTryAt?: number
  readonly said?: string
}
interface Model {
  readonly link: Link
  readonly faults: ReadonlyMap<string, Fault>
  readonly lastSampleAt?: number
  readonly about: { readonly token?: string }
  now(): number
}
interface Stream {
  start(): void
  tick(): void
  retry(): void
  broken(message: string): void
}

/** The functions of the page, with the types that they would have. */
const { createModel } = modelPart as { createModel: () => Model }
const { createKnowledge } = knowledgePart as {
  createKnowledge: (model: Model, parts: object) => object
}
const { createStream, isAfter } = streamPart as {
  createStream: (parts: object) => Stream
  isAfter: (id: string, position: string) => boolean
}
const { Refused } = askPart as { Refused: new (status: number, refusal?: object) => Error }

/** The stream of a browser, which says what the test says. */
class FakeStream extends EventTarget {
  static all: FakeStream[] = []
  onopen?: () => void
  onerror?: () => void
  isClosed = false
  readonly path: string
  constructor(path: string) {
    super()
    this.path = path
    FakeStream.all.push(this)
  }
  static get last(): FakeStream {
    const last = FakeStream.all.at(-1)
    if (last === undefined) throw new Error('no stream was opened')
    return last
  }
  tell(name: string, told: unknown, lastEventId = ''): void {
    this.say(name, JSON.stringify(told), lastEventId)
  }
  say(name: string, data: string, lastEventId = ''): void {
    this.dispatchEvent(new MessageEvent(name, { data, lastEventId }))
  }
  close(): void {
    this.isClosed = true
  }
}

const begin = Date.parse('2026-11-26T05:12:40Z')
/** The server's clock, which nobody sets. */
let serverNow = begin
let answers: { resolve: (state: unknown) => void; reject: (error: unknown) => void }[] = []
let seen: Link['state'][] = []
let model: Model
let stream: Stream

beforeEach(() => {
  vi.useFakeTimers({ now: begin })
  // A page is drawn where it is shown.
  vi.stubGlobal('document', { hidden: true })
  FakeStream.all = []
  answers = []
  seen = []
  serverNow = begin
  model = createModel()
  stream = createStream({
    model,
    viewer: 'v',
    take: createKnowledge(model, { addRow: () => undefined, keysOf: () => undefined }),
    changed: () => {
      if (seen.at(-1) !== model.link.state) seen.push(model.link.state)
    },
    open: (path: string) => new FakeStream(path),
    get: (_: string, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve, reject) => {
        answers.push({ resolve, reject })
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  })
  stream.start()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const status = (lastSampleAt: number | undefined): State['status'] => ({
  now: serverNow,
  viewers: 1,
  series: 32,
  watched: 10,
  sources: [],
  journal: { state: 'open', segments: 1, bytes: 0 },
  lag: 0,
  dropped: 0,
  problems: { total: 0, latest: [] },
  judging: 'ok',
  ...(lastSampleAt !== undefined && { lastSampleAt }),
  closest: [],
})
const stateOf = (more: Partial<State> = {}): State => ({
  now: serverNow,
  position: '1-10',
  host: 'atlas-1',
  startedAt: begin - 60_000,
  token: 'token',
  periodMs: 2000,
  cores: 8,
  rules: [],
  faults: [],
  log: [],
  maintenance: [],
  pauses: [],
  lines: [],
  status: status(serverNow),
  ...more,
})
const fault = (id: string, more: Partial<Fault> = {}): Fault => ({
  id,
  ruleSet: 'memory-full',
  series: { key: 'k', metric: 'memory.used_percent', tags: {} },
  severity: 1,
  openedAt: begin,
  severities: [{ severity: 1, since: begin }],
  judgement: { is: 'above', threshold: 97, value: 97.8, sampleTime: begin },
  text: 'memory.used_percent is above 97',
  acknowledged: [],
  maintained: [],
  ...more,
})

async function answer(state: unknown): Promise<void> {
  answers.pop()?.resolve(state)
  await vi.advanceTimersByTimeAsync(0)
}
async function refuse(error: unknown): Promise<void> {
  answers.pop()?.reject(error)
  await vi.advanceTimersByTimeAsync(0)
}
async function open(): Promise<void> {
  FakeStream.last.onopen?.()
  FakeStream.last.tell('hello', { now: serverNow, resumed: false })
}
async function live(): Promise<void> {
  await open()
  await answer(stateOf())
}
/** So many seconds, in each of which the server says `tell`. */
async function pass(seconds: number, tell?: () => void): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await vi.advanceTimersByTimeAsync(1000)
    serverNow += 1000
    tell?.()
    stream.tick()
  }
}

describe('the link of the page', () => {
  it('is live only when the state was fetched on a stream that is open', async () => {
    expect(seen).toEqual(['loading'])
    await open()
    expect(model.link.state).toBe('loading')
    await answer(stateOf())
    expect(seen).toEqual(['loading', 'live'])
    expect(model.link.asOf).toBe(serverNow)
  })

  it('is not live by an answer to a stream that was lost meanwhile', async () => {
    await open()
    const [first] = answers
    FakeStream.last.onerror?.()
    first?.resolve(stateOf())
    await vi.advanceTimersByTimeAsync(0)
    expect(model.link.state).toBe('disconnected')
  })

  it('knows what the stream told while the state was fetched, and not what is older than the state', async () => {
    await open()
    FakeStream.last.tell('fault', fault('a', { text: 'older' }), '1-9')
    FakeStream.last.tell('fault', fault('b', { text: 'newer' }), '1-11')
    await answer(stateOf({ faults: [fault('a', { text: 'of the state' })] }))
    expect(model.faults.get('a')?.text).toBe('of the state')
    expect(model.faults.get('b')?.text).toBe('newer')
  })

  it('is disconnected at once when the stream errs, and keeps what was known and when', async () => {
    await live()
    FakeStream.last.tell('fault', fault('a'), '1-11')
    await pass(5, () => FakeStream.last.tell('status', status(serverNow)))
    const last = serverNow
    FakeStream.last.onerror?.()
    expect(model.link).toMatchObject({ state: 'disconnected', asOf: last, tries: 1 })
    expect(model.faults.size).toBe(1)
  })

  it('is disconnected after 20 s in which the server says nothing, and asks again at once', async () => {
    await live()
    await pass(9)
    expect(model.link.state).toBe('live')
    await pass(12)
    expect(model.link.state).toBe('disconnected')
  })

  it('lets its time go on without a connection', async () => {
    await live()
    FakeStream.last.onerror?.()
    await pass(192, () => {
      if (!FakeStream.last.isClosed) FakeStream.last.onerror?.()
    })
    expect(model.now() - (model.link.asOf ?? 0)).toBe(192_000)
  })

  it('tries again after 1, 2, 4, 8 and 15 s, each time from the last event that it knows', async () => {
    await live()
    FakeStream.last.onerror?.()
    const waits: number[] = []
    for (let round = 0; round < 7; round++) {
      waits.push((model.link.nextTryAt ?? 0) - performance.now())
      await vi.advanceTimersByTimeAsync(waits.at(-1) ?? 0)
      stream.tick()
      expect(FakeStream.last.path).toBe('/api/live?viewer=v&after=1-10')
      FakeStream.last.onerror?.()
      await refuse(new TypeError('fetch failed'))
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
    expect(model.link.tries).toBe(8)
  })

  it('does not wait when a person wants to try now', async () => {
    await live()
    FakeStream.last.onerror?.()
    stream.retry()
    expect(FakeStream.all).toHaveLength(2)
    await live()
    expect(model.link).toMatchObject({ state: 'live', tries: 0, nextTryAt: undefined })
  })

  it('does not know what a gap in the stream held until it has fetched the state again', async () => {
    await live()
    FakeStream.last.tell('gap', { missed: 3 })
    expect(model.link.state).toBe('loading')
    await answer(stateOf({ faults: [fault('missed')] }))
    expect(model.link.state).toBe('live')
    expect([...model.faults.keys()]).toEqual(['missed'])
  })

  it('forgets a fault that was open and is not in the state any more', async () => {
    await open()
    await answer(stateOf({ faults: [fault('a'), fault('b', { endedAt: begin })] }))
    FakeStream.last.tell('gap', { missed: 1 })
    await answer(stateOf())
    expect([...model.faults.keys()]).toEqual(['b'])
  })
})

describe('the clocks of the page', () => {
  it.each([0, -3_600_000])('hear a silence though the one is set by %d ms in it', async (step) => {
    await live()
    vi.setSystemTime(Date.now() + step)
    await pass(22)
    expect(model.link.state).toBe('disconnected')
  })

  it('notice at once that the computer has slept for an hour, which the monotonic one does not', async () => {
    await live()
    vi.setSystemTime(Date.now() + 3_600_000)
    await pass(1)
    expect(model.link.state).toBe('disconnected')
    expect(model.now() - (model.link.asOf ?? 0)).toBe(3_601_000)
  })

  it('believe no message that is read only after such a sleep, as it may be from before', async () => {
    await live()
    vi.setSystemTime(Date.now() + 3_600_000)
    FakeStream.last.tell('status', status(serverNow))
    expect(model.link.state).toBe('disconnected')
    await pass(1)
    await live()
    expect(model.link.state).toBe('live')
  })

  it('believe no first state that is read only after such a sleep', async () => {
    await open()
    vi.setSystemTime(Date.now() + 3_600_000)
    await answer(stateOf())
    expect(seen).toEqual(['loading', 'disconnected'])
  })

  it('do not change the server’s time while messages come, however far they are off', async () => {
    vi.setSystemTime(begin + 600_000)
    await live()
    await pass(5, () => FakeStream.last.tell('status', status(serverNow)))
    expect(model.link.state).toBe('live')
    expect(model.now()).toBe(serverNow)
  })
})

describe('the samples of this machine', () => {
  it('make it stale when none came for 10 s though the server speaks, and live again', async () => {
    await live()
    await pass(11, () => FakeStream.last.tell('status', status(begin)))
    expect(model.link.state).toBe('stale')
    FakeStream.last.tell('status', status(serverNow))
    expect(model.link.state).toBe('live')
  })

  it('have three periods where those are longer', async () => {
    await open()
    await answer(stateOf({ periodMs: 10_000 }))
    await pass(29, () => FakeStream.last.tell('status', status(begin)))
    expect(model.link.state).toBe('live')
    await pass(2, () => FakeStream.last.tell('status', status(begin)))
    expect(model.link.state).toBe('stale')
  })

  it('are not there before the first, so that nothing is live', async () => {
    await open()
    await answer(stateOf({ status: status(undefined) }))
    expect(model.link.state).toBe('stale')
  })

  it('are not fresh for being dated in the future', async () => {
    await open()
    await answer(stateOf({ status: status(begin + 3_600_000) }))
    await pass(11, () => FakeStream.last.tell('status', status(begin)))
    expect(model.link.state).toBe('stale')
  })
})

describe('nonsense', () => {
  it('of the state is said, and asked again in 10 s', async () => {
    await open()
    await refuse(new Refused(500, { error: 'journal: no space left on device' }))
    expect(model.link).toMatchObject({ state: 'failed', said: '500, journal: no space left on device' })
    expect((model.link.nextTryAt ?? 0) - performance.now()).toBe(10_000)
    await pass(10)
    expect(FakeStream.all).toHaveLength(2)
    await live()
    expect(model.link.state).toBe('live')
  })

  it('is found where the stream is refused too, since the state says why', async () => {
    FakeStream.last.onerror?.()
    await refuse(new Refused(500, { error: 'out of order' }))
    expect(model.link).toMatchObject({ state: 'failed', said: '500, out of order' })
  })

  it.each<[string, unknown]>([
    ['a text', 'hello'],
    ['nothing', null],
    ['a list', []],
    ['a state without faults', { ...stateOf(), faults: undefined }],
    ['a fault without a series', { ...stateOf(), faults: [{ id: 'a' }] }],
    ['a severity of 9', { ...stateOf(), faults: [fault('a', { severity: 9 as 5 })] }],
    ['a time that is a text', { ...stateOf(), now: 'now' }],
  ])('such as %s is never a state', async (_, state) => {
    await open()
    await answer(state)
    expect(model.link.state).toBe('failed')
    expect(model.link.said).toContain('not a state')
    expect(model.faults.size).toBe(0)
  })

  it.each([
    ['is not JSON', '{'],
    ['is not a fault', '{"id":"a"}'],
    ['is nothing', 'null'],
  ])('in an event that %s is failed, not passed over', async (_, data) => {
    await live()
    FakeStream.last.say('fault', data, '1-11')
    expect(model.link.state).toBe('failed')
    expect(model.faults.size).toBe(0)
  })

  it('of an unknown name is ignored', async () => {
    await live()
    FakeStream.last.say('weather', 'rain')
    expect(model.link.state).toBe('live')
  })

  it('of the page’s own script stays until it is loaded anew', async () => {
    await live()
    stream.broken('x is undefined')
    await pass(30)
    stream.retry()
    expect(FakeStream.all).toHaveLength(1)
    expect(model.link.state).toBe('failed')
    expect(model.link.said).toContain('x is undefined')
    // Not the observatory has failed.
    expect(model.link).toHaveProperty('isOwn', true)
  })
})

describe('positions', () => {
  it('are counters within a run, and of another run always later', () => {
    expect(isAfter('1-10', '1-9')).toBe(true)
    expect(isAfter('1-9', '1-10')).toBe(false)
    expect(isAfter('1-10', '1-10')).toBe(false)
    expect(isAfter('2-1', '1-10')).toBe(true)
    expect(isAfter('12', '7')).toBe(true)
    expect(isAfter('', '7')).toBe(true)
  })
})
