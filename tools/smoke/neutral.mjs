// Bundles the entries that run anywhere for no platform at all, from the built packages, and runs the bundle where nothing is but
// what every browser and every edge runtime has. Their types are compiled without those of Node.
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, Script } from 'node:vm'

import { build } from 'esbuild'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))
const entries = ['rollup', 'fault', 'notify'].flatMap((name) => [
  `@tocsin/${name}`,
  `@tocsin/${name}/engine`,
  `@tocsin/${name}/testing`,
])
entries.push('@tocsin/protocols', '@tocsin/protocols/engine', '@tocsin/fault/rules')

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

/** A request as a webhook sends it; its receiver may be anywhere. */
function signedRequest(body) {
  const [id, timestamp] = ['msg-1', String(Math.floor(Date.now() / 1000))]
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
  return { body, headers }
}

const program = `
import { createGraphiteParser, createHttpTrapParser, createStatsdParser } from '@tocsin/protocols/engine'
import { rollup } from '@tocsin/rollup'
import { createWindowEngine } from '@tocsin/rollup/engine'
import { evaluate } from '@tocsin/fault'
import { createFaultEngine } from '@tocsin/fault/engine'
import { samples, virtualTime } from '@tocsin/fault/testing'
import { memoryNotifyStore, notify, verifyWebhook } from '@tocsin/notify'
import { createNotifyEngine } from '@tocsin/notify/engine'
import { recordingNotifier } from '@tocsin/notify/testing'
import { samples as rollupSamples } from '@tocsin/rollup/testing'
import { concatWith, from, lastValueFrom, NEVER, of, takeWhile, tap, toArray } from 'rxjs'

const secret = '${secret}'
const rules = [{ id: 'load', select: '__name:queue', rules: [{ when: { above: 100 }, severity: 1 }] }]
const policy = { groups: { ops: { notifiers: ['hook'] } }, routes: [{ group: 'ops', severities: [1] }] }

function parsed(now) {
  const found = []
  const sink = { sample: (sample) => found.push(sample), problem: ({ reason }) => found.push(reason) }
  const bytes = (text) => new TextEncoder().encode(text)
  createStatsdParser().parse(bytes('queue:120|g\\nqueue:?|g'), now, sink)
  createGraphiteParser().parse(bytes('disk.used;host=a 97 ' + Math.floor(now / 1000) + '\\n'), now, sink)
  createHttpTrapParser().parse(bytes('{"cpu":{"user":12.5}}'), now, sink)
  return found
}

/** What a receiver thinks of a request, and of one that was changed on its way. */
function verdictsOn({ body, headers }) {
  return [verifyWebhook(body, headers, secret).ok, verifyWebhook(body + ' ', headers, secret).ok]
}

async function main() {
  const found = parsed(Date.now())
  const given = found.filter((sample) => typeof sample !== 'string')
  const windows = await lastValueFrom(from(given).pipe(rollup({ windows: ['1m'] }), toArray()))
  const subjects = []
  const hook = { send: async ({ subject }) => void subjects.push(subject) }
  const commands = of({ type: 'acknowledge', by: 'me' })
  const events = []
  const told = from([...given, null]).pipe(
    concatWith(NEVER),
    evaluate(rules, { open: [] }),
    notify(policy, { store: memoryNotifyStore(), notifiers: { hook }, commands }),
    tap(({ type }) => events.push(type)),
    takeWhile(({ type }) => type !== 'delivered' && type !== 'dead'),
  )
  await lastValueFrom(told, { defaultValue: undefined })
  const time = virtualTime()
  const silent = []
  const absent = [{ id: 'alive', select: '__name:beat', rules: [{ when: { absentFor: '2m' }, severity: 2 }] }]
  samples('beat 1 _*30 @10s').pipe(evaluate(absent, { open: [] })).subscribe(({ type, time }) => silent.push(type + ' ' + time))
  await time.run()
  time.end()
  console.log(JSON.stringify({
    parsed: found.map((sample) => (typeof sample === 'string' ? sample : sample.series.key)),
    windows: windows.map(({ type, series }) => type + ' ' + series.key).sort(),
    events,
    subjects,
    verdicts: verdictsOn(${JSON.stringify(signedRequest('{"test":1}'))}),
    silent,
    engines: [createWindowEngine, createFaultEngine, createNotifyEngine, recordingNotifier, rollupSamples].every((each) => typeof each === 'function'),
  }))
}
main().catch((error) => console.log(String(error?.stack ?? error)))
`

