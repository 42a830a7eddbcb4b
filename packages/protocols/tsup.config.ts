import type { Options } from 'tsup'

import { base } from '../../tsup.base.ts'

const entries = {
  index: 'src/index.ts',
  checks: 'src/checks/index.ts',
  'checks-exchange': 'src/checks/exchange/index.ts',
  'checks-snmp': 'src/checks/snmp/index.ts',
  'checks-ssh': 'src/checks/ssh/index.ts',
  collectd: 'src/collectd/index.ts',
  engine: 'src/engine.ts',
  graphite: 'src/graphite/index.ts',
  host: 'src/host/index.ts',
  http: 'src/http/index.ts',
  'http-trap': 'src/http-trap/index.ts',
  influx: 'src/influx/index.ts',
  listening: 'src/listening/index.ts',
  nagios: 'src/nagios/index.ts',
  meter: 'src/meter/index.ts',
  operators: 'src/operators/index.ts',
  prometheus: 'src/prometheus/index.ts',
  sinks: 'src/sinks/index.ts',
  'sinks-graphite': 'src/sinks/graphite/index.ts',
  'sinks-influx': 'src/sinks/influx/index.ts',
  'remote-write': 'src/remote-write/index.ts',
  'sinks-remote-write': 'src/sinks/remote-write/index.ts',
  statsd: 'src/statsd/index.ts',
  testing: 'src/testing/index.ts',
  arbitraries: 'src/testing/arbitraries.ts',
}
const options = base({ ...entries, command: 'src/command/main.ts' })
const dts = typeof options.dts === 'object' ? options.dts : {}

// The command has no types to offer.
const config: Options = { ...options, dts: { ...dts, entry: entries } }
export default config
