import { oneOf, optional, text, wholeNumber } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { Check, CheckContext } from '../check.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import { outcomeOfFailure } from '../check-failure.ts'
import { isSecret, reveal, type Secret } from '../http/auth/secret.ts'
import { type TargetOptions, targetCheck } from '../exchange/target-check.ts'
import type { Findings } from '../findings.ts'
import { isSnmpUser, revealUser, type SnmpUser, type SnmpVersion } from './snmp-login.ts'
import {
  areSnmpObjects,
  type NamedObject,
  namedObjects,
  type SnmpObject,
  type SnmpObjects,
} from './snmp-objects.ts'
import { type SnmpSession, withSnmpSession } from './snmp-session.ts'
import { measureVarbind, textOf } from './snmp-values.ts'

/** How {@link snmpCheck} looks. */
export interface SnmpCheckOptions extends TargetOptions {
  /**
   * Which version of SNMP to speak. `'3'` needs `user`.
   * @defaultValue `'2c'`
   */
  readonly version?: SnmpVersion | undefined
  /**
   * The password of versions 1 and 2c, or a function that gives it; it goes as it is.
   * @defaultValue `'public'`
   */
  readonly community?: Secret | undefined
  /** Who asks, in version 3. */
  readonly user?: SnmpUser | undefined
  /**
   * Which part of the agent to ask, in version 3.
   * @defaultValue `''`
   */
  readonly snmpContext?: string | undefined
  /**
   * Objects to ask for, by the names of their metrics.
   * @defaultValue `{ sysUpTime: '1.3.6.1.2.1.1.3.0' }` where there is no `walk`
   */
  readonly oids?: Readonly<Record<string, string | SnmpObject>> | undefined
  /**
   * Columns of tables, or what else is to be walked, by the names of their metrics: `{ ifHCInOctets: '1.3.6.1.2.1.31.1.1.1.6' }`.
   * @defaultValue none
   */
  readonly walk?: Readonly<Record<string, string | SnmpObject>> | undefined
  /**
   * Columns whose values become tags of what is walked in the same rows, by the names of the tags: `{ interface: '1.3.6.1.2.1.31.1.1.1.1' }`.
   * @defaultValue none
   */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /**
   * Most rows of each column.
   * @defaultValue 1000
   */
  readonly maxRows?: number | undefined
  /**
   * So often at most each request is sent.
   * @defaultValue 3
   */
  readonly attempts?: number | undefined
  /**
   * Time to wait for an answer to each, ms.
   * @defaultValue 1000
   */
  readonly retryMs?: number | undefined
}

type Own = Required<Pick<SnmpCheckOptions, 'user'>> & {
  readonly version: SnmpVersion
  readonly community: Secret
  readonly snmpContext: string
  readonly oids: SnmpObjects | undefined
  readonly walk: SnmpObjects
  readonly labels: Readonly<Record<string, string>>
  readonly maxRows: number
  readonly attempts: number
  readonly retryMs: number
}

const wellKnownCommunity = 'public'

/** The defaults of {@link snmpCheck}. */
export const defaultSnmpCheckOptions: Readonly<
  Pick<Own, 'version' | 'community' | 'snmpContext' | 'maxRows' | 'attempts' | 'retryMs'> & {
    /** Its port. */
    port: number
    /** What is asked for where neither `oids` nor `walk` is given. */
    oids: SnmpObjects
  }
> = Object.freeze({
  port: 161,
  version: '2c',
  community: wellKnownCommunity,
  snmpContext: '',
  oids: Object.freeze({ sysUpTime: '1.3.6.1.2.1.1.3.0' }),
  maxRows: 1000,
  attempts: 3,
  retryMs: 1000,
})

/** Most objects in one request. */
const maxTogether = 50

/**
 * A check of an agent of SNMP. It needs the package net-snmp, which is loaded with the first run: `npm install net-snmp`.
 *
 * Metrics: each object of `oids` by its name, and each row of `walk` by its name with the tag `index`, what the object has behind the number
 * of its column, and the tags of `labels`: counters as counters, those of 64 bits exactly; other numbers as gauges, in the unit of the
 * object (times are hundredths of seconds); texts and addresses as texts, bytes as `00:1b:21`. And `tt_resolve` where a name was looked
 * up, `tt_firstbyte` (ms), `phase_ms`.
 *
 * The state is a warning where some objects have no value, or a column has more rows than `maxRows`; bad where none has one.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`; without the package each run is unknown, and says `PROTOCOL_PEER_MISSING`.
 *
 * @example
 * ```ts
 * import { snmpCheck } from '@tocsin/protocols/checks/snmp'
 *
 * const check = snmpCheck({
 *   host: 'switch.example.org',
 *   community: 'monitoring',
 *   walk: { in_octets: '1.3.6.1.2.1.31.1.1.1.6', out_octets: '1.3.6.1.2.1.31.1.1.1.10' },
 *   labels: { interface: '1.3.6.1.2.1.31.1.1.1.1' },
 * })
 * console.log(check.name) // => snmp:switch.example.org:161
 * ```
 */
