// Uses the packed tarballs as strangers would: on every runtime, with every TypeScript, in tests of their own. `npm run build` comes first.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { makeApp, pack, packages, writePrograms } from './smoke/app.mjs'
import { kitTask } from './smoke/kit.mjs'
import { runInLanes } from './smoke/lanes.mjs'
import { mailTasks } from './smoke/mail.mjs'
import { runForbidden, runPrograms } from './smoke/run-programs.mjs'
import { runtimes } from './smoke/runtimes.mjs'
import { checkTarballs } from './smoke/tarballs.mjs'
import { typeTasks } from './smoke/types.mjs'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'tocsin-smoke-'))

/** Both formats, one after the other: a runtime is loaded once. */
const runtimeTask = (app, { name, load, words, forbidden }) => [
  name,
  async () => {
    const program = await load()
    const at = (state, start, permitted) => {
      const place = join(folder, `state-${name}`, state)
      return { app, state: place, command: [program, ...permitted(app, place)], start }
    }
    await runPrograms(at('esm', 'esm.mjs', words))
    await runPrograms(at('cjs', 'cjs.cjs', words))
    if (forbidden) await runForbidden({ ...at('forbidden', 'esm.mjs', forbidden.words), ...forbidden })
  },
]

const commandTask = (app) => [
  'the command of the journal',
  async () => {
    const journal = join(folder, 'command')
    await run(process.execPath, ['cjs.cjs', './lives.cjs', 'recover', journal], { cwd: app })
    const { stdout } = await run('npx', ['--no-install', '@tocsin/journal', 'verify', journal], { cwd: app })
    if (!stdout.includes('no damage')) throw new Error(`the command of the journal said ${stdout}`)
  },
]

const neutralTask = [
  'a bundle for no platform',
  () => run(process.execPath, [fileURLToPath(new URL('smoke/neutral.mjs', import.meta.url))]),
]

try {
  const tarballs = await pack(folder)
  // The programs of the READMEs import them.
  const peers = ['rxjs@7', 'fast-check@4', 'nodemailer@10', '@types/node@20.19.0']
  const app = await makeApp(join(folder, 'app'), ...peers, ...tarballs)
  writePrograms(app)
  await runInLanes([
    // What takes longest comes first.
    kitTask(folder, tarballs),
    ...runtimes.map((runtime) => runtimeTask(app, runtime)),
    ...typeTasks(app),
    ...mailTasks(folder, tarballs[packages.indexOf('notify')]),
    neutralTask,
    commandTask(app),
    ['what is in the tarballs', () => checkTarballs(app)],
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
