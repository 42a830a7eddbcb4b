import type { Duration, Written } from '@tocsin/core'
import {
  advise,
  duration,
  durationAdvice,
  either,
  Flaw,
  list,
  integer,
  mapOf,
  object,
  oneOf,
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

/** Who is told of what, and after how long. Every route that matches applies; a place reached twice is told once, after the shorter wait. */
export interface Route {
  /** Applies only to what no other route tells anybody of. @defaultValue false */
  readonly otherwise?: boolean | undefined
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
   * one may be missing. @defaultValue what the signal says in `waitMs`, as by the `wait` of a rule, or else `'0s'`
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

/** Alerts of which nothing was heard for long: their detector is asked. */
export interface Stale {
  /** How long nothing was heard: one duration, or a map of severities; one that is missing is never asked about. */
  readonly after: Duration | BySeverity<Duration>
}

/** When an alert opens and ends so often that its ends are told only once they have lasted. */
export interface Flapping {
  /** So many ends of one rule set and series … @defaultValue 3 */
  readonly ends?: number | undefined
  /** … within this time. @defaultValue `'10m'` */
  readonly within?: Duration | undefined
  /** How long a further end must last before it is told. @defaultValue `'5m'` */
  readonly settle?: Duration | undefined
}

/** New names of what was renamed: what is open under the old name goes on under the new one. */
export interface Renamed {
  /** Names of notifiers. */
  readonly notifiers?: Readonly<Record<string, string>> | undefined
  /** Names of rule sets. */
  readonly ruleSets?: Readonly<Record<string, string>> | undefined
}

/** Who is told of what: plain JSON that may be stored, compared and edited. */
export interface Policy {
  /** Contact groups by name. */
  readonly groups: Readonly<Record<string, ContactGroup>>
  /** Routes; order does not matter. */
  readonly routes: readonly Route[]
  /** Planned windows of maintenance. More can be set by commands. @defaultValue none */
  readonly maintenance?: readonly Maintenance[] | undefined
  /**
   * Name of the contact group that is told of alerts about alerting itself, such as a notifier that fails for good.
   * @defaultValue every notifier but the failing one
   */
  readonly fallback?: string | undefined
  /** Whether a detector is asked about alerts of which nothing was heard for long. @defaultValue never */
  readonly stale?: Stale | undefined
  /**
   * How long a notification is tried, in time spent on attempts and the pauses between them: sleep and downtime do not count.
   * @defaultValue 24 h for severity 1, 12 h for severity 2, else 1 h
   */
  readonly giveUp?: Duration | BySeverity<Duration> | undefined
  /** When an alert counts as flapping; `false` where it never does. @defaultValue 3 ends within 10 minutes, told after 5 minutes */
  readonly flapping?: Flapping | false | undefined
  /** What was renamed. @defaultValue nothing */
  readonly renamed?: Renamed | undefined
}

/** A {@link Policy} that was written down without its type, as a `const` of severities `number[]`; checked where it is given. */
// An interface, so that the compiler calls it by its name.
export interface PolicyInput extends Written<Policy> {
  /** Routes; order does not matter. */
  readonly routes: readonly Written<Route>[]
  /** Where editors find {@link policySchema}; ignored. */
  readonly $schema?: string | undefined
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

const times = advise(
  either(duration(), waits, 'a duration such as "5m", or an object of durations by severity'),
  durationAdvice,
)

const route: Shape<Route> = object({
  otherwise: optional(oneOf([true, false])),
  select: optional(tagQuery),
  ruleSets: optional(list(text(1, 1024), 1, maxPolicyEntries)),
  severities: optional(severities),
  group: name,
  wait: optional(times),
})

const flapping: Shape<Flapping> = object({
  ends: optional(integer(1, 1000)),
  within: optional(duration()),
  settle: optional(duration()),
})

/** As it is written: editors note in it which schema it follows. */
type WrittenPolicy = Policy & Pick<PolicyInput, '$schema'>

const parts: Shape<WrittenPolicy> = object({
  groups: mapOf(name, group, maxPolicyEntries),
  routes: list(route, 0, maxPolicyEntries),
  maintenance: optional(unique(list(maintenanceShape, 0, maxPolicyEntries), 'id')),
  fallback: optional(name),
  stale: optional(object({ after: times })),
  giveUp: optional(times),
  flapping: optional(
    either(oneOf([false] as const), flapping, 'false, or an object with ends, within and settle'),
  ),
  renamed: optional(
    object({
      notifiers: optional(mapOf(name, name, maxPolicyEntries)),
      ruleSets: optional(mapOf(text(1, 1024), text(1, 1024), maxPolicyEntries)),
    }),
  ),
  $schema: optional(text(0, 8192)),
})

const policyShape = refine(parts, ({ groups, routes, fallback }) => {
  const named = [
    ...routes.map(({ group: to }, index) => ({ path: `.routes[${index}].group`, to })),
    ...(fallback === undefined ? [] : [{ path: '.fallback', to: fallback }]),
  ]
  const lost = named.find(({ to }) => !Object.hasOwn(groups, to))
  if (lost === undefined) return undefined
  const names = Object.keys(groups)
  // Many would push the end out of the sentence.
  const shown = names.slice(0, maxShownGroups).join(', ') + (names.length > maxShownGroups ? ', …' : '')
  const allowed = shown || 'the groups, of which there are none'
  return new Flaw(lost.path, `must be one of ${allowed}, got ${JSON.stringify(lost.to)}`)
})

/**
 * JSON Schema (draft 2020-12) of a {@link Policy}, for editors and forms. `parsePolicy` checks more: that tag queries can
 * be read, that each route names a group, that windows end after they begin.
 */
export const policySchema: JsonSchema = schemaOf(policyShape, 'Policy of @tocsin/notify')

/** A policy of its own, or what is wrong with the value and where. */
export function readPolicy(value: unknown): Policy | Flaw {
  const policy = read(policyShape, value, 'policy')
  if (policy instanceof Flaw) return policy
  // What was read is a copy of its own.
  Reflect.deleteProperty(policy, '$schema')
  return policy
}
