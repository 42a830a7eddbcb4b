// What the page knows. Whoever learns something puts it here and tells the topic; whoever shows something listens to topics.

/** @typedef {import('../server/wire.ts').State} State */

/**
 * Topics: `link` (state of the connection), `state` (everything was fetched anew), `faults`, `log`, `maintenance`, `status`,
 * `catalogue` (the cards), `samples` (new points of shown series), `view` (zone, range, zoom, filter), `hover`, `tick` (each second).
 * Listeners of a topic are called once a frame, however often it was told.
 */
export function createModel() {
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
    /**
     * `loading`, `live`, `stale`, `disconnected`, `failed`; `since` when that began, by the monotonic clock of this computer (ms);
     * `asOf` the server's time of the last that is known; `tries`, `nextTryAt` (monotonic); `said` what it answered, if it failed.
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
    /** @type {import('../server/wire.ts').Catalogue | undefined} */
    catalogue: undefined,
    /** Points of the series that are shown, by key: see charts/samples.js. */
    samples: new Map(),
    /** `zone` utc or local; `minutes` of the range; `zoom` {from, to} or undefined; `filter` as typed; `select` the last good query. */
    view: { zone: 'utc', minutes: 60, zoom: undefined, filter: '', select: '', page: 0 },
    /** Server's time under the pointer. */
    hover: undefined,

    /** The server's time now, as far as it is known. Without a connection it stands still at `link.asOf`. */
    now() {
      if (this.link.state === 'disconnected' || this.link.state === 'failed')
        return this.link.asOf ?? Date.now()
      return Date.now() + (this.offsetMs ?? 0)
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
