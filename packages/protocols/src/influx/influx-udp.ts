import { type Checks, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { lineDefaults, lineSource, type ResolvedLines } from '../listening/line-source.ts'
import { listenChecks, type ListenOptions } from '../listening/listen-options.ts'
import type { Source } from '../source/source.ts'
import {
  createInfluxParser,
  defaultInfluxParser,
  influxParserChecks,
  type InfluxParserOptions,
} from './influx-parser.ts'
import type { InfluxPrecision } from './influx-time.ts'

/** Where {@link influxUdp} listens, its limits, and what its timestamps count. */
export interface InfluxUdpOptions extends Omit<ListenOptions, 'transport' | 'tls'>, InfluxParserOptions {
  /**
   * What carries it: datagrams alone.
   * @defaultValue `'udp'`
   */
  readonly transport?: 'udp' | undefined
}

type ResolvedInfluxUdp = ResolvedLines & { readonly precision: InfluxPrecision }

/** The defaults of {@link influxUdp}. */
export const defaultInfluxUdpOptions: ResolvedInfluxUdp = Object.freeze({
  ...lineDefaults(8089, 'udp'),
  ...defaultInfluxParser,
})

const checks: Checks<ResolvedInfluxUdp> = { ...listenChecks(['udp']), ...influxParserChecks }

/**
 * Listens for line protocol in datagrams, as InfluxDB's `[[udp]]` does. See {@link createInfluxParser} for what it reads. There is no
 * such listener for streams, in which a line feed may be that of a text: {@link influx} takes those.
 *
 * - Emits: each value as it arrives.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: `maxNameBytes` of names.
 * - Time: the line's own; `clock` at arrival where it has none.
 */
export function influxUdp(options: InfluxUdpOptions = {}): Source<Sample> {
  const resolved = resolveOptions<ResolvedInfluxUdp>(defaultInfluxUdpOptions, options, checks, badOption)
  const { precision } = resolved
  return lineSource('influxUdp', resolved, (limits) => createInfluxParser({ ...limits, precision }))
}
