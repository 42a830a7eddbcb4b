// The link to the server, and whether what the page shows is known to be so now.

/** A status comes each second; a stream that says nothing for so long is not followed, ms. */
const silentMs = 5000
const retryMs = 2000

/**
 * Follows the server: `events` take what the stream brings, by name, `state` what was fetched. `changed` is told whether that is
 * known: only while the stream is open and speaks, and after the state was fetched on it.
 */
export function follow({ events, state, changed }) {
  let stream
  let openings = 0
  let alerts = 0
  let isKnown = false
  let knownAt = Date.now()
  let spokenAt = Date.now()

  const lose = (why) => {
    isKnown = false
    changed({ state: 'lost', since: knownAt, why })
  }
  const spoken = () => {
    spokenAt = Date.now()
    if (isKnown) knownAt = spokenAt
  }

  async function load(opening) {
    const isCurrent = () => opening === openings && stream.readyState === EventSource.OPEN
    if (!isCurrent()) return
    const before = alerts
    try {
      const response = await fetch('/api/state', { signal: AbortSignal.timeout(silentMs) })
      if (!response.ok) throw new Error(`answered with ${response.status}`)
      const fetched = await response.json()
      if (!isCurrent()) return
      // A fault that opened meanwhile may not be in it.
      if (alerts !== before) return void load(opening)
      state(fetched)
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
    stream.onerror = () => lose('the connection is lost, trying again')
    for (const [name, take] of Object.entries(events)) {
      stream.addEventListener(name, ({ data }) => {
        spoken()
        if (name === 'alerts') alerts += 1
        take(JSON.parse(data))
      })
    }
  }

  setInterval(() => {
    if (Date.now() - spokenAt <= silentMs) return
    spokenAt = Date.now()
    lose('the server says nothing, trying again')
    open()
  }, 1000)
  open()
}
