// Installs the packed tarballs into an empty folder, as a stranger would, and uses them from ESM, CommonJS and TypeScript.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const names = ['journal', 'rollup', 'fault', 'notify', 'protocols']
/** The packages with an engine, and what it may import; never rxjs or a module of Node. */
const engines = { rollup: [], fault: [], notify: [], protocols: [] }
const folder = mkdtempSync(join(tmpdir(), 'tocsin-pack-'))
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

/** Modules outside the package that a built file imports, also through the other files of the package. */
function outside(dist, file, seen = new Set()) {
  if (seen.has(file)) return []
  seen.add(file)
  const text = readFileSync(join(dist, file), 'utf8')
  const modules = [...text.matchAll(/^(?:import|export)\b[^'"]*['"]([^'"]+)['"]/gm)].map(
    ([, module]) => module,
  )
  return modules.flatMap((module) =>
    module.startsWith('./') ? outside(dist, besideTypes(file, module.slice(2)), seen) : [module],
  )
}

/** Types name the file of code beside them. */
const besideTypes = (file, module) => (file.endsWith('.d.ts') ? module.replace(/\.js$/, '.d.ts') : module)

const pipeline = `
const { openJournal, ackAfter } = journalPackage
const { sampleCodec } = samplesPackage
const { openRollupStore } = rollupStorePackage
const { evaluate, ruleSet } = faultPackage
const { notify } = notifyPackage
const { series } = protocolsPackage
const { from, lastValueFrom, take } = rxjsPackage
const cpu = series('cpu', { host: 'a' })
const samples = [50, 99].map((value, index) => ({ series: cpu, time: 60_000 + index * 1000, value, kind: 'gauge' }))
const main = async () => {
  const journal = await openJournal(folder + '/journal', { codec: sampleCodec() })
  await journal.appendBatch(samples)
  const store = await openRollupStore(folder + '/rollups')
  const storage = await journal.subscriber('storage', { from: 'oldest' })
  await lastValueFrom(storage.batches().pipe(take(1), ackAfter((batch) => store.write(batch))))
  const [fetched] = await store.fetch({ select: '__name:cpu', from: 60_000, to: 120_000, period: '1m', value: 'average' })
  await store.close()
  await journal.close()
  const told = []
  const rules = [ruleSet('cpu').select('__name:cpu').above(95, 1).build()]
  await new Promise((resolve, reject) => {
    from(samples).pipe(
      evaluate(rules, { open: [], scheduler: { now: () => 62_000, schedule: () => ({ unsubscribe() {} }) } }),
    ).subscribe({ next: (event) => told.push(event.type), complete: resolve, error: reject })
  })
  if (fetched?.values[0] !== 74.5) throw new Error('rollup gave ' + JSON.stringify(fetched))
  if (told.join() !== 'opened') throw new Error('fault gave ' + told.join())
  if (typeof notify !== 'function') throw new Error('notify is missing')
}
main().catch((error) => { console.error(error); process.exitCode = 1 })
`

try {
  const tarballs = names.map((name) =>
    join(
      folder,
      run('npm', ['pack', '--silent', '--pack-destination', folder], join(root, 'packages', name)).trim(),
    ),
  )
  mkdirSync(join(folder, 'app'))
  const app = join(folder, 'app')
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }))
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', 'rxjs@7', ...tarballs],
    app,
  )

  const installed = readdirSync(join(app, 'node_modules', '@tocsin'))
    .sort()
    .join()
  if (installed !== [...names].sort().join()) throw new Error(`installed ${installed}`)
  for (const name of names) {
    const dist = join(app, 'node_modules', '@tocsin', name, 'dist')
    for (const file of readdirSync(dist).filter((file) => !file.endsWith('.map'))) {
      if (/^(import|export) .*["']@tocsin\//m.test(readFileSync(join(dist, file), 'utf8')))
        throw new Error(`${name}/${file} imports another package`)
    }
  }

  for (const [name, allowed] of Object.entries(engines)) {
    const dist = join(app, 'node_modules', '@tocsin', name, 'dist')
    for (const file of ['engine.js', 'engine.d.ts']) {
      const wrong = outside(dist, file).filter((module) => !allowed.includes(module))
      if (wrong.length > 0) throw new Error(`${name}/${file} imports ${wrong.join()}`)
    }
  }

  const entries = [
    ...names.map((name) => [name, `@tocsin/${name}`]),
    ...['link', 'reader', 'samples'].map((name) => [name, `@tocsin/journal/${name}`]),
    ...['rollup', 'notify'].map((name) => [`${name}Store`, `@tocsin/${name}/store`]),
    ...Object.keys(engines).map((name) => [`${name}Engine`, `@tocsin/${name}/engine`]),
  ]
  const esm = entries.map(([name, path]) => `import * as ${name}Package from '${path}'`).join('\n')
  const cjs = entries.map(([name, path]) => `const ${name}Package = require('${path}')`).join('\n')
  const state = (kind) => `const folder = ${JSON.stringify(join(folder, `state-${kind}`))}`
  writeFileSync(
    join(app, 'esm.mjs'),
    `${esm}\nimport * as rxjsPackage from 'rxjs'\n${state('esm')}\n${pipeline}`,
  )
  writeFileSync(
    join(app, 'cjs.cjs'),
    `${cjs}\nconst rxjsPackage = require('rxjs')\n${state('cjs')}\n${pipeline}`,
  )
  run(process.execPath, ['esm.mjs'], app)
  run(process.execPath, ['cjs.cjs'], app)
  const verified = run(
    'npx',
    ['--no-install', '@tocsin/journal', 'verify', join(folder, 'state-esm', 'journal')],
    app,
  )
  if (!verified.includes('no damage')) throw new Error(`the command of journal said ${verified}`)

  writeFileSync(
    join(app, 'types.ts'),
    `${entries.map(([name, path]) => `export * as ${name}Package from '${path}'`).join('\n')}\n`,
  )
  writeFileSync(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'NodeNext',
        target: 'ES2023',
        lib: ['ES2023', 'ESNext.Disposable'],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: ['types.ts'],
    }),
  )
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], app)
  console.log(`pack smoke: ${names.length} tarballs work from ESM, CommonJS and TypeScript`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
