// Runs programs one after another, each in a thread and an empty folder of its own, and tells its parent how each ended.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'

const [limitMs, ...files] = process.argv.slice(2)
for (const file of files) {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-doc-'))
  // Threads share the folder of their process, so there is one thread at a time.
  process.chdir(folder)
  const outcome = await run(file)
  process.chdir(tmpdir())
  await rm(folder, { recursive: true, force: true })
  await new Promise((sent) => process.send({ file, ...outcome }, sent))
}
process.disconnect()

async function run(file) {
  const worker = new Worker(file, { stdout: true, stderr: true })
  const streams = Promise.all([text(worker.stdout), text(worker.stderr)])
  let thrown
  let hangs = false
  worker.once('error', (error) => (thrown = error))
  const limit = setTimeout(() => {
    hangs = true
    void worker.terminate()
  }, Number(limitMs))
  const code = await new Promise((resolve) => worker.once('exit', resolve))
  clearTimeout(limit)
  const [output, errors] = await streams
  if (hangs) return { exit: 'nothing, it hangs', output, errors }
  return { exit: code, output, errors: thrown === undefined ? errors : `${errors}${thrown?.stack ?? thrown}` }
}
