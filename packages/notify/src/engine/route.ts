import { parseDuration } from '@tocsin/core'
import type { Series } from '@tocsin/core'

import type { Alert } from '../model/alert.ts'
import { durationIn } from '../model/duration-in.ts'
import type { Policy, Route } from '../model/policy.ts'
import { compileSelect } from '../model/select.ts'
import { ownRuleSet } from '../model/signal.ts'
import type { FaultSignal, Severity } from '../model/signal.ts'
import { ownPlaces } from './own/own-alerts.ts'

/** How long an alert must last before a place is told, ms. */
interface Wait {
  /** The shortest that a route says; `Infinity` where none says one. */
  readonly ms: number
  /** Whether a route says none: it waits for as long as the rule says. */
  readonly isOfRule: boolean
}

/** Who is told of an alert of one severity, and how long it must last before. */
type Waits = ReadonlyMap<string, Wait>

/** How long an alert must last, ms, of which the detector says so. */
export const waitOf = ({ ms, isOfRule }: Wait, { waitMs = 0 }: Pick<FaultSignal, 'waitMs'>): number =>
  isOfRule ? Math.min(ms, waitMs) : ms

/** Who is told of an alert, by severity. */
export interface Reach {
  readonly waits: Readonly<Record<Severity, Waits>>
  /** Whether somebody is told of it at any severity. */
  readonly routes: ReadonlySet<string>
}

/** A checked policy that is ready to be asked. */
export interface CompiledPolicy {
  readonly given: Policy
  readonly giveUp: Policy['giveUp']
  /** Who is told of an alert. The same answer for all that the same routes are about. */
  reachOf(alert: Pick<Alert, 'ruleSet' | 'signal'>): Reach
  /** Whether a group has this notifier. */
  names(notifier: string): boolean
  /** The name of a rule set by now. */
  ruleSetOf(name: string): string
  /** The name of a notifier by now. */
  notifierOf(name: string): string
}

interface CompiledRoute {
  readonly places: readonly string[]
  readonly isOtherwise: boolean
  readonly matches: (signal: Pick<FaultSignal, 'ruleSet' | 'series'>) => boolean
  /** How long an alert of the severity must last; `undefined` where the route is not about it. */
  readonly wait: (severity: Severity) => Wait | undefined
}

/** A checked policy, and the names of the notifiers that there are. */
export function compilePolicy(policy: Policy, notifiers: Iterable<string>): CompiledPolicy {
  const routes = policy.routes.map((route) =>
    compileRoute(route, policy.groups[route.group]?.notifiers ?? []),
  )
  const names = [...notifiers]
  const known = new Map<string, Reach>()
  const own = new Map<string, Reach>()
  return {
    given: policy,
    giveUp: policy.giveUp,
    reachOf: ({ ruleSet, signal }) => {
      if (ruleSet === ownRuleSet) return ownReach(own, policy, names, signal.series)
      let which = ''
      const found = routes.filter((route, index) => {
        const isAbout = route.matches(signal)
        if (isAbout) which += `${index},`
        return isAbout
      })
      const same = known.get(which)
      if (same !== undefined) return same
      const reach = reachBy(found)
      known.set(which, reach)
      return reach
    },
    names: (notifier) => Object.values(policy.groups).some((group) => group.notifiers.includes(notifier)),
    ruleSetOf: newestName(policy.renamed?.ruleSets),
    notifierOf: newestName(policy.renamed?.notifiers),
  }
}

function compileRoute(route: Route, places: readonly string[]): CompiledRoute {
  const select = route.select === undefined ? () => true : compileSelect(route.select)
  const ruleSets = route.ruleSets && new Set(route.ruleSets)
  const severities = route.severities && new Set(route.severities)
  return {
    places,
    isOtherwise: route.otherwise === true,
    matches: ({ ruleSet, series }) => (ruleSets?.has(ruleSet) ?? true) && select(series),
    wait: (severity) => {
      if (severities?.has(severity) === false) return undefined
      const ms = durationIn(route.wait, severity)
      return { ms: ms ?? Infinity, isOfRule: ms === undefined }
    },
  }
}

function reachBy(routes: readonly CompiledRoute[]): Reach {
  const waits = bySeverity((severity) => waitsOf(routes, severity))
  return { waits, routes: new Set(Object.values(waits).flatMap((each: Waits) => [...each.keys()])) }
}

const bySeverity = <Value>(value: (severity: Severity) => Value): Record<Severity, Value> => ({
  1: value(1),
  2: value(2),
  3: value(3),
  4: value(4),
  5: value(5),
})

/** The shortest wait of each place that is to be told of this severity; `otherwise` counts where no other route tells anybody. */
function waitsOf(routes: readonly CompiledRoute[], severity: Severity): Waits {
  const waits = shortest(
    routes.filter(({ isOtherwise }) => !isOtherwise),
    severity,
  )
  if (waits.size > 0) return waits
  return shortest(
    routes.filter(({ isOtherwise }) => isOtherwise),
    severity,
  )
}

function shortest(routes: readonly CompiledRoute[], severity: Severity): Waits {
  const waits = new Map<string, Wait>()
  for (const { places, wait: waitOfRoute } of routes) {
    const wait = waitOfRoute(severity)
    if (wait === undefined) continue
    for (const place of places) {
      const other = waits.get(place) ?? wait
      waits.set(place, { ms: Math.min(wait.ms, other.ms), isOfRule: wait.isOfRule || other.isOfRule })
    }
  }
  return waits
}

/** Of an alert about alerting itself: who is told depends on its series, and nobody waits. */
function ownReach(known: Map<string, Reach>, policy: Policy, names: readonly string[], about: Series): Reach {
  const same = known.get(about.key)
  if (same !== undefined) return same
  const places = ownPlaces(policy, names, about)
  const waits = new Map(places.map((place) => [place, { ms: 0, isOfRule: false }]))
  const reach: Reach = { waits: bySeverity(() => waits), routes: new Set(places) }
  known.set(about.key, reach)
  return reach
}

/** Follows new names to the newest; names that go round in a circle go no further than once. */
function newestName(renamed: Readonly<Record<string, string>> | undefined): (name: string) => string {
  const names = new Map(Object.entries(renamed ?? {}))
  if (names.size === 0) return (name) => name
  return (name) => {
    const seen = new Set<string>()
    let newest = name
    for (let next = names.get(newest); next !== undefined && !seen.has(next); next = names.get(newest)) {
      seen.add(next)
      newest = next
    }
    return newest
  }
}

/** When ends count as too many, of a checked policy, in ms; `undefined` where they never do. */
export function flappingOf({
  flapping,
}: Policy): { readonly ends: number; readonly withinMs: number; readonly settleMs: number } | undefined {
  if (flapping === false) return undefined
  return {
    ends: flapping?.ends ?? 3,
    withinMs: parseDuration(flapping?.within ?? '10m') ?? 0,
    settleMs: parseDuration(flapping?.settle ?? '5m') ?? 0,
  }
}
