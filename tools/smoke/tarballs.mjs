// What a stranger finds in the installed packages: nothing of the repository's own, nothing that leads nowhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'

import { manifest, packages } from './app.mjs'

/** The packages with an engine, which imports neither rxjs nor anything of Node. */
const engines = ['rollup', 'fault', 'notify', 'protocols']

/** What a package is made of, beside `dist`. */
const allowed =
  /^(package\.json|README\.md|LICENSE|LICENSE\.noble-hashes|CHANGELOG\.md|FORMAT\.md|dist\/[^/]+\.(js|d\.ts|js\.map))$/

const secret = /tocsin-source|@tocsin\/core/

/** Each returns what is wrong with one package, in words. */
const checks = {
  files: ({ others }) =>
    [...new Set(others.map((file) => file.split('/')[0]))].map((what) => `${what} is published`),
  license: ({ files, read }) => {
    const inlined = files
      .filter((file) => file.endsWith('.js'))
      .map((file) => / see (LICENSE\.[\w-]+) of /.exec(read(file))?.[1])
    return ['LICENSE', ...new Set(inlined)]
      .filter((file) => file !== undefined && !files.includes(file))
      .map((file) => `no ${file}`)
  },
  // What is needed is inlined by the build, or a peer.
  dependencies: ({ own }) => Object.keys(own.dependencies ?? {}).map((name) => `depends on ${name}`),
  keywords: ({ own }) => (own.keywords?.length > 0 ? [] : ['no keywords']),
  targets: ({ own, files }) =>
    leaves([own.exports, own.bin, own.main, own.module, own.types, own.browser])
      .map((target) => normalize(target))
      .filter((target) => !files.includes(target))
      .map((target) => `package.json names ${target}, which is not there`),
  own: ({ files, read }) =>
    files
      .filter((file) => /\.(json|js|ts|md)$/.test(file))
      .filter((file) => secret.test(withoutComments(read(file))))
      .map((file) => `${file} names what is not published: ${secret.exec(withoutComments(read(file)))[0]}`),
  links: ({ files, read }) =>
    files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => relativeLinks(read(file)).map((link) => [file, link]))
      .filter(([, link]) => !files.includes(normalize(link)))
      .map(([file, link]) => `${file} links to ${link}, which is not there`),
  imports: ({ files, read }) =>
    files
      .filter((file) => /\.(js|ts)$/.test(file))
      .filter((file) => modulesOf(read(file)).some((module) => module.startsWith('@tocsin/')))
      .map((file) => `${file} imports another package`),
  mail: ({ name, own }) =>
    name !== 'notify' ||
    (own.peerDependencies?.nodemailer === '>=6.0.0' && own.peerDependenciesMeta?.nodemailer?.optional)
      ? []
      : ['nodemailer is no optional peer of >=6.0.0'],
  engine: ({ name, read }) =>
    (engines.includes(name) ? ['engine.js', 'engine.d.ts'] : []).flatMap((file) =>
      outside(read, file).map((module) => `${file} imports ${module}`),
    ),
}

/** Paths that an `exports` or `bin` names, at whatever depth. */
const leaves = (value) =>
  typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap((inner) => leaves(inner))

const withoutComments = (text) => text.replace(/^\/\/.*$/gm, '')

const relativeLinks = (text) =>
  [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, link]) => link)

/** What a built file imports, or has its types of. */
const modulesOf = (text) =>
  [
    ...text.matchAll(/(?:^(?:import|export)\b[^'"]*|\bimport\(|^\/\/\/ <reference types=)['"]([^'"]+)['"]/gm),
  ].map(([, module]) => module)

/** Modules outside the package that a built file imports, also through its other files. */
function outside(read, file, seen = new Set()) {
  if (seen.has(file)) return []
  seen.add(file)
  // Types name the file of code beside them.
  const beside = (module) => (file.endsWith('.d.ts') ? module.replace(/\.js$/, '.d.ts') : module)
  return modulesOf(read(`dist/${file}`)).flatMap((module) =>
    module.startsWith('./') ? outside(read, beside(module.slice(2)), seen) : [module],
  )
}

/** Throws with all that is wrong. */
export function checkTarballs(app) {
  const installed = readdirSync(join(app, 'node_modules/@tocsin')).sort().join()
  const wrong = installed === [...packages].sort().join() ? [] : [`installed are ${installed}`]
  for (const name of packages) {
    const folder = join(app, 'node_modules/@tocsin', name)
    if (!existsSync(folder)) continue
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    const read = (file) => readFileSync(join(folder, file), 'utf8')
    const files = found.filter((file) => allowed.test(file))
    const others = found.filter((file) => !allowed.test(file))
    const published = { name, own: manifest(app, name), files, others, read }
    for (const check of Object.values(checks))
      wrong.push(...check(published).map((what) => `${name}: ${what}`))
  }
  if (wrong.length > 0) throw new Error(`the tarballs are wrong:\n  ${wrong.join('\n  ')}`)
}
