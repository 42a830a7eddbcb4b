import { parseDuration, parseTagQuery } from '@tocsin/core'
import type { Duration } from '@tocsin/core'

import { flaw, list, mapOf, maybe, object, words } from './checked.ts'
import type { Flaw, Rule } from './checked.ts'
import { moment, severity } from './signal.ts'
import type { Severity } from './signal.ts'

/** People who are told together. */
export interface ContactGroup {
  /** Names in the option `notifiers`. */
  readonly notifiers: readonly string[]
}

/** A value for each severity, by its number. */
export type BySeverity<Value> = { readonly [Name in `${Severity}`]?: Value | undefined }

/** Who is told of what, and after how long. Every route that matches applies; a notifier reached twice is told once. */
export interface Route {
  /** Tag query over the series, such as `and(service:shop,__name:cpu*)`. @defaultValue every series */
  readonly select?: string | undefined
  /** Names of rule sets. @defaultValue every rule set */
  readonly ruleSets?: readonly string[] | undefined
  /** Severities. @defaultValue all five */
  readonly severities?: readonly Severity[] | undefined
  /** Name of the contact group to tell. */
  readonly group: string
  /**
   * How long an alert must last before somebody is told: one duration for all severities, or a map of severities, in which
   * one that is missing waits for nothing. @defaultValue `'0s'`
   */
  readonly wait?: Duration | BySeverity<Duration> | undefined
}

/** A window of time in which nobody is told of the alerts that it selects. They exist all the same. */
export interface Maintenance {
  /** Identity of the window. */
  readonly id: string
  /** Tag query over the series. */
  readonly select: string
  /** Severities. @defaultValue all five */
  readonly severities?: readonly Severity[] | undefined
  /** First moment, ms since the Unix epoch. */
  readonly from: number
  /** First moment after it, ms since the Unix epoch. */
  readonly to: number
  /** Why, for people. */
  readonly notes?: string | undefined
}

/** Who is told of what: plain JSON that may be stored, compared and edited. */
export interface Policy {
  /** Contact groups by name. */
  readonly groups: Readonly<Record<string, ContactGroup>>
  /** Routes; order does not matter. */
  readonly routes: readonly Route[]
  /** Planned windows of maintenance. More can be set by commands. @defaultValue none */
  readonly maintenance?: readonly Maintenance[] | undefined
}

/** Most groups, routes and windows of maintenance each. */
export const maxPolicyEntries = 1000

const name = words(1, 256)
const severities = list(severity, 1, 5)

const tagQuery: Rule = (value, path) => {
  if (typeof value !== 'string') return flaw(path, 'must be a tag query')
  const parsed = parseTagQuery(value)
  return parsed.ok
    ? undefined
    : flaw(path, `must be a tag query: ${parsed.message}, at character ${parsed.offset}`)
}

const duration: Rule = (value, path) =>
  typeof value === 'string' && parseDuration(value) !== undefined
    ? undefined
    : flaw(path, 'must be a duration such as "5m"')

const severityName: Rule = (value, path) =>
  typeof value === 'string' && /^[1-5]$/.test(value)
    ? undefined
    : flaw(path, 'must be a severity from 1 to 5')

const waitMap = mapOf(severityName, maybe(duration), 5)
const waitRule: Rule = (value, path) => {
  if (typeof value === 'string' && parseDuration(value) !== undefined) return undefined
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? waitMap(value, path)
    : flaw(path, 'must be a duration such as "5m", or an object of durations by severity')
}

const window: Rule = object({
  id: name,
  select: tagQuery,
  severities: maybe(severities),
  from: moment,
  to: moment,
  notes: maybe(words(0, 4096)),
})

/** Checks one window of maintenance. */
export const maintenanceRule: Rule = (value, path) => {
  const wrong = window(value, path)
  if (wrong !== undefined) return wrong
  const { from, to } = value as Maintenance
  return from < to ? undefined : flaw(`${path}.to`, `must be after ${path}.from`)
}

const policyRule = object({
  groups: mapOf(name, object({ notifiers: list(name, 1, 100) }), maxPolicyEntries),
  routes: list(
    object({
      select: maybe(tagQuery),
      ruleSets: maybe(list(words(1, 1024), 1, maxPolicyEntries)),
      severities: maybe(severities),
      group: name,
      wait: maybe(waitRule),
    }),
    0,
    maxPolicyEntries,
  ),
  maintenance: maybe(list(maintenanceRule, 0, maxPolicyEntries)),
})

/** What is wrong with a policy and where, `undefined` when all is well. */
export function checkPolicy(value: unknown): Flaw | undefined {
  const wrong = policyRule(value, 'policy')
  if (wrong !== undefined) return wrong
  const { groups, routes, maintenance = [] } = value as Policy
  const lost = routes.findIndex(({ group }) => !Object.hasOwn(groups, group))
  if (lost >= 0) {
    const allowed = Object.keys(groups).join(', ') || 'the groups, of which there are none'
    return flaw(`policy.routes[${lost}].group`, `must be one of ${allowed}`)
  }
  const ids = maintenance.map(({ id }) => id)
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index)
  return twice < 0 ? undefined : flaw(`policy.maintenance[${twice}].id`, 'must not be used twice')
}