/** What each parser, operator and receiver must have said. */
const expected = {
  parsed: ['queue', 'bad-value', 'disk.used|ST[host:a]', 'cpu`user'],
  windows: ['window cpu`user', 'window disk.used|ST[host:a]', 'window queue'],
  events: ['command-refused', 'created', 'planned', 'delivered'],
  subjects: ['[severity 1] load, queue: 120 is above 100'],
  verdicts: [true, false],
  silent: ['opened 120000'],
  engines: true,
}

/** The text of one file for no platform: whatever is asked of Node is an error. */
async function bundle(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, sourcefile: 'program.js' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    logLevel: 'silent',
  })
  return outputFiles[0].text
}

/** What every browser and every edge runtime has, beside the console. */
const everywhere = [
  ...[
    'AbortController',
    'crypto',
    'DOMException',
    'Headers',
    'performance',
    'TextDecoder',
    'TextEncoder',
    'URL',
  ],
  ...['atob', 'btoa', 'queueMicrotask', 'structuredClone'],
  ...['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'],
]

/** Runs a bundle in a realm of its own until it prints, and gives what it printed and what it warned of. */
async function runBare(text) {
  const warnings = []
  const printed = new Promise((resolve) => {
    const console = { log: resolve, warn: (warning) => warnings.push(warning) }
    const given = Object.fromEntries(everywhere.map((name) => [name, globalThis[name]]))
    const realm = createContext({ ...given, console })
    new Script(text, { filename: 'bundle.js' }).runInContext(realm)
  })
  return { verdict: await printed, warnings }
}

/** What the compiler says of the types of the entries where nobody has those of Node. */
function wrongTypes(modules) {
  const file = join(root, 'tools', 'neutral-types.ts')
  const text = modules.map((name, index) => `export * as m${index} from '${name}'`).join('\n')
  const options = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.esnext.disposable.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, options.target) : getSourceFile(name, ...rest)
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))
  return found.map(
    (one) => `${one.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`,
  )
}

const text = await bundle(program)
const { verdict, warnings } = await runBare(text)
if (verdict !== JSON.stringify(expected)) throw new Error(`the bundle gave ${verdict}`)
// There is no process to warn: what nobody listens to goes to the console.
if (!/^\[fault\/bad-series\] /.test(warnings.join('\n'))) throw new Error(`the bundle warned of ${warnings}`)
if (
  !text.includes('/*! SHA-256: @noble/hashes') ||
  !existsSync(join(root, 'packages/notify/LICENSE.noble-hashes'))
)
  throw new Error('the licence of @noble/hashes is lost')

const wrong = wrongTypes(entries)
if (wrong.length > 0) throw new Error(`types need more than a browser has:\n${wrong.join('\n')}`)

// What needs Node must be seen to need it, or all of this would prove nothing.
const needy = '@tocsin/protocols/http'
const refused = await bundle(`export * from '${needy}'`).catch((error) => String(error))
if (!refused.includes('Could not resolve "node:')) throw new Error(`${needy} was bundled for no platform`)
const missed = await runBare('console.log(process.pid)').catch((error) => String(error))
if (missed !== 'ReferenceError: process is not defined') throw new Error('the bare realm has a process')
if (!wrongTypes([needy]).some((message) => message.includes('node:')))
  throw new Error(`the types of ${needy} were found to need nothing of Node`)

console.log(
  `neutral smoke: ${entries.length} entries bundle, run and have their types where there is no Node`,
)
