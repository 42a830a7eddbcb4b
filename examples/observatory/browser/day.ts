import type { Fault, LogEntry } from '../server/wire.ts'
import { hour, minute, nameOf } from './scenes/scene.ts'
import type { StandIn } from './stand-in.ts'
import type { Visit } from './visit.ts'

const queue = nameOf('demo.queue')

/** A fault of that hour that lasts 20 min, and what people are told of it. */
function incident(openedAt: number): { readonly opened: Fault; readonly ended: Fault; told: LogEntry[] } {
  const endedAt = openedAt + 20 * minute
  const id = `queue-${openedAt}`
  const about = { ruleSet: 'demo-queue', series: queue } as const
  const channels = [{ name: 'mail', state: 'delivered', tookMs: 600 }] as const
  const judgement = { is: 'above', threshold: 100, value: 118, sampleTime: openedAt } as const
  const opened: Fault = {
    ...about,
    id,
    severity: 2,
    openedAt,
    severities: [{ severity: 2, since: openedAt }],
    judgement,
    text: 'demo.queue is 118, above 100',
    acknowledged: [],
    maintained: [],
    told: { groups: ['operators'], at: openedAt },
  }
  const ended = { ...opened, endedAt, judgement: { ...judgement, value: 20, sampleTime: endedAt } }
  return {
    opened,
    ended,
    told: [
      {
        ...about,
        id: `${id}/0`,
        time: openedAt,
        type: 'opened',
        fault: id,
        severity: 2,
        judgement,
        channels,
      },
      {
        ...about,
        id: `${id}/1`,
        time: endedAt,
        type: 'cleared',
        fault: id,
        previousSeverity: 2,
        judgement: ended.judgement,
        durationMs: endedAt - openedAt,
        channels,
      },
    ],
  }
}

/** The day before: as many faults as each day has, so that the lists are full from the start on. */
export function fillDayBefore(standIn: StandIn): void {
  const { world } = standIn
  const now = standIn.now()
  const past = Array.from({ length: 24 }, (_, hours) => incident(now - (hours + 1) * hour))
  world.faults = [...world.faults, ...past.map(({ ended }) => ended)]
  world.log = [...world.log, ...past.flatMap(({ told }) => told.toReversed())]
}

/** Tells an hour minute by minute; a fault opens and ends in it. Waits until the pages have taken it in. */
export async function playHour(standIn: StandIn, visits: readonly Visit[]): Promise<void> {
  let { opened, ended, told } = incident(0)
  for (let at = 0; at < 60; at += 1) {
    // In parts, since a page believes nothing that it hears after 20 s of silence.
    for (let part = 0; part < 4; part += 1) standIn.pass(minute / 4)
    if (at === 5) {
      ;({ opened, ended, told } = incident(standIn.now()))
      standIn.tell('fault', opened)
      standIn.tell('entry', told[0]!)
    }
    if (at === 25) {
      standIn.tell('fault', ended)
      standIn.tell('entry', told[1]!)
    }
  }
  const now = standIn.now()
  for (const { page } of visits)
    await page.waitForFunction((time) => Date.now() >= time - 1000, now, { timeout: 0 })
}

/**
 * In the page, before its own scripts: the clocks of its computer follow what the server tells, and timers of a second and more run by
 * them. Where it `leaks`, it keeps an element of each minute and a number of each sample.
 */
export function followServer(leaks: boolean): void {
  const { watched } = globalThis as unknown as { watched: { passed: number } }
  const kept: unknown[] = []
  Object.assign(globalThis, { kept })
  const timers: { readonly run: () => void; readonly ms: number; due: number }[] = []
  const realInterval = globalThis.setInterval.bind(globalThis)
  globalThis.setInterval = ((run: () => void, ms: number) => {
    if (ms < 1000) return realInterval(run, ms)
    return timers.push({ run, ms, due: Date.now() + ms })
  }) as typeof setInterval
  const RealSource = globalThis.EventSource
  globalThis.EventSource = class extends RealSource {
    constructor(url: string | URL) {
      super(url)
      // Before the page's own listeners.
      this.addEventListener('status', ({ data }) => {
        for (const timer of timers) {
          if (Date.now() < timer.due) continue
          timer.due = Date.now() + timer.ms
          timer.run()
        }
        const { now } = JSON.parse(data as string) as { now: number }
        watched.passed += Math.max(0, now - Date.now())
      })
      if (!leaks) return
      this.addEventListener('status', () => kept.push(document.createElement('p')))
      this.addEventListener('samples', ({ data }) => {
        const { rows } = JSON.parse(data as string) as { rows: [number, number, unknown][] }
        for (const [, time] of rows) kept.push(time)
      })
    }
  }
}
