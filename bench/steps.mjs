// How long a process holds its own event loop: each turn is timed, and what garbage collection took of it, and what it only waited
// for a processor, is told apart. Nor does a turn take more than all threads of the process took of processors meanwhile.
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

const schedule = '/proc/self/schedstat'
/** Turns below this are no candidates, ms. */
const shortestMs = 2

/** Processor time of all threads, ms. */
function used() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Watches from now on, while the loop turns; `stop()` gives all in ms. */
export function watchSteps() {
  const file = existsSync(schedule) ? openSync(schedule, 'r') : undefined
  const bytes = Buffer.alloc(64)
  /** How long this thread was ready and had no processor; 0 where the system does not say. */
  const waited = () => {
    if (file === undefined) return 0
    const length = readSync(file, bytes, 0, bytes.length, 0)
    return Number(bytes.latin1Slice(0, length).split(' ')[1]) / 1e6
  }
  const collections = []
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      collections.push({ start: startTime, end: startTime + duration })
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()

  const turns = []
  let running = true
  let before = performance.now()
  let waitedBefore = waited()
  let usedBefore = used()
  const turn = () => {
    if (!running) return
    const now = performance.now()
    const waitedNow = waited()
    const usedNow = used()
    if (now - before > shortestMs) {
      turns.push({
        start: before,
        end: now,
        waited: waitedNow - waitedBefore,
        used: usedNow - usedBefore,
      })
    }
    before = now
    waitedBefore = waitedNow
    usedBefore = usedNow
    setImmediate(turn)
  }
  setImmediate(turn)

  return async () => {
    // Entries of collections come a turn later.
    await new Promise((resolve) => setTimeout(resolve, 20))
    running = false
    delay.disable()
    observer.disconnect()
    if (file !== undefined) closeSync(file)
    const own = turns.map(({ start, end, waited: idle, used: most }) => {
      const collected = collections.reduce(
        (sum, one) => sum + Math.max(0, Math.min(end, one.end) - Math.max(start, one.start)),
        0,
      )
      return Math.min(end - start - collected - idle, most)
    })
    return {
      longestStep: Math.max(0, ...own),
      longestTurn: Math.max(0, ...turns.map(({ start, end }) => end - start)),
      longestCollection: Math.max(0, ...collections.map(({ start, end }) => end - start)),
      collecting: collections.reduce((sum, { start, end }) => sum + end - start, 0),
      delay999: delay.percentile(99.9) / 1e6,
      delayMost: delay.max / 1e6,
    }
  }
}
