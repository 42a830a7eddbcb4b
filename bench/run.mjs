// npm run bench: installs the peers, builds the packages, runs every suite in a process of its own, writes docs/benchmarks.md.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))

if (!existsSync(`${here}node_modules`)) {
  console.log('Installing the peers (one of them compiles for a minute) …')
  execFileSync('npm', ['ci', '--loglevel=error'], { cwd: here, stdio: 'inherit' })
}
execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })

const chosen = process.argv.slice(2)
const suites = readdirSync(`${here}suites`).filter(
  (file) => chosen.length === 0 || chosen.some((name) => file.startsWith(name)),
)
const tables = suites.flatMap((file) => {
  console.log(`${file} …`)
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', `${here}one.mjs`, file], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${file} ended with ${status}`)
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n[') + 1))
})

const number = (value) =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)} M`
    : value >= 1e3
      ? `${(value / 1e3).toFixed(1)} k`
      : value.toFixed(1)
const ratio = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(2))

const sections = tables.map(({ title, unit, text, rows }) => {
  const alone = rows.length === 1
  const lines = rows.map(({ name, note, median, low, high }) => {
    const cells = [name, note, number(median), `${number(low)} – ${number(high)}`]
    return `| ${[...cells, ...(alone ? [] : [ratio(rows[0].median / median)])].join(' | ')} |`
  })
  const head = ['', 'how', `${unit}, median`, 'range', ...(alone ? [] : ['ours / this'])]
  const rule = ['---', '---', '---:', '---:', ...(alone ? [] : ['---:'])]
  return `## ${title}\n\n${text}\n\n| ${head.join(' | ')} |\n| ${rule.join(' | ')} |\n${lines.join('\n')}\n`
})

const version = (name) => JSON.parse(readFileSync(`${here}node_modules/${name}/package.json`, 'utf8')).version
const peers = Object.keys(JSON.parse(readFileSync(`${here}package.json`, 'utf8')).dependencies)
const page = `# Benchmarks

Written by \`npm run bench\`; run it on your own machine. Contenders take turns in one process, the first round is thrown away, and
the median and range of the others are shown. The last column says how many times as fast ours is; below 1 the peer is faster.

- Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}
- Node ${process.versions.node}; ${peers.map((name) => `${name} ${version(name)}`).join(', ')}

${sections.join('\n')}`

if (chosen.length === 0) {
  writeFileSync(`${root}docs/benchmarks.md`, page)
  console.log('docs/benchmarks.md written')
} else {
  console.log(page)
}
