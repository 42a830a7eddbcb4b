import { parsePolicy } from '../engine-options.ts'
import { durationIn } from '../model/duration-in.ts'
import { neverSelects } from './never-selects.ts'
import type { Policy, PolicyInput, Route } from '../model/policy.ts'
import type { Severity } from '../model/signal.ts'

/** What is doubtful in a policy that holds. */
export type PolicyFindingReason =
  | 'route-never-matches'
  | 'told-twice'
  | 'severity-reaches-nobody'
  | 'group-never-told'
  | 'notifier-never-told'
  | 'notifier-missing'

/** One thing in a policy that does nothing, or not what it seems to. Plain JSON. */
export interface PolicyFinding {
  /** Which kind. */
  readonly reason: PolicyFindingReason
  /** Where, such as `policy.routes[2]`. */
  readonly path: string
  /** The same for people, in one sentence. */
  readonly text: string
}

/** Options of `lintPolicy`. */
export interface LintPolicyOptions {
  /** Names of the notifiers that there are. @defaultValue not known, and not looked at */
  readonly notifiers?: readonly string[] | undefined
}

const severities: readonly Severity[] = [1, 2, 3, 4, 5]

/**
 * What a policy says in vain: routes that can never match, people who are told twice, places and severities that reach nobody. A policy with
 * findings holds all the same. May miss what only a series could show; what it finds is so.
 *
 * Errors: the call throws `NOTIFY_BAD_POLICY` where the policy does not hold.
 *
 * @example
 * ```ts
 * import { lintPolicy } from '@tocsin/notify'
 *
 * const findings = lintPolicy({
 *   groups: { ops: { notifiers: ['pager'] }, boss: { notifiers: ['mail'] } },
 *   routes: [{ group: 'ops', select: 'and(dc:vienna,dc:graz)' }, { group: 'ops', severities: [1, 2, 3] }],
 * })
 * for (const { path, text } of findings) console.log(path, text) // => policy.routes[0] no series can match and(dc:vienna,dc:graz)
 * // => policy.groups.boss no route leads here: nobody of it is ever told
 * // => policy.routes nobody is told of severity 4 and 5; a route with "otherwise" would
 * ```
 */
export function lintPolicy(
  policy: PolicyInput,
  { notifiers }: LintPolicyOptions = {},
): readonly PolicyFinding[] {
  const checked = parsePolicy(policy)
  return [
    ...deadRoutes(checked),
    ...repeatedRoutes(checked),
    ...idleGroups(checked),
    ...untoldSeverities(checked),
    ...(notifiers === undefined ? [] : idleNotifiers(checked, notifiers)),
  ]
}

function deadRoutes({ routes }: Policy): PolicyFinding[] {
  const all = routes.filter((route) => !route.otherwise && selectsAll(route))
  return routes.flatMap((route, index) => {
    const path = `policy.routes[${index}]`
    if (route.select !== undefined && neverSelects(route.select)) {
      return [{ reason: 'route-never-matches', path, text: `no series can match ${route.select}` }]
    }
    const left = severitiesOf(route).filter(
      (each) => !all.some((other) => severitiesOf(other).includes(each)),
    )
    if (!route.otherwise || left.length > 0) return []
    const text = 'other routes tell somebody of everything that it is about, so it never applies'
    return [{ reason: 'route-never-matches', path, text }]
  })
}

/** Routes that tell a notifier of nothing that an earlier-telling one does not tell it. */
function repeatedRoutes({ routes, groups }: Policy): PolicyFinding[] {
  const notifiersOf = (route: Route): readonly string[] => groups[route.group]?.notifiers ?? []
  return routes.flatMap((narrow, index) =>
    [...new Set(notifiersOf(narrow))].flatMap((notifier) => {
      const wide = routes.findIndex(
        (other, at) =>
          at !== index && notifiersOf(other).includes(notifier) && covers(other, narrow, at < index),
      )
      if (wide < 0) return []
      const text = `policy.routes[${wide}] tells ${notifier} of all this, and not later: it is told once`
      return [{ reason: 'told-twice', path: `policy.routes[${index}]`, text }]
    }),
  )
}

/** Whether `wide` is about all that `narrow` is about, and waits no longer; of two that are equal the first covers. */
function covers(wide: Route, narrow: Route, isBefore: boolean): boolean {
  if (Boolean(wide.otherwise) !== Boolean(narrow.otherwise)) return false
  const isWider =
    (wide.select === undefined || wide.select === narrow.select) &&
    (wide.ruleSets === undefined ||
      (narrow.ruleSets?.every((name) => wide.ruleSets?.includes(name)) ?? false))
  if (!isWider) return false
  const waits = severitiesOf(narrow).map((severity) => {
    if (!severitiesOf(wide).includes(severity)) return -1
    const own = durationIn(narrow.wait, severity)
    const other = durationIn(wide.wait, severity)
    // Without one it waits for as long as the rule says, which may be longer.
    if (other === undefined) return own === undefined ? 0 : -1
    return (own ?? 0) - other
  })
  if (waits.some((later) => later < 0)) return false
  const isSame =
    wide.select === narrow.select &&
    wide.ruleSets?.length === narrow.ruleSets?.length &&
    severitiesOf(wide).length === severitiesOf(narrow).length &&
    waits.every((later) => later === 0)
  return !isSame || isBefore
}

function idleGroups({ groups, routes, fallback }: Policy): PolicyFinding[] {
  const told = new Set([...routes.map(({ group }) => group), fallback])
  return Object.keys(groups)
    .filter((name) => !told.has(name))
    .map((name) => ({
      reason: 'group-never-told',
      path: `policy.groups.${name}`,
      text: 'no route leads here: nobody of it is ever told',
    }))
}

function untoldSeverities({ routes }: Policy): PolicyFinding[] {
  const alive = routes.filter(({ select }) => select === undefined || !neverSelects(select))
  const untold = severities.filter((each) => !alive.some((route) => severitiesOf(route).includes(each)))
  if (untold.length === 0) return []
  const text = `nobody is told of severity ${untold.join(' and ')}; a route with "otherwise" would`
  return [{ reason: 'severity-reaches-nobody', path: 'policy.routes', text }]
}

function idleNotifiers({ groups }: Policy, notifiers: readonly string[]): PolicyFinding[] {
  const named = new Set(Object.values(groups).flatMap((group) => group.notifiers))
  const idle = notifiers.filter((name) => !named.has(name))
  return [
    ...idle.map((name): PolicyFinding => ({
      reason: 'notifier-never-told',
      path: 'policy.groups',
      text: `no group has the notifier ${name}: it is never used`,
    })),
    ...Object.entries(groups).flatMap(([group, { notifiers: names }]) =>
      names.flatMap((name, index): PolicyFinding[] =>
        notifiers.includes(name)
          ? []
          : [
              {
                reason: 'notifier-missing',
                path: `policy.groups.${group}.notifiers[${index}]`,
                text: `there is no notifier ${name}: nobody is told by it`,
              },
            ],
      ),
    ),
  ]
}

const severitiesOf = ({ severities: some }: Route): readonly Severity[] => some ?? severities
const selectsAll = ({ select, ruleSets }: Route): boolean => select === undefined && ruleSets === undefined
