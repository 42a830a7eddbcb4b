import type { Duration, Written } from '@tocsin/core'
import {
  duration,
  either,
  Flaw,
  list,
  mapOf,
  object,
  optional,
  read,
  refine,
  schemaOf,
  tagQuery,
  text,
  unique,
} from '@tocsin/core/shape'
import type { JsonSchema, Shape } from '@tocsin/core/shape'

import { moment, severityShape } from './signal.ts'
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

/** A {@link Policy} that was written down without its type, as a `const` of severities `number[]`; checked where it is given. */
// An interface, so that the compiler calls it by its name.
export interface PolicyInput extends Written<Policy> {
  /** Routes; order does not matter. */
  readonly routes: readonly Written<Route>[]
}

/** Most groups, routes and windows of maintenance each. */
export const maxPolicyEntries = 1000
const maxShownGroups = 10

const name = text(1, 256)
const severities = list(severityShape, 1, 5)

const waits: Shape<BySeverity<Duration>> = object(
  {
    1: optional(duration()),
    2: optional(duration()),
    3: optional(duration()),
    4: optional(duration()),
    5: optional(duration()),
  },
  { description: 'an object of durations by severity' },
)

const window: Shape<Maintenance> = object({
  id: name,
  select: tagQuery,
  severities: optional(severities),
  from: moment,
  to: moment,
  notes: optional(text(0, 4096)),
})

/** A window of maintenance. */
export const maintenanceShape: Shape<Maintenance> = refine(window, ({ from, to }) =>
  from < to ? undefined : new Flaw('.to', `must be after from, ${from}, got ${to}`),
)

const group: Shape<ContactGroup> = object({ notifiers: list(name, 1, 100) })

const route: Shape<Route> = object({
  select: optional(tagQuery),
  ruleSets: optional(list(text(1, 1024), 1, maxPolicyEntries)),
  severities: optional(severities),
  group: name,
  wait: optional(either(duration(), waits, 'a duration such as "5m", or an object of durations by severity')),
})

const parts: Shape<Policy> = object({
  groups: mapOf(name, group, maxPolicyEntries),
  routes: list(route, 0, maxPolicyEntries),
  maintenance: optional(unique(list(maintenanceShape, 0, maxPolicyEntries), 'id')),
})

const policyShape = refine(parts, ({ groups, routes }) => {
  const lost = routes.findIndex((each) => !Object.hasOwn(groups, each.group))
  if (lost < 0) return undefined
  const names = Object.keys(groups)
  // Many would push the end out of the sentence.
  const shown = names.slice(0, maxShownGroups).join(', ') + (names.length > maxShownGroups ? ', …' : '')
  const allowed = shown || 'the groups, of which there are none'
  return new Flaw(
    `.routes[${lost}].group`,
    `must be one of ${allowed}, got ${JSON.stringify(routes[lost]?.group)}`,
  )
})

/**
 * JSON Schema (draft 2020-12) of a {@link Policy}, for editors and forms. `parsePolicy` checks more: that tag queries can
 * be read, that each route names a group, that windows end after they begin.
 */
export const policySchema: JsonSchema = schemaOf(policyShape, 'Policy of @tocsin/notify')

/** A policy of its own, or what is wrong with the value and where. */
export const readPolicy = (value: unknown): Policy | Flaw => read(policyShape, value, 'policy')
