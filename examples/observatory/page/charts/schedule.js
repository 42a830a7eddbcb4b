// When charts are drawn: those in the window only, a few a frame, none in a hidden tab.

const beatMs = 250
/** A chart of a long time hardly changes, ms. */
const seldomMs = 5000
const labelMs = 1000
/** What a frame may take for charts, ms; one is drawn in any case. */
const frameMs = 8

/** `charts()` are those with `isVisible`, `drawnAt`, `draw`, `label`; `everyMs()` how often the range wants it. */
export function createSchedule(charts, everyMs) {
  const queue = new Set()
  let isAsked = false
  let labelledAt = -Infinity

  function frame() {
    isAsked = false
    const begun = performance.now()
    for (const chart of queue) {
      queue.delete(chart)
      if (!chart.isVisible) continue
      chart.draw()
      if (performance.now() - begun > frameMs) break
    }
    ask()
  }
  function ask() {
    if (isAsked || queue.size === 0 || document.hidden) return
    isAsked = true
    requestAnimationFrame(frame)
  }
  function beat() {
    if (document.hidden) return
    const now = performance.now()
    const every = Math.min(seldomMs, Math.max(beatMs, everyMs()))
    const areLabelsDue = now - labelledAt >= labelMs
    if (areLabelsDue) labelledAt = now
    for (const chart of charts()) {
      if (!chart.isVisible) continue
      // Half a beat earlier rather than a whole one later.
      if (now - chart.drawnAt >= every - beatMs / 2) queue.add(chart)
      else if (areLabelsDue) chart.label()
    }
    ask()
  }
  setInterval(beat, beatMs)
  document.addEventListener('visibilitychange', beat)

  return {
    /** All of them, as soon as may be. */
    all() {
      for (const chart of charts()) if (chart.isVisible) queue.add(chart)
      ask()
    },
    now(chart) {
      queue.add(chart)
      ask()
    },
    forget: (chart) => queue.delete(chart),
  }
}
