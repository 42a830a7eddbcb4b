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
  listening: 'src/listening/index.ts',
  operators: 'src/operators/index.ts',
  'remote-write': 'src/remote-write/index.ts',
  sinks: 'src/sinks/index.ts',
  'to-remote-write': 'src/sinks/remote-write/index.ts',
  statsd: 'src/statsd/index.ts',
  testing: 'src/testing/index.ts',
  arbitraries: 'src/testing/arbitraries.ts',
})