export function snmpCheck(options: SnmpCheckOptions): Check {
  const { port, oids, ...defaults } = defaultSnmpCheckOptions
  const kind = {
    kind: 'snmp',
    port,
    defaults: { ...defaults, user: undefined, oids: undefined, walk: {}, labels: {} } as Own,
    checks: {
      version: oneOf('1', '2c', '3'),
      community: isSecret,
      snmpContext: text(0),
      user: optional(isSnmpUser),
      oids: optional(areSnmpObjects),
      walk: areSnmpObjects,
      labels: areSnmpObjects,
      maxRows: wholeNumber(1, 10_000),
      attempts: wholeNumber(1, 100),
      retryMs: wholeNumber(1, 60_000),
    },
  }
  const check = targetCheck(kind, options, async (context, target) => {
    const walked = namedObjects(target.walk)
    const asked = namedObjects(target.oids ?? (walked.length === 0 ? oids : {}))
    // What everybody says is no secret, but a word that stands in names with good reason.
    const community =
      target.community === wellKnownCommunity
        ? target.community
        : await reveal(target.community, 'community', context)
    const user = target.user && (await revealUser(target.user, context))
    try {
      return await withSnmpSession(context, { ...target, community, user }, async (session) => {
        const missing = await measureObjects(context.found, session, asked)
        const { labels, maxRows } = target
        const columns = await measureColumns(context.found, session, walked, namedObjects(labels), maxRows)
        return judge(context, asked.length + walked.length, [...missing, ...columns.missing], columns.cut)
      })
    } catch (error) {
      return outcomeOfFailure(error)
    }
  })
  if ((options.version === '3') !== (options.user !== undefined))
    throw badOption('option "user" must be given in version 3, and only there')
  return check
}

/** Asks for objects, and gives the names of those without a value. */
async function measureObjects(
  found: Findings,
  session: SnmpSession,
  objects: readonly NamedObject[],
): Promise<readonly string[]> {
  if (objects.length === 0) return []
  const half = Math.ceil(objects.length / 2)
  const both = async (): Promise<readonly string[]> => [
    ...(await measureObjects(found, session, objects.slice(0, half))),
    ...(await measureObjects(found, session, objects.slice(half))),
  ]
  if (objects.length > maxTogether) return both()
  const varbinds = await session.get(objects.map(({ oid }) => oid))
  // Too many for one answer, or in version 1 one of them is not there, and none is told then.
  if (typeof varbinds === 'number') return objects.length > 1 ? both() : objects.map(({ name }) => name)
  return objects.flatMap(({ name, kind }, at) => {
    const varbind = varbinds[at]
    return varbind !== undefined && measureVarbind(found, name, varbind, kind) ? [] : [name]
  })
}

/** Walks columns; gives the names of those without a value, and of those with more rows than are taken. */
async function measureColumns(
  found: Findings,
  session: SnmpSession,
  columns: readonly NamedObject[],
  labels: readonly NamedObject[],
  maxRows: number,
): Promise<{ readonly missing: readonly string[]; readonly cut: readonly string[] }> {
  const tags = new Map<string, Record<string, string>>()
  for (const { name, oid } of labels) {
    let rows = 0
    await session.walk(oid, (varbind) => {
      const label = textOf(varbind)
      const index = varbind.oid.slice(oid.length + 1)
      if (label !== undefined && label !== '') tags.set(index, { ...tags.get(index), [name]: label })
      rows += 1
      return rows < maxRows
    })
  }
  const missing: string[] = []
  const cut: string[] = []
  for (const { name, oid, kind } of columns) {
    let [rows, values] = [0, 0]
    await session.walk(oid, (varbind) => {
      rows += 1
      if (rows > maxRows) return false
      const index = varbind.oid.slice(oid.length + 1)
      if (measureVarbind(found, name, varbind, kind, { ...tags.get(index), index })) values += 1
      return true
    })
    if (values === 0) missing.push(name)
    if (rows > maxRows) cut.push(name)
  }
  return { missing, cut }
}

function judge(
  { found }: CheckContext,
  asked: number,
  missing: readonly string[],
  cut: readonly string[],
): CheckOutcome {
  if (missing.length === asked) return found.bad(`none of ${asked} objects has a value`)
  const faults = [
    ...(missing.length > 0
      ? [`${missing.length} of ${asked} objects have no value: ${missing.join(', ')}`]
      : []),
    ...(cut.length > 0 ? [`there are more rows than are taken of ${cut.join(', ')}`] : []),
  ]
  return faults.length === 0 ? found.good() : found.warning(faults.join('; '))
}
