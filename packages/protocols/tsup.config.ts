import { base } from '../../tsup.base.ts'

export default base({
  index: 'src/index.ts',
  checks: 'src/checks/index.ts',
  collectd: 'src/collectd/index.ts',
  engine: 'src/engine.ts',
  graphite: 'src/graphite/index.ts',
  host: 'src/host/index.ts',
  http: 'src/http/index.ts',
  'http-trap': 'src/http-trap/index.ts',
  influx: 'src/influx/index.ts',
  listening: 'src/listening/index.ts',
  nagios: 'src/nagios/index.ts',
  operators: 'src/operators/index.ts',
  sinks: 'src/sinks/index.ts',
  'sinks-graphite': 'src/sinks/graphite/index.ts',
  'sinks-influx': 'src/sinks/influx/index.ts',
  statsd: 'src/statsd/index.ts',
  testing: 'src/testing/index.ts',
  arbitraries: 'src/testing/arbitraries.ts',
})
