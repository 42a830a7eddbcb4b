// The link to the server, and whether what the page shows is known to be so now.

/** A status comes each second; a stream that says nothing for so long is not followed, ms. */
const silentMs = 5000
const retryMs = 2000
/** Longer than a slow line takes: what changes meanwhile comes by the stream, ms. */
const fetchMs = 20_000

/** What faults are found by; the rollups are not among them. */
const judging = ['sources', 'journal', 'pipeline']

/** Why faults that there are would not be found now; `undefined` where they would. */
export function blindness(health) {
  const part = judging.find((name) => health?.[name] !== 'ok')
  return part && `${part} ${health?.[part] ?? 'not told'}`
}

/** What is said of the faults as a whole; `undefined` where those that are shown say it themselves. */
export function verdict(knowledge, health, faults) {
  if (knowledge.state === 'loading') return 'Loading …'
  if (knowledge.state === 'lost') {
    return `Not known since ${new Date(knowledge.since).toLocaleTimeString('en-GB')}: ${knowledge.why}.`
  }
  const blind = blindness(health)
  if (blind !== undefined) return `Not known, as nothing is judged: ${blind}.`
  return faults.length === 0 ? 'Nothing is wrong.' : undefined
}

/**
 * Follows the server: `events` take what the stream brings, by name, `state` what was fetched. `changed` is told whether that is
 * known: only while the stream is open and speaks, and after the state was fetched on it.
 */
export function follow({ events, state, changed }) {
  let stream
  let openings = 0
  let alerts
  let isKnown = false
  let knownAt = Date.now()
  let spokenAt = Date.now()
  let spokenMark = performance.now()

  const lose = (why) => {
    isKnown = false
    changed({ state: 'lost', since: knownAt, why })
  }
  const spoken = () => {
    spokenAt = Date.now()
    spokenMark = performance.now()
    if (isKnown) knownAt = spokenAt
  }
  // The clock may be set back, and the other one stops while the machine sleeps.
  const silence = () => Math.max(Date.now() - spokenAt, performance.now() - spokenMark)

  async function load(opening) {
    const isCurrent = () => opening === openings && stream.readyState === EventSource.OPEN
    if (!isCurrent()) return
    alerts = undefined
    try {
      const response = await fetch('/api/state', { signal: AbortSignal.timeout(fetchMs) })
      if (!response.ok) throw new Error(`answered with ${response.status}`)
      const fetched = await response.json()
      if (!isCurrent()) return
      // What opened or cleared meanwhile may not be in it, and the stream always tells all that are open.
      state(alerts === undefined ? fetched : { ...fetched, alerts })
      isKnown = true
      spoken()
      changed({ state: 'known' })
    } catch {
      if (!isCurrent()) return
      lose('the state cannot be fetched, trying again')
      setTimeout(() => void load(opening), retryMs)
    }
  }

  function open() {
    stream?.close()
    stream = new EventSource('/api/live')
    stream.onopen = () => {
      spoken()
      openings += 1
      void load(openings)
    }
    // What was left out may have been a fault.
    stream.addEventListener('gap', () => {
      spoken()
      lose('not all of it has arrived, fetching it')
      openings += 1
      void load(openings)
    })
    stream.onerror = () => lose('the connection is lost, trying again')
    for (const [name, take] of Object.entries(events)) {
      stream.addEventListener(name, ({ data }) => {
        spoken()
        const told = JSON.parse(data)
        if (name === 'alerts') alerts = told
        take(told)
      })
    }
  }

  setInterval(() => {
    if (silence() <= silentMs) return
    spokenAt = Date.now()
    spokenMark = performance.now()
    lose('the server says nothing, trying again')
    open()
  }, 1000)
  open()
}
