import type { Fault, Severity, Status } from '../../server/wire.ts'
import { endedFaults, openFaults } from './faults.ts'
import { hostileFaults, hostileSeries } from './hostile.ts'
import { loudLog, quietLog } from './log.ts'
import { machineSeries } from './machine.ts'
import { manySeries } from './many.ts'
import { loadedRules } from './rules.ts'
import { day, hour, minute, nameOf, timesOf } from './scene.ts'
import type { Scene } from './scene.ts'
import { sentSeries } from './sent.ts'

export type { InventedSeries, Scene } from './scene.ts'
export { designedNow } from './scene.ts'

const host = 'atlas-1'
const noProblems: Status['problems'] = { total: 0, latest: [] }
const listening = [
  { name: 'machine', perSecond: 0, samples: 0 },
  { name: 'statsd', port: 8125, perSecond: 0, samples: 0 },
  { name: 'Graphite', port: 2003, perSecond: 0, samples: 0 },
  { name: 'HTTPTrap', port: 8080, perSecond: 0, samples: 0 },
] as const

function sourcesOf(statsd: number): Status['sources'] {
  const rates = [31, statsd, 2, 1]
  return listening.map((source, index) => ({
    ...source,
    perSecond: rates[index]!,
    samples: rates[index]! * 90_000,
  }))
}

function healthy(now: number): Scene {
  const at = timesOf(now)
  const faults = endedFaults(at, host)
  return {
    host,
    startedAt: at('22:32', 1),
    rules: loadedRules(true),
    series: [...machineSeries(now, host, false), ...sentSeries(now)],
    faults,
    lastEnded: faults.find(({ endedAt }) => endedAt === at('03:20:41'))!,
    log: quietLog(at, host),
    maintenance: [],
    pauses: [
      { from: at('22:15', 5), to: at('07:50', 4) },
      { from: at('22:10', 1), to: at('22:32', 1) },
    ],
    sources: sourcesOf(14),
    journal: { state: 'open', segments: 3, bytes: 41 * 2 ** 20 },
    lag: 0,
    problems: noProblems,
    others: 1,
  }
}

function twoFaults(now: number): Scene {
  const quiet = healthy(now)
  const at = timesOf(now)
  return {
    ...quiet,
    series: [...machineSeries(now, host, true), ...sentSeries(now)],
    faults: [...openFaults(at, host, now), ...quiet.faults],
    log: [...loudLog(at, host), ...quiet.log].toSorted((a, b) => b.time - a.time),
    problems: {
      total: 2,
      latest: [
        {
          time: now - 3 * minute,
          from: 'statsd',
          reason: 'bad-line',
          message: '"demo.queue:12O|g": expected a number',
          count: 2,
        },
      ],
    },
  }
}

/** One fault that the night shift knows of: a tint, no band. */
function acknowledged(now: number): Scene {
  const loud = twoFaults(now)
  return { ...loud, faults: loud.faults.filter(({ alert }) => alert !== 'alert-memory') }
}

function many(count: number) {
  return (now: number): Scene => {
    const quiet = healthy(now)
    const rules = quiet.rules.map((rule) => (rule.id === 'checkout-slow' ? { ...rule, watching: 97 } : rule))
    return {
      ...quiet,
      rules,
      series: [...quiet.series, ...manySeries(count - quiet.series.length)],
      sources: sourcesOf(4960),
      lag: 212,
    }
  }
}

function firstStart(now: number): Scene {
  return {
    ...healthy(now),
    startedAt: now - 2000,
    rules: loadedRules(false, false),
    series: [],
    faults: [],
    log: [],
    pauses: [],
    sources: listening,
    journal: { state: 'open', segments: 1, bytes: 0 },
    others: 0,
  }
}

/** Forty open ones of all severities, every fourth acknowledged. */
function fortyFaults(now: number): Scene {
  const quiet = healthy(now)
  const open = Array.from({ length: 40 }, (_, index): Fault => {
    const severity = ((index % 5) + 1) as Severity
    const openedAt = now - (index + 1) * 7 * minute
    const at = openedAt + minute
    const known = index % 4 === 3
    return {
      id: `forty-${index}`,
      alert: `alert-forty-${index}`,
      ruleSet: 'queue-long',
      series: nameOf('queue.length', { shop: `oslo-${index}`, host: `web-${index % 10}` }),
      severity,
      openedAt,
      severities: [{ severity, since: openedAt }],
      judgement: { is: 'above', threshold: 100, value: 118 + index, sampleTime: now - 1000 },
      text: `queue.length is ${118 + index}, above 100`,
      ...(known && { acknowledgement: { by: 'night shift', at } }),
      acknowledged: known ? [{ from: at }] : [],
      maintained: [],
      told: { groups: ['operators'], at: openedAt + 1000 },
    }
  })
  return { ...quiet, faults: [...open, ...quiet.faults] }
}

function hostile(now: number): Scene {
  const quiet = healthy(now)
  const faults = hostileFaults(now)
  return {
    ...quiet,
    rules: [
      ...quiet.rules,
      {
        id: 'version-changed',
        select: '__name:text.*',
        levels: [{ severity: 1, is: 'changed' }],
        watching: 2,
      },
    ],
    series: [...quiet.series, ...hostileSeries()],
    faults: [...faults, ...quiet.faults],
    log: [
      ...faults.map(({ id, ruleSet, series, severity, judgement, openedAt }) => ({
        id: `log-${id}`,
        time: openedAt,
        type: 'opened' as const,
        fault: id,
        ruleSet,
        series,
        severity,
        judgement,
        channels: [
          { name: '<b>mail</b>', state: 'dead' as const, message: '<script>no</script>', attempts: 9 },
        ],
      })),
      ...quiet.log,
    ],
  }
}

/** A window of maintenance that runs, and one of the policy that is to come. */
function maintained(now: number): Scene {
  return {
    ...twoFaults(now),
    maintenance: [
      {
        id: 'window-1',
        select: 'and(host:atlas-1,__name:disk.*)',
        from: now - hour,
        to: now + hour,
        planned: false,
      },
      { id: 'window-2', select: '__name:cpu.*', from: now + day, to: now + day + hour, planned: true },
    ],
  }
}

/** By the name that `--scene` takes. */
export const scenes: ReadonlyMap<string, (now: number) => Scene> = new Map([
  ['two-faults', twoFaults],
  ['healthy', healthy],
  ['acknowledged', acknowledged],
  ['first-start', firstStart],
  ['5000-series', many(5000)],
  ['14000-series', many(14_000)],
  ['40-faults', fortyFaults],
  ['hostile', hostile],
  ['maintained', maintained],
])
