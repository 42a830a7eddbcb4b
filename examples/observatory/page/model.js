// What the page knows. Whoever learns something puts it here and tells the topic; whoever shows something listens to topics.

import { createClock } from './link/clock.js'

/** @typedef {import('../server/wire.ts').State} State */

/**
 * Topics: `link` (state of the connection), `state` (everything was fetched anew), `faults`, `log`, `maintenance`, `status`,
 * `catalogue` (the cards), `samples` (new points of shown series), `view` (zone, range, zoom, filter), `hover`, `tick` (each second).
 * Listeners of a topic are called once a frame, however often it was told.
 */
export function createModel(clock = createClock()) {
  const listeners = new Map()
  const told = new Set()
  let isAsked = false
  const frame = () => {
    isAsked = false
    const topics = [...told]
    told.clear()
    const due = new Set(topics.flatMap((topic) => [...(listeners.get(topic) ?? [])]))
    for (const listener of due) listener(topics)
  }
  return {
    clock,
    /**
     * `loading`, `live`, `stale`, `disconnected`, `failed`; `since` when that began, by the monotonic clock of this computer (ms);
     * `asOf` the server's time of the last that is known; `tries`, `nextTryAt` (monotonic); `said` what it answered, if it failed, or
     * with `isOwn` why the page's own script stopped.
     * Without a sample of this machine it is `stale`, never `live`: see {@link isFirstStart}.
     */
    link: {
      state: 'loading',
      since: performance.now(),
      asOf: undefined,
      tries: 0,
      nextTryAt: undefined,
      said: undefined,
    },
    /** The server's time minus that of this computer, ms; `undefined` before the first message. */
    offsetMs: undefined,
    /** What does not change while the observatory runs: host, startedAt, token, periodMs, cores, rules, lines, pauses. */
    /** @type {Partial<State>} */
    about: {},
    /** @type {Map<string, import('../server/wire.ts').Fault>} Open ones, and those that ended within the time of the lanes. */
    faults: new Map(),
    /** @type {import('../server/wire.ts').Fault | undefined} */
    lastEnded: undefined,
    /** @type {Map<string, import('../server/wire.ts').LogEntry>} */
    log: new Map(),
    /** @type {import('../server/wire.ts').Maintenance[]} */
    maintenance: [],
    /** @type {import('../server/wire.ts').Status | undefined} */
    status: undefined,
    /** Of this machine's latest sample, as far as this page was told. */
    lastSampleAt: undefined,
    /** @type {import('../server/wire.ts').Catalogue | undefined} */
    catalogue: undefined,
    /** Keys of this machine's series, by which samples tell that it is measured. */
    machineKeys: new Set(),
    /** Points of the series that are shown, by key: see charts/samples.js. */
    samples: new Map(),
    /**
     * `zone` utc or local; `minutes` of the range; `zoom` {from, to} or undefined; `filter` as typed; `select` the last good query;
     * `allFaults` whether all lanes of 30 days are shown.
     */
    view: {
      zone: 'utc',
      minutes: 60,
      zoom: undefined,
      filter: '',
      select: '',
      page: 0,
      allFaults: false,
    },
    /** What is wrong with the filter as typed: `{ at, words, still }`. */
    filterError: undefined,
    /** Server's time under the pointer. */
    hover: undefined,

    /** The server's time now, as far as it is known; without a connection it goes on by this computer's clocks. */
    now() {
      return clock.now() ?? Date.now() + (this.offsetMs ?? 0)
    },
    /** Connected, and neither a sample nor a series has ever come. */
    isFirstStart() {
      const { status, link } = this
      return (
        (link.state === 'live' || link.state === 'stale') &&
        status !== undefined &&
        this.lastSampleAt === undefined &&
        status.series === 0 &&
        status.sources.every(({ samples }) => samples === 0)
      )
    },
    /** What the charts show, by the server's time. */
    shownTime() {
      const now = this.now()
      return this.view.zoom ?? { from: now - this.view.minutes * 60_000, to: now }
    },
    on(topics, listener) {
      for (const topic of topics.split(' ')) {
        if (!listeners.has(topic)) listeners.set(topic, new Set())
        listeners.get(topic).add(listener)
      }
    },
    tell(topic) {
      told.add(topic)
      if (isAsked) return
      isAsked = true
      // A tab in the background has no frames; its title and icon must be true all the same.
      if (document.hidden) setTimeout(frame, 0)
      else requestAnimationFrame(frame)
    },
  }
}
