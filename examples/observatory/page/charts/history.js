// Asks the past of what is shown: in one question at a time for all that became visible or whose range changed.
import { doubt, seriesOf, setHistory } from './samples.js'

/** What one question may ask for. */
const mostKeys = 120
/** Several cards come into the window together. */
const settleMs = 60
const retryMs = 5000

/**
 * `told` is called when the past of something came. A store, made by `store()`, is a map of series for one range; `want(keys, range)`
 * says what it needs: a range is `id`, by which it is told apart, `from`, `to`, and `refreshMs` after which its end is asked anew.
 */
export function createHistory(ask, model, told) {
  const stores = new Set()
  let isAsking = false
  let timer

  const isLinked = () => model.link.state === 'live' || model.link.state === 'stale'
  const soon = (ms = settleMs) => {
    if (timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      void next()
    }, ms)
  }

  async function next() {
    if (isAsking || !isLinked()) return
    for (const store of stores) {
      const keys = store.due()
      if (keys.length === 0) continue
      isAsking = true
      await store.ask(keys)
      isAsking = false
      soon()
      return
    }
  }

  function store(samples, { isLive }) {
    let range
    let keys = []
    /** key -> { id, at, failed } */
    const asked = new Map()
    const own = {
      samples,
      want(wanted, wantedRange) {
        keys = wanted
        range = wantedRange
        // Of a time that is no longer shown nothing is kept.
        if (range === undefined && !isLive) {
          samples.clear()
          asked.clear()
        }
        for (const key of asked.keys()) if (asked.size > 1000) asked.delete(key)
        if (own.due().length > 0) soon()
      },
      /** Keys whose past is not here yet, or too old. */
      due() {
        if (range === undefined) return []
        const now = performance.now()
        return keys
          .filter((key) => {
            const last = asked.get(key)
            if (last === undefined || last.id !== range.id) return true
            return now - last.at > (last.failed ? retryMs : (range.refreshMs ?? Infinity))
          })
          .slice(0, mostKeys)
      },
      async ask(due) {
        const { id, from, to } = range
        const question = { from: Math.floor(from), to: Math.ceil(to), keys: due }
        let answer
        try {
          answer = await ask.history(question, 'charts')
        } catch {
          // The verdict says what is wrong with the link; here the charts stay as they are and ask again.
        }
        if (range?.id !== id) return
        const at = performance.now()
        for (const key of due) asked.set(key, { id, at, failed: answer === undefined })
        if (answer === undefined) return soon(retryMs)
        const now = isLive ? answer.now : Infinity
        for (const one of answer.series) {
          const series = seriesOf(samples, one.key)
          // Of another time nothing of this one is left.
          setHistory(series, one, {
            from: question.from,
            to: question.to,
            now: isLive ? Math.min(now, question.to) : now,
          })
        }
        told()
      },
      /** Whether the past of a series is here. */
      has: (key) => asked.get(key)?.id === range?.id && !asked.get(key)?.failed,
      forget() {
        asked.clear()
        for (const series of samples.values()) doubt(series)
        soon()
      },
    }
    stores.add(own)
    return own
  }

  return {
    store,
    /** The stream was interrupted: what came in between nobody told. */
    forget: () => stores.forEach((own) => own.forget()),
    /** A question that is due by time, or that waited for the link. */
    tick: () => soon(),
    drop: (own) => stores.delete(own),
  }
}

/** The series of a store, and where their past is not here yet those of others. */
export const withFallback = (store, samples) => ({
  get: (key) => (store.has(key) ? store.samples.get(key) : samples.get(key)),
})
