import { createFaultEngine, type FaultInput, type RuleSetInput, series } from '../../src/engine.ts'
import type { FaultEvent } from '../../src/engine.ts'
import { record } from '../engine/recorder.ts'

const second = 1000
const day = 86_400_000

/** An event, and when it was told. */
interface Told {
  readonly event: FaultEvent
  readonly at: number
}

/** Of so many series, all of which report every 10 s, one in a hundred stops after a minute. */
export function onePercentStops(count: number): { readonly told: readonly Told[]; readonly stopped: number } {
  const absent: RuleSetInput = {
    id: 'gone',
    select: '__name:up',
    rules: [{ when: { absentFor: '30s' }, severity: 2 }],
  }
  const engine = createFaultEngine([absent], { maxInstances: count })
  const all = Array.from({ length: count }, (_, host) => series('up', { host: `${host}` }))
  const told: Told[] = []
  for (let now = 0; now <= 180 * second; now += second) {
    // A tenth of all each second.
    const samples = all.flatMap((one, host): FaultInput[] =>
      host % 10 !== (now / second) % 10 || (host % 100 === 0 && now > 60 * second)
        ? []
        : [{ series: one, time: now, value: 1, kind: 'gauge' }],
    )
    for (const event of engine.batch(samples, now).events) told.push({ event, at: now })
    while (engine.nextDue() <= now)
      for (const event of engine.advance(now).events) told.push({ event, at: now })
  }
  return { told, stopped: Math.ceil(count / 100) }
}

/** Each day so many pods of new names live for an hour each, with a sample a minute at first and then one more. */
export function churn(
  days: number,
  podsADay: number,
): { readonly most: number; readonly left: number; readonly opened: number; readonly gone: number } {
  const full: RuleSetInput = {
    id: 'memory',
    select: '__name:memory',
    rules: [{ when: { of: { average: '5m' }, above: 90 }, severity: 2 }],
  }
  const { engine, take, events } = record(createFaultEngine([full], { maxInstances: 3 * podsADay }))
  let most = 0
  for (let today = 0; today < days; today += 1) {
    for (let pod = 0; pod < podsADay; pod += 1) {
      const one = series('memory', { pod: `${today}-${pod}` })
      const start = today * day + Math.floor((pod / podsADay) * (day - 120 * second))
      for (const time of [start, start + 60 * second]) {
        take(engine.sample({ series: one, time, value: pod % 10 === 0 ? 95 : 50, kind: 'gauge' }, time))
      }
    }
    most = Math.max(most, engine.stats.instances)
  }
  const end = (days + 3) * day
  while (engine.nextDue() <= end) take(engine.advance(end))
  const count = (type: FaultEvent['type'], reason?: string): number =>
    events.filter((event) => event.type === type && (reason === undefined || event.cause.reason === reason))
      .length
  return {
    most,
    left: engine.stats.instances,
    opened: count('opened'),
    gone: count('cleared', 'gone'),
  }
}
