import { type Defined, buildSeries, optional, type Sample, type SampleKind, wholeNumber } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { badOption } from '../../errors.ts'
import type { Check, CheckContext } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import type { Connection } from '../exchange/connection.ts'
import { converse } from '../exchange/converse.ts'
import { type SecureTargetOptions, targetCheck } from '../exchange/target-check.ts'
import { isTls, type TlsOptions } from '../exchange/target.ts'
import { quoted } from '../quoted.ts'
import { measuredValue } from '../values/read-number.ts'
import { createMuninPlugin, maxFields, type MuninPlugin, type MuninType } from './munin-plugin.ts'

/** How {@link muninCheck} looks. */
export interface MuninCheckOptions extends SecureTargetOptions {
  /**
   * Whether to go over to TLS by STARTTLS, and how. A node that does not is bad.
   * @defaultValue false
   */
  readonly starttls?: boolean | TlsOptions | undefined
  /**
   * Which plugins to ask.
   * @defaultValue all that the node lists
   */
  readonly plugins?: readonly string[] | undefined
  /**
   * Whose plugins to list, where a node speaks for several hosts.
   * @defaultValue its own
   */
  readonly node?: string | undefined
  /**
   * Most bytes to receive from all plugins together.
   * @defaultValue 8388608
   */
  readonly maxBytes?: number | undefined
}

/** The defaults of {@link muninCheck}. */
export const defaultMuninCheckOptions: Readonly<Defined<Pick<MuninCheckOptions, 'port' | 'maxBytes'>>> =
  Object.freeze({
    port: 4949,
    maxBytes: 8 * 1024 * 1024,
  })

/**
 * A check of a munin node: it asks its plugins for their values.
 *
 * Metrics: each value of a plugin by the names of plugin and field, `` load`load ``, and where it has several graphs by that of the graph,
 * `` diskstats_iops.sda`rdio ``; of the type that the plugin says: GAUGE is a gauge, COUNTER and DERIVE are counters, ABSOLUTE is a delta;
 * with the time that the plugin says. What is unknown (`U`) is left out. The banner as text `banner`, and the gauges `plugins` and
 * `plugins_failed`. And those of the connection, see `converse`.
 *
 * The state is a warning where some plugins gave no value, and bad where none did.
 */
export function muninCheck(options: MuninCheckOptions): Check {
  const { port, maxBytes } = defaultMuninCheckOptions
  const kind = {
    kind: 'munin',
    port,
    defaults: { starttls: false, plugins: undefined, node: undefined, maxBytes } as Own,
    checks: {
      starttls: isTls,
      plugins: optional((value) =>
        Array.isArray(value) && value.length > 0 && value.every(isName)
          ? undefined
          : 'a list of names of plugins',
      ),
      node: optional((value) => (isName(value) ? undefined : 'a name without blanks')),
      maxBytes: wholeNumber(1024),
    },
  }
  const check = targetCheck(kind, options, (context, target) =>
    converse(context, target, async (connection) => {
      const { starttls, node } = target
      const banner = await connection.line()
      if (!banner.startsWith('# munin node at '))
        throw answeredBadly(`expected a munin node, got ${quoted(banner)}`)
      context.found.text('banner', banner)
      if (starttls !== false) {
        connection.send('STARTTLS\n')
        const said = await connection.line()
        if (said !== 'TLS OK') throw answeredBadly(`STARTTLS was answered by ${quoted(said)}`)
        await connection.startTls(starttls === true ? {} : starttls)
      }
      connection.send('cap multigraph dirtyconfig\n')
      const said = await connection.line()
      // A node that is older than them says so, and is asked without them.
      if (!/^(cap|# Unknown command)/.test(said)) throw answeredBadly(`cap was answered by ${quoted(said)}`)
      const plugins = target.plugins ?? (await listPlugins(connection, node))
      const outcome = await askPlugins(context, connection, plugins)
      connection.send('quit\n')
      return outcome
    }),
  )
  if (isOn(options.tls) && isOn(options.starttls))
    throw badOption('options "tls" and "starttls" exclude each other; "tls" is TLS from the first byte')
  return check
}

type Own = Pick<MuninCheckOptions, 'plugins' | 'node'> & {
  readonly starttls: boolean | TlsOptions
  readonly maxBytes: number
}

const isOn = (tls: unknown): boolean => tls !== undefined && tls !== false

const isName = (value: unknown): boolean => typeof value === 'string' && /^\S+$/.test(value)

async function listPlugins(connection: Connection, node: string | undefined): Promise<readonly string[]> {
  connection.send(node === undefined ? 'list\n' : `list ${node}\n`)
  const said = await connection.line()
  if (said.startsWith('#')) throw answeredBadly(`list was answered by ${quoted(said)}`)
  return said.split(' ').filter((name) => name !== '')
}

async function askPlugins(
  context: CheckContext,
  connection: Connection,
  names: readonly string[],
): Promise<CheckOutcome> {
  const { found } = context
  const failed: string[] = []
  let leftOut = 0
  found.gauge('plugins', names.length)
  for (const name of names) {
    const plugin = createMuninPlugin(name)
    for (const command of ['config', 'fetch']) {
      // Some tell their values with their types, and of others there is nothing to hope for.
      if (plugin.told > 0 || plugin.fault !== undefined) break
      connection.send(`${command} ${name}\n`)
      plugin.begin()
      for (let line = await connection.line(); line !== '.'; line = await connection.line()) plugin.take(line)
    }
    leftOut += await measure(context, plugin)
    if (plugin.told === 0) failed.push(`${name}${plugin.fault === undefined ? '' : ` (${plugin.fault})`}`)
  }
  found.gauge('plugins_failed', failed.length)
  if (names.length === 0) return found.bad('it has no plugins')
  const beyond =
    leftOut === 0 ? '' : `; ${leftOut} values are beyond the ${maxFields} of one plugin that are taken`
  if (failed.length === 0) return found.good(`good${beyond}`)
  const status = `${failed.length} of ${names.length} plugins gave no value: ${quoted(failed.join(', '))}${beyond}`
  return failed.length === names.length ? found.bad(status) : found.warning(status)
}

const kinds: Readonly<Record<MuninType, SampleKind>> = {
  GAUGE: 'gauge',
  COUNTER: 'counter',
  DERIVE: 'counter',
  ABSOLUTE: 'delta',
}

/** Measures the values of a plugin, and gives how many it left out. */
async function measure({ found, now, signal }: CheckContext, plugin: MuninPlugin): Promise<number> {
  const slices = new Slices()
  for (const { metric, type, value, time = now() } of plugin.values()) {
    const series = buildSeries(metric)
    // A name that cannot be one is counted where gauges are taken.
    if (series.ok)
      found.add([{ series: series.value, time, kind: kinds[type], ...measuredValue(value) } as Sample])
    else found.gauge(metric, value)
    if (!slices.isOver) continue
    await slices.pause()
    signal.throwIfAborted()
  }
  return plugin.leftOut
}
