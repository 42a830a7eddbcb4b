// Runs every check in order, counts them, and ends with one line `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const reports = mkdtempSync(join(tmpdir(), 'tocsin-ci-'))
const total = { passed: 0, failed: 0, skipped: 0 }

// What the long tests talk to.
const debianPackages = [
  ...['chromium', 'netcat-openbsd', 'curl'],
  // Faults of disks and processes: traced system calls, namespaces, small and loop-mounted file systems.
  ...['strace', 'util-linux', 'mount', 'e2fsprogs', 'perl'],
]

const vitest = (name, ...args) => {
  const report = join(reports, `${name}.json`)
  return {
    name,
    command: [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    count: () => {
      if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = JSON.parse(
        readFileSync(report, 'utf8'),
      )
      return {
        passed: numPassedTests,
        failed: numFailedTests || (success ? 0 : 1),
        skipped: numPendingTests + numTodoTests,
      }
    },
  }
}

const steps = [
  { name: 'install', command: ['npm', 'ci', '--loglevel=error'] },
  { name: 'lint', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'types', command: ['npm', 'run', '--silent', 'typecheck'] },
  // Packages, types, doc tests and examples; then what needs the programs above, and long loops.
  vitest('test', 'npm', 'test', '--silent', '--'),
  vitest('long', 'npm', 'run', '--silent', 'test:long', '--'),
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  { name: 'check:pack', command: ['npm', 'run', '--silent', 'check:pack'] },
  { name: 'knip', command: ['npm', 'run', '--silent', 'knip'] },
  { name: 'size', command: ['npm', 'run', '--silent', 'size'] },
  { name: 'docs:lint', command: ['npm', 'run', '--silent', 'docs:lint'] },
  { name: 'smoke', command: ['npm', 'run', '--silent', 'smoke'] },
]

installPeers()
for (const step of steps) {
  const started = Date.now()
  console.log(`\n=== ${step.name}: ${step.command.slice(0, 4).join(' ')}`)
  const { status } = spawnSync(step.command[0], step.command.slice(1), { stdio: 'inherit' })
  const counted = step.count?.() ?? { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 }
  if (status !== 0 && counted.failed === 0) counted.failed = 1
  for (const key of Object.keys(total)) total[key] += counted[key]
  console.log(
    `=== ${step.name}: ${status === 0 ? 'ok' : `exit ${status}`} in ${((Date.now() - started) / 1000).toFixed(1)} s`,
  )
  if (step.name === 'install' && status !== 0) break
}
rmSync(reports, { recursive: true, force: true })
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1

function installPeers() {
  const missing = debianPackages.filter(
    (name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status !== 0,
  )
  if (missing.length === 0) return
  console.log(`=== Debian packages: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
}
