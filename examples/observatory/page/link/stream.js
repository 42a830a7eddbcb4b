// The link to the server, and whether what the page shows is known to be so now.

import { askFor, Refused } from './ask.js'
import { events as shapes, wrongState } from './shapes.js'

/** A heartbeat comes each 5 s; a stream that says nothing for so long is not followed, ms. */
const silentMs = 20_000
const failedRetryMs = 10_000
const backOffMs = [1000, 2000, 4000, 8000, 15_000]
/** So many events at most wait for the state; with more it is asked for again. */
const waitingAtMost = 5000
/** Samples of this machine are fresh for three periods, and for so long at least, ms. */
const freshMs = 10_000

/**
 * Follows the server. `take` is told what arrives: `state(fetched)` and `event(name, told)`, in the order in which it shall be
 * applied; `changed` that {@link link} is another. Time enters by `tick`, once a second.
 */
export function createStream({ model, viewer, take, changed, open = openStream, get = askFor }) {
  const { clock, link } = model
  const monotonic = () => performance.now()
  let stream
  /** Each opening, and each fetch after a gap, makes the answers to those before it outdated. */
  let attempt = 0
  let isOpen = false
  let isFetched = false
  let waiting = []
  let position
  let fetching
  let heardAt = { wall: Date.now(), mark: monotonic() }
  let isBroken = false

  const set = (state, more = {}) => {
    if (link.state !== state) Object.assign(link, { state, since: monotonic() })
    Object.assign(link, more)
    changed()
  }
  const stop = () => {
    stream?.close()
    fetching?.abort()
    stream = undefined
    fetching = undefined
    isOpen = false
    isFetched = false
    waiting = []
    attempt += 1
  }
  /** Without the server; `delay` until the next try, ms. */
  const lose = (state, said, delay) => {
    stop()
    const tries = link.tries + 1
    const wait = delay ?? backOffMs[Math.min(tries, backOffMs.length) - 1]
    set(state, { said, tries, nextTryAt: monotonic() + wait })
  }
  const fail = (said) => lose('failed', said, failedRetryMs)

  const heard = (serverNow) => {
    heardAt = { wall: Date.now(), mark: monotonic() }
    if (serverNow !== undefined) clock.heard(serverNow)
    if (isFetched) link.asOf = clock.now()
  }
  // The clock may be set back, and the other one stops while the computer sleeps.
  const silence = () => Math.max(Date.now() - heardAt.wall, monotonic() - heardAt.mark)
  const isSilent = () => silence() > silentMs

  /** `live` or `stale`, which is all that an open stream with a fetched state can be. */
  const judge = () => {
    if (!isOpen || !isFetched) return
    const limit = Math.max(freshMs, 3 * (model.about.periodMs ?? 0))
    const last = model.lastSampleAt
    const isFresh = last !== undefined && model.now() - last <= limit
    set(isFresh ? 'live' : 'stale', { said: undefined, tries: 0, nextTryAt: undefined })
  }

  async function fetchState() {
    const current = (attempt += 1)
    isFetched = false
    waiting = []
    fetching?.abort()
    fetching = new AbortController()
    let state
    try {
      state = await get('/api/state', { signal: fetching.signal })
    } catch (error) {
      if (current !== attempt) return
      if (error instanceof Refused) fail(`${error.status}, ${error.message}`)
      else lose('disconnected')
      return
    }
    if (current !== attempt) return
    if (isSilent()) return lose('disconnected')
    const wrong = wrongState(state)
    if (wrong !== undefined) return fail(wrong)
    if (!isOpen) return lose('disconnected')
    const events = waiting
    waiting = []
    isFetched = true
    heard(state.now)
    position = state.position
    take.state(state)
    for (const event of events) if (isAfter(event.id, state.position)) apply(event)
    judge()
  }

  function apply({ name, told, id }) {
    if (id !== '') position = id
    take.event(name, told)
  }

  function receive(name, { data, lastEventId }) {
    // What comes after a silence may have waited here all the time, as it does while the computer sleeps: it is not of now.
    if (isSilent()) return lose('disconnected')
    let told
    try {
      told = JSON.parse(data)
    } catch {
      return fail(`an event “${name}” that is not JSON`)
    }
    if (!shapes.get(name)(told)) return fail(`an event “${name}” that cannot be read`)
    heard(name === 'hello' || name === 'status' ? told.now : undefined)
    if (name === 'hello') return
    if (name === 'gap') {
      // What was left out may have been a fault.
      set('loading')
      void fetchState()
      return
    }
    const id = name === 'fault' || name === 'entry' || name === 'maintenance' ? (lastEventId ?? '') : ''
    if (isFetched || name === 'samples') apply({ name, told, id })
    else if (waiting.push({ name, told, id }) > waitingAtMost) return lose('disconnected')
    judge()
  }

  function start() {
    if (isBroken) return
    stop()
    clock.forget()
    heardAt = { wall: Date.now(), mark: monotonic() }
    link.nextTryAt = undefined
    const query = new URLSearchParams({ viewer, ...(position !== undefined && { after: position }) })
    stream = open(`/api/live?${query}`)
    const opened = stream
    const isCurrent = () => stream === opened
    stream.onopen = () => {
      if (!isCurrent()) return
      isOpen = true
      heard()
      void fetchState()
    }
    stream.onerror = () => {
      if (!isCurrent()) return
      if (isOpen) return lose('disconnected')
      // It was never open: does nobody answer, or does it refuse? Only the state says why.
      opened.close()
      void fetchState()
    }
    for (const name of shapes.keys()) {
      stream.addEventListener(name, (event) => {
        if (isCurrent()) receive(name, event)
      })
    }
    changed()
  }

  return {
    start,
    /** Each second. */
    tick() {
      clock.tick()
      if (isBroken) return
      if (link.nextTryAt !== undefined) {
        if (monotonic() >= link.nextTryAt) start()
        return
      }
      if (isSilent()) lose('disconnected')
      else judge()
    },
    /** The page shall not wait for its next try. */
    retry: start,
    isBroken: () => isBroken,
    /** The page's own script threw: what it shows may be anything, until it is loaded anew. */
    broken(message) {
      stop()
      isBroken = true
      set('failed', { said: message, isOwn: true, nextTryAt: undefined })
    },
  }
}

const openStream = (path) => new EventSource(path)

/** Positions are counters, with a run before them or not; of two runs nothing is known, so that it counts as later. */
export function isAfter(id, position) {
  if (id === '') return true
  const [, run, count] = /^(.*?)(\d+)$/.exec(id) ?? []
  const [, lastRun, lastCount] = /^(.*?)(\d+)$/.exec(position) ?? []
  if (count === undefined || run !== lastRun) return id !== position
  return BigInt(count) > BigInt(lastCount)
}
