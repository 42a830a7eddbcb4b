// Runs every check in order, counts them, and ends with one line `N passed, N failed, N skipped`.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const reports = mkdtempSync(join(tmpdir(), 'tocsin-ci-'))
const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []

// What the long tests talk to.
const debianPackages = [
  // Relays and a store of Graphite.
  ...['carbon-c-relay', 'graphite-carbon', 'victoria-metrics'],
  // What scrapes pages, and a page of its own.
  ...['prometheus', 'prometheus-node-exporter'],
  // A destination of samples.
  'influxdb',
  // What checks look at: the web, stores, agents, names and time, mail, queues.
  ...['nginx-light', 'apache2', 'haproxy', 'squid', 'varnish', 'php-fpm'],
  ...['postgresql', 'mariadb-server', 'redis-server', 'memcached', 'slapd'],
  ...['munin-node', 'nagios-nrpe-server', 'monitoring-plugins-basic', 'snmpd', 'openssh-server', 'fping'],
  'iputils-ping',
  ...['bind9', 'dnsmasq', 'chrony', 'postfix', 'dovecot-imapd', 'dovecot-pop3d'],
  ...['rabbitmq-server', 'nats-server', 'prometheus-blackbox-exporter'],
  // Certificates of links.
  'openssl',
  ...['chromium', 'fonts-liberation', 'netcat-openbsd', 'curl'],
  // The last three are libraries of collectd's network and write_http.
  ...['collectd-core', 'libgcrypt20', 'libcurl3-gnutls', 'libyajl2'],
  // Faults of disks and processes: traced system calls, namespaces, small and loop-mounted file systems.
  ...['strace', 'util-linux', 'iproute2', 'mount', 'e2fsprogs', 'perl'],
]

const vitest = (name, ...args) => {
  const report = join(reports, `${name}.json`)
  return {
    name,
    command: [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    count: () => {
      if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
      const { testResults, numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } =
        JSON.parse(readFileSync(report, 'utf8'))
      failures.push(...testResults.flatMap(failuresOf))
      return {
        passed: numPassedTests,
        failed: numFailedTests || (success ? 0 : 1),
        skipped: numPendingTests + numTodoTests,
      }
    },
  }
}

const npm = (name) => ({ name, command: ['npm', 'run', '--silent', name] })

// One row after the other. The lanes of a row run side by side, the steps of a lane one after the other; the tests run alone.
const rows = [
  [[{ name: 'install', command: ['npm', 'ci', '--loglevel=error'] }]],
  // Reading the types for the rules takes as long as all of the other lane.
  [[npm('lint:code')], [npm('typecheck'), npm('lint:format'), npm('docs:lint'), npm('knip')]],
  // Packages, types, doc tests and examples, and how much of the engines they run; then what needs the programs above, and long loops.
  [[vitest('test', 'npm', 'run', '--silent', 'coverage', '--')]],
  [[vitest('long', 'npm', 'run', '--silent', 'test:long', '--')]],
  [[npm('build')]],
  [[npm('check:pack'), npm('size')], [npm('smoke')]],
]

installPeers()
for (const row of rows) {
  const passed = await Promise.all(row.map((lane) => runLane(lane, row.length === 1)))
  if (row === rows[0] && !passed[0]) break
}
rmSync(reports, { recursive: true, force: true })
// Said again at the end, where a long record is read first.
for (const failure of failures) console.log(`\nfailed: ${failure}`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1

async function runLane(steps, alone) {
  let passed = true
  for (const step of steps) passed = (await run(step, alone)) && passed
  return passed
}

/** Runs a step and counts it; what runs beside others prints all at once, when it is done. */
async function run({ name, command: [program, ...words], count }, alone) {
  const started = Date.now()
  const heading = `\n=== ${name}: ${[program, ...words.slice(0, 3)].join(' ')}\n`
  if (alone) process.stdout.write(heading)
  const printed = []
  const child = spawn(program, words, { stdio: [alone ? 'inherit' : 'ignore', 'pipe', 'pipe'] })
  for (const stream of ['stdout', 'stderr'])
    child[stream].on('data', (chunk) => {
      printed.push(chunk)
      if (alone) process[stream].write(chunk)
    })
  const status = await new Promise((resolve) => {
    child.on('error', () => resolve('no program'))
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  const passed = status === 0
  const counted = count?.() ?? { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }
  if (!passed && counted.failed === 0) counted.failed = 1
  const output = Buffer.concat(printed)
  if (!passed)
    failures.push(
      [`${name} (${[program, ...words.slice(0, 3)].join(' ')})`, ...coverageErrors(output)].join('\n'),
    )
  for (const key of Object.keys(total)) total[key] += counted[key]
  const verdict = `${passed ? 'ok' : `exit ${status}`} in ${((Date.now() - started) / 1000).toFixed(1)} s`
  process.stdout.write(`${alone ? '' : heading + output}=== ${name}: ${verdict}\n`)
  return passed
}

/** What failed in one file of tests: each test by its name, or the file itself where it could not be run. */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (failed.length === 0) return status === 'failed' ? [`${name}\n${message}`] : []
  return failed.map(({ fullName, failureMessages }) => `${name}: ${fullName}\n${failureMessages.join('\n')}`)
}

/** A run may fail though no test does: where a folder is run less than it must be. */
function coverageErrors(output) {
  const lines = stripVTControlCharacters(output.toString()).split('\n')
  return lines.filter((line) => line.startsWith('ERROR: Coverage'))
}

function installPeers() {
  const missing = debianPackages.filter(
    (name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status !== 0,
  )
  if (missing.length === 0) return
  console.log(`=== Debian packages: ${missing.join(' ')}`)
  // In this runlevel no package starts its service: the tests start their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
}
