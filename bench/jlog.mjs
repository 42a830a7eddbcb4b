// jlog in C, where BENCH_JLOG is a folder in which it was built (github.com/omniti-labs/jlog: ./configure && make libjlog.a).
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { newFolder, removeFolder } from './measure.mjs'

const source = fileURLToPath(new URL('jlog/jlog.c', import.meta.url))
const built = process.env.BENCH_JLOG

/** Of its buffer, where it has one; its messages are here to be written in few calls. */
const preCommitBytes = 128 * 1024

let program
function compiled() {
  if (program !== undefined) return program
  const folder = newFolder()
  process.once('exit', () => removeFolder(folder))
  program = join(folder, 'jlog')
  const args = ['-O2', '-w', `-I${built}`, '-o', program, source, join(built, 'libjlog.a'), '-lpthread']
  execFileSync('cc', args, { stdio: 'inherit' })
  return program
}

const run = (...args) => Number(execFileSync(compiled(), args.map(String), { encoding: 'utf8' }))

export const isThere = built !== undefined && existsSync(join(built, 'libjlog.a'))
export const absent = 'jlog is not here: BENCH_JLOG names a folder in which it was built.'

/** Messages per second, written one by one. */
export const jlogWrites = (folder, count, bytes, { preCommit }) =>
  run(join(folder, 'jlog'), 'write', count, bytes, preCommit ? preCommitBytes : 0, 0)

/** Messages per second, read in bulk, each checkpointed. */
export const jlogReads = (folder, count, bytes) => run(join(folder, 'jlog'), 'read', count, bytes)
