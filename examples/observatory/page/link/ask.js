// What the page asks besides the stream. `actions.ask` is this.

/** Longer than a slow line takes, ms. */
const answerMs = 20_000
const shownAtMost = 500

/** The observatory said no: `refusal` is its answer. */
export class Refused extends Error {
  constructor(status, refusal) {
    super(refusal?.error ?? `The observatory answered with ${status}.`)
    this.status = status
    this.refusal = refusal ?? {}
  }
}

/**
 * JSON of an answer; throws {@link Refused}, or what fetch throws.
 * @type {(path: string, parts?: { token?: string, body?: object, signal?: AbortSignal }) => Promise<any>}
 */
export const askFor = async (path, { token, body, signal } = {}) => {
  const ending = new AbortController()
  const abort = () => ending.abort(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  const timer = setTimeout(() => ending.abort(new Error('no answer in time')), answerMs)
  try {
    const response = await fetch(path, {
      signal: ending.signal,
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tocsin-token': token ?? '' },
        body: JSON.stringify(body),
      }),
    })
    if (response.status === 204) return undefined
    const answer = await response.json().catch(() => undefined)
    if (!response.ok) throw new Refused(response.status, answer)
    if (answer === undefined) throw new Refused(response.status, { error: 'The answer is not JSON.' })
    return answer
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/**
 * Posts with the token of the run that is known; where the observatory was started anew and has another one, with that, once.
 * @param {{ about: { token?: string } }} model
 * @param {string} path
 * @param {object | undefined} body
 * @param {{ signal?: AbortSignal, get?: typeof askFor }} [parts]
 */
export async function askWithToken(model, path, body, { signal, get = askFor } = {}) {
  try {
    return await get(path, { token: model.about.token, body, signal })
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.reason !== 'token') throw error
    const { token } = await get('/api/state', { signal })
    model.about = { ...model.about, token }
    return get(path, { token, body, signal })
  }
}

export function createAsk(model, viewer, { later = setTimeout, get = askFor } = {}) {
  const running = new Map()
  /** A question of the same slot makes the one before it outdated. */
  const once = async (slot, path, body) => {
    running.get(slot)?.abort()
    const ending = new AbortController()
    running.set(slot, ending)
    try {
      return await askWithToken(model, path, body, { signal: ending.signal, get })
    } finally {
      if (running.get(slot) === ending) running.delete(slot)
    }
  }

  let version = 0
  let isDue = false
  let wanted = []
  let own = []
  /** The keys that a version stands for: rows of samples name them by index. */
  const versions = new Map()
  const tellShown = async () => {
    isDue = false
    version += 1
    own = ownKeys(model) ?? own
    const keys = [...new Set([...own, ...wanted])].slice(0, shownAtMost)
    versions.set(version, keys)
    // Rows of the version before may still be on their way.
    versions.delete(version - 2)
    // Without an answer there are no samples, which the page notices; each reconnection tells it again.
    await once('shown', '/api/shown', { viewer, version, keys }).catch(() => undefined)
  }
  const soon = () => {
    if (isDue) return
    isDue = true
    later(() => void tellShown(), 100)
  }

  return {
    /**
     * `params` of `GET /api/catalogue`: `{ select, offset, limit, metric, most }`. One for a metric alone, or of another `slot`,
     * leaves the others running. Throws {@link Refused}; an outdated one throws an AbortError.
     */
    catalogue(params = {}, slot = params.metric ?? '') {
      const given = Object.entries(params).filter(([, value]) => value !== undefined)
      return once(`catalogue ${slot}`, `/api/catalogue?${new URLSearchParams(given)}`)
    },
    /** `question` of `POST /api/history`; a later one of the same slot makes it outdated. */
    history(question, slot = '') {
      return once(`history ${slot}`, '/api/history', question)
    },
    /** Of another `slot` one leaves the others running. */
    faults(from, to, slot = '') {
      return once(`faults ${slot}`, `/api/faults?from=${Math.floor(from)}&to=${Math.ceil(to)}`)
    },
    /** Of which series the samples shall come. */
    shown(keys) {
      wanted = [...keys]
      soon()
    },
    /** After a reconnection, when the server knows nothing of this viewer. */
    again: soon,
    /** The keys that the rows of a version stand for; `undefined` where it is outdated. */
    keysOf: (told) => versions.get(told),
  }
}

/** This machine's load, by which the page knows that samples come; `undefined` where a filter hides it. */
function ownKeys(model) {
  const cards = model.catalogue?.machine.cards ?? []
  const load = cards.find(({ metric }) => metric.startsWith('load.'))
  return load?.shown.map(({ series }) => series.key)
}
