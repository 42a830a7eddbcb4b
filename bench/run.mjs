// npm run bench: installs the peers, builds the packages, runs every suite in a process of its own, writes docs/benchmarks.md.
// npm run bench -- journal-replay: only the suites whose names begin so, printed and not written.
// BENCH_ROUNDS, BENCH_FOLDER (on the disk to measure), BENCH_BATCHES, BENCH_MS and BENCH_BACKLOG_BYTES make it shorter or longer;
// BENCH_JLOG, a folder in which jlog was built, adds it to the contenders.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'

import { isMemory, synchronousWrites } from './disk.mjs'
import { newFolder, removeFolder, rounds } from './measure.mjs'
import { milliseconds, section } from './render.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))
const flushedBytes = 4096

const { dependencies } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'))
const peers = Object.keys(dependencies)
if (!peers.every((name) => existsSync(`${here}node_modules/${name}`))) {
  console.log('Installing the peers (one of them compiles for a minute) …')
  execFileSync('npm', ['ci', '--loglevel=error'], { cwd: here, stdio: 'inherit' })
}
console.log('Building the packages …')
execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })

const folder = newFolder()
process.once('exit', () => removeFolder(folder))
// The suite that runs gets the signal too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

function runSuite(file) {
  // What the last one left to the operating system is not written during this one.
  spawnSync('sync')
  const started = performance.now()
  console.log(`${file} …`)
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', `${here}one.mjs`, file], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, BENCH_FOLDER: folder },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${file} ended with ${status}`)
  console.log(`  ${((performance.now() - started) / 1000).toFixed(0)} s`)
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n[') + 1))
}

const flush = async () => {
  const { figure, p99 } = await synchronousWrites(folder, 500, flushedBytes)
  return `${milliseconds(figure)} ms (p99 ${milliseconds(p99)} ms)`
}

const chosen = process.argv.slice(2)
const suites = readdirSync(`${here}suites`).filter(
  (file) => chosen.length === 0 || chosen.some((name) => file.startsWith(name)),
)
if (suites.length === 0) throw new Error(`no suite begins with ${chosen.join(' or ')}`)
if (isMemory(folder)) {
  console.log(`${folder} is in memory, where nothing is durable; set BENCH_FOLDER to a folder on a disk`)
}
const flushBefore = await flush()
const sections = suites.flatMap(runSuite).map(section)
const flushAfter = await flush()

const version = (name) => JSON.parse(readFileSync(`${here}node_modules/${name}/package.json`, 'utf8')).version
const page = `# Benchmarks

Written by \`npm run bench\`; run it on your own machine. Contenders take turns in one process, the first round is thrown away, and
the median and range of the ${rounds} others are shown. The last column says how many times as fast ours is; below 1 the peer is faster.

- Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}
- Disk: a bare write of ${flushedBytes} bytes with O_DSYNC into a file of zeros takes ${flushBefore} before the run and ${flushAfter} after it${isMemory(folder) ? '; it is in memory, and "durable" below means nothing' : ''}
- Node ${process.versions.node}; ${peers.map((name) => `${name} ${version(name)}`).join(', ')}

${sections.join('\n')}`

if (chosen.length === 0) {
  writeFileSync(`${root}docs/benchmarks.md`, page)
  console.log('docs/benchmarks.md written')
} else {
  console.log(page)
}
