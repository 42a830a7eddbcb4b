// Runs the programs of the app in one runtime, as ESM or as CommonJS.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)
const env = { ...process.env, NO_COLOR: '1' }
const timeout = 60_000
const cli = 'node_modules/@tocsin/journal/dist/cli.js'
const checkCommand = 'node_modules/@tocsin/protocols/dist/command.js'

/** Names a program of the app and its arguments. */
const words = (command, start, [file, ...rest]) => [...command.slice(1), start, `./${file}`, ...rest]

/** What it printed; rejects where it did not end well. */
async function printed(app, command, start, ...program) {
  const { stdout } = await run(command[0], words(command, start, program), { cwd: app, env, timeout })
  return stdout.trim()
}

/** A writer that runs: `durable()` is the last record that it said is. */
async function startWriter(app, command, start, folder) {
  const program = ['lives.cjs', 'write', folder]
  const options = { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] }
  const child = spawn(command[0], words(command, start, program), options)
  let last = 0
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => (last = Number(line) || last))
  const kill = async () => {
    child.kill('SIGKILL')
    await Promise.all([once(child, 'close'), once(lines, 'close')])
  }
  await Promise.race([once(lines, 'line'), once(child, 'exit')])
  return { pid: child.pid, kill, durable: () => last }
}

/** The whole pipeline, live and after a restart; a folder that is refused to a second process; a writer that is killed. */
export async function runPrograms({ app, state, command, start }) {
  mkdirSync(state, { recursive: true })
  const pipeline = await printed(app, command, start, 'pipeline.cjs', 'pipeline', state)
  if (pipeline !== 'pipeline') throw new Error(`the pipeline said ${pipeline}`)

  const folder = join(state, 'killed')
  const writer = await startWriter(app, command, start, folder)
  try {
    const refused = await printed(app, command, start, 'lives.cjs', 'refused', folder)
    if (refused !== `JOURNAL_LOCKED ${writer.pid}`) throw new Error(`a second process got ${refused}`)
  } finally {
    await writer.kill()
  }
  const kept = Number(await printed(app, command, start, 'lives.cjs', 'recover', folder))
  const durable = writer.durable()
  if (!(durable > 0 && kept >= durable)) throw new Error(`of ${durable} durable records ${kept} are left`)
  const { stdout } = await run(command[0], [...command.slice(1), cli, 'verify', folder], {
    cwd: app,
    env,
    timeout,
  })
  if (!stdout.includes('no damage')) throw new Error(`the command of journal said ${stdout}`)
  const help = await run(command[0], [...command.slice(1), checkCommand, '--help'], {
    cwd: app,
    env,
    timeout,
  })
  if (!help.stdout.includes('check <kind>')) throw new Error(`the command of protocols said ${help.stdout}`)
}

/** What a runtime says that does not permit what a journal needs: a code, and what it needs. */
export async function runForbidden({ app, state, command, start, code, says }) {
  mkdirSync(state, { recursive: true })
  const program = ['lives.cjs', 'forbidden', join(state, 'journal')]
  const told = await printed(app, command, start, ...program)
  if (!told.startsWith(`${code} `) || !told.includes(says))
    throw new Error(`without permission it said ${told}`)
}
