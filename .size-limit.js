// The packages run in Node: its modules are outside, as rxjs is.
// `import '…/dist/index.js'` beside the measured name has no effect, on purpose: a warning for each would bury the sizes.
const modifyEsbuildConfig = (config) => ({ ...config, platform: 'node', logLevel: 'error' })

const budget = (name, file, what, limit) => ({
  name,
  path: `packages/${file}`,
  import: what,
  limit,
  ignore: ['rxjs', 'nodemailer', 'net-snmp', 'ssh2'],
  modifyEsbuildConfig,
})

export default [
  // Records encoded at the call, writes of several frames and of runs of them, histories, and one reading of the tail for all that follow it.
  budget('journal', 'journal/dist/index.js', '*', '39.8 kB'),
  // The protocol, its sessions, runs of small frames, TLS, dialing and listening.
  budget('journal: link', 'journal/dist/link.js', '*', '24.2 kB'),
  budget('journal: reader', 'journal/dist/reader.js', '*', '20.8 kB'),
  budget('journal: samples', 'journal/dist/samples.js', '*', '7.2 kB'),
  // Sums of decimals, counters that run over, time averages, and late samples with their place among others.
  budget('rollup', 'rollup/dist/index.js', '*', '12.7 kB'),
  // Columns, the log of samples, the lock, compaction; a tenth is the conversion of folders of 0.1.0.
  budget('rollup: store', 'rollup/dist/store.js', '*', '54 kB'),
  budget('rollup: rollup()', 'rollup/dist/index.js', '{ rollup }', '9.5 kB'),
  budget('rollup: engine', 'rollup/dist/engine.js', '*', '10 kB'),
  // Windows of every term, groups, sources, reload, snapshot, and the sentences about events and wrong rules.
  budget('fault', 'fault/dist/index.js', '*', '59.4 kB'),
  budget('fault: engine', 'fault/dist/engine.js', '*', '52.3 kB'),
  budget('fault: rules', 'fault/dist/rules.js', '*', '1.5 kB'),
  // The engine, and what runs it; a sixth is what explains: lint, simulation, history, sentences.
  budget('notify', 'notify/dist/index.js', '*', '36.5 kB'),
  budget('notify: notify()', 'notify/dist/index.js', '{ notify }', '30.6 kB'),
  // The record log, the lock, the check and rescue of a folder; a part is the reading of folders of 0.1.0.
  budget('notify: store', 'notify/dist/store.js', '*', '18.4 kB'),
  // What dials by itself and looks at each address before.
  budget('notify: email', 'notify/dist/email.js', '*', '8.5 kB'),
  budget('notify: webhook', 'notify/dist/webhook.js', '*', '7.5 kB'),
  budget('notify: engine', 'notify/dist/engine.js', '*', '25.7 kB'),
  // A third is the source: batches, demand, problems.
  budget('protocols: meter', 'protocols/dist/meter.js', '*', '7.2 kB'),
  budget('protocols', 'protocols/dist/index.js', '*', '5 kB'),
  // Half is what runs checks and reads what they give; no names, no sockets.
  budget('protocols: host', 'protocols/dist/host.js', '*', '12 kB'),
  budget('protocols: statsd', 'protocols/dist/statsd.js', '*', '17.6 kB'),
  budget('protocols: httpTrap', 'protocols/dist/http-trap.js', '*', '18.3 kB'),
  budget('protocols: nagios', 'protocols/dist/nagios.js', '*', '5.4 kB'),
  // The mechanism of all sinks, and a connection on which things settle.
  budget('protocols: toGraphite', 'protocols/dist/sinks-graphite.js', '*', '6.6 kB'),
  // All parsers, and what decides which check runs when.
  budget('protocols: engine', 'protocols/dist/engine.js', '*', '47.5 kB'),
  // The runner, the resolver, the exchange, and over twenty checks with their protocols.
  budget('protocols: checks', 'protocols/dist/checks.js', '*', '62.5 kB'),
  budget('protocols: checks()', 'protocols/dist/checks.js', '{ checks, pollCheck }', '32 kB'),
  // Connections, TLS with its certificate, datagrams; what a target may be.
  budget('protocols: exchange', 'protocols/dist/checks-exchange.js', '*', '5 kB'),
  // The exchange, and what is said in it; the packages stay outside.
  budget('protocols: snmpCheck', 'protocols/dist/checks-snmp.js', '*', '5.5 kB'),
  budget('protocols: sshCheck', 'protocols/dist/checks-ssh.js', '*', '5.5 kB'),
  // The parser of both formats, their writers, the page with its server; half is `scrape`: the runner of checks and the exchange.
  budget('protocols: prometheus', 'protocols/dist/prometheus.js', '*', '48.7 kB'),
  budget('protocols: influx', 'protocols/dist/influx.js', '*', '18.1 kB'),
  budget('protocols: toInflux', 'protocols/dist/sinks-influx.js', '*', '8 kB'),
]
