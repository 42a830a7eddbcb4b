import { badOption } from '../errors.ts'

/** The names of the values of a type, by the type. */
export type TypesDb = ReadonlyMap<string, readonly string[]>

/** The types of collectd 5.12 that have more than one value. */
const wellKnown: readonly (readonly [names: string, types: string])[] = [
  ['rx tx', 'ib_octets ib_packets if_dropped if_errors if_octets if_packets io_octets io_packets'],
  ['rx tx', 'memcached_octets mysql_octets node_octets serial_octets'],
  ['vf_rx vf_tx', 'vf_bytes vf_dropped vf_packets'],
  ['read write', 'arc_l2_bytes disk_latency disk_merged disk_octets disk_ops disk_time io_ops'],
  ['read write', 'ps_disk_octets ps_disk_ops'],
  ['io_time weighted_io_time', 'disk_io_time'],
  ['minflt majflt', 'ps_pagefaults vmpage_faults'],
  ['in out', 'vmpage_io'],
  ['user syst', 'ps_cputime'],
  ['processes threads', 'ps_count'],
  ['shortterm midterm longterm', 'load'],
  ['used free', 'df'],
  ['uncompressed compressed', 'compression'],
  ['queries responses', 'dns_octets'],
  ['state reason', 'domain_state'],
  ['value threshold', 'voltage_threshold'],
  ['current worst threshold pretty', 'smart_attribute'],
  ['demand_data demand_metadata prefetch_data prefetch_metadata', 'arc_counts'],
  ['current target minlimit maxlimit', 'arc_size'],
  ['hits inserts not_cached lowmem_prunes queries_in_cache', 'mysql_qcache'],
  ['running connected cached created', 'mysql_threads'],
]

const source = /^([^:]+):(?:GAUGE|COUNTER|DERIVE|ABSOLUTE):[^:]+:[^:]+$/i

/** Reads lines of a types.db, `type name:KIND:min:max, …`, in addition to the well-known types. Throws where a line is none. */
export function readTypesDb(text: string): TypesDb {
  const types = new Map<string, readonly string[]>()
  for (const [names, known] of wellKnown)
    for (const type of known.split(' ')) types.set(type, names.split(' '))
  for (const [index, line] of text.split('\n').entries()) {
    const [type, ...sources] = line
      .trim()
      .split(/[\s,]+/)
      .filter((word) => word !== '')
    if (type === undefined || type.startsWith('#')) continue
    const names = sources.map((one) => source.exec(one)?.[1])
    if (names.length === 0 || names.includes(undefined))
      throw badOption(`option "typesDb", line ${index + 1}, must be "type name:KIND:min:max, …"`)
    types.set(
      type,
      names.filter((name) => name !== undefined),
    )
  }
  return types
}
