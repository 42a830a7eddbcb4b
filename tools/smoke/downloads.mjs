// Packages of the registry that the smoke test runs but the repository does not depend on, kept outside it by version.
import { execFile } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = join(tmpdir(), `tocsin-smoke-${userInfo().username}`)
const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']

/** Installs into a folder that has a package.json; rejects with what npm said. */
export const npmInstall = async (folder, ...specs) =>
  void (await run('npm', ['install', ...quiet, '--prefer-offline', ...specs], { cwd: folder }))

/** Makes a folder of one's own, or throws where others could have put programs into it: every user can write beside it. */
export function ownFolder(path, me = userInfo().uid) {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  if (!found.isDirectory() || found.uid !== me || (found.mode & 0o022) !== 0)
    throw new Error(`${path} is not a folder that only this user can write to; remove it`)
}

/** The `node_modules` with exactly these packages. It appears in one step, so that two runs at once do no harm. */
export async function downloaded(...specs) {
  ownFolder(cache)
  const folder = join(cache, specs.join('+').replaceAll('/', '_'))
  if (existsSync(folder)) return join(folder, 'node_modules')
  const made = mkdtempSync(join(cache, 'new-'))
  try {
    writeFileSync(join(made, 'package.json'), JSON.stringify({ private: true }))
    await npmInstall(made, ...specs)
    renameSync(made, folder)
  } catch (error) {
    // Somebody else was faster.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  return join(folder, 'node_modules')
}
