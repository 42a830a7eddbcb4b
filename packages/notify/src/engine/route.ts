import { compileTagQuery, parseDuration, parseTagQuery } from '@tocsin/core'
import type { Duration, Series } from '@tocsin/core'

import type { Policy, Route } from '../model/policy.ts'
import type { FaultSignal, Severity } from '../model/signal.ts'

/** A route that is ready to be asked. */
export interface CompiledRoute {
  /** Names of the notifiers of its group. */
  readonly targets: readonly string[]
  /** Whether it is about this rule set and series. */
  readonly matches: (signal: FaultSignal) => boolean
  /** How long an alert of the severity must last, ms; `undefined` where the route is not about it. */
  readonly waitMs: (severity: Severity) => number | undefined
}

/** A tag query as a predicate. The query was checked before; one that cannot be read selects nothing. */
export function compileSelect(select: string): (series: Series) => boolean {
  const parsed = parseTagQuery(select)
  return parsed.ok ? compileTagQuery(parsed.value) : () => false
}

/** The routes of a checked policy. */
export const compileRoutes = (policy: Policy): readonly CompiledRoute[] =>
  policy.routes.map((route) => compileRoute(route, policy.groups[route.group]?.notifiers ?? []))

function compileRoute(route: Route, targets: readonly string[]): CompiledRoute {
  const select = route.select === undefined ? () => true : compileSelect(route.select)
  const ruleSets = route.ruleSets && new Set(route.ruleSets)
  const severities = route.severities && new Set(route.severities)
  return {
    targets,
    matches: ({ ruleSet, series }) => (ruleSets?.has(ruleSet) ?? true) && select(series),
    waitMs: (severity) =>
      (severities?.has(severity) ?? true) ? parseDuration(durationOf(route.wait, severity)) : undefined,
  }
}

const durationOf = (wait: Route['wait'], severity: Severity): Duration =>
  (typeof wait === 'string' ? wait : wait?.[`${severity}`]) ?? '0s'

/** The shortest wait of each target that is to be told of this severity. */
export function waitsOf(routes: readonly CompiledRoute[], severity: Severity): ReadonlyMap<string, number> {
  const waits = new Map<string, number>()
  for (const { targets, waitMs } of routes) {
    const wait = waitMs(severity)
    if (wait === undefined) continue
    for (const target of targets) waits.set(target, Math.min(wait, waits.get(target) ?? Infinity))
  }
  return waits
}
