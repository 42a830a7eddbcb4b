/** A process that ends in some way while a program of it runs, which writes its number into a file. */
import { existsSync } from 'node:fs'

import { runProgram } from '../../../src/checks/programs/run-program.ts'

const [, , told = '', way = ''] = process.argv
/** Without those of whoever loads this. */
const listeners = (): number =>
  process.listeners('exit').filter((listener) => String(listener).includes('killGroup')).length

const run = (script: string): Promise<unknown> =>
  runProgram(
    {
      command: ['sh', '-c', script],
      env: { ...process.env } as never,
      maxOutputBytes: 1000,
      killAfterMs: 100,
    },
    new AbortController().signal,
  )

await Promise.all([run('exit 0'), run('exit 0')])
if (listeners() !== 0) throw new Error('a listener was left behind')
void run(`echo $$ > ${told}.part; mv ${told}.part ${told}; exec sleep 60`)
const waiting = setInterval(() => {
  if (!existsSync(told)) return
  clearInterval(waiting)
  if (listeners() !== 1) throw new Error('nobody listens to the end')
  if (way === 'exit') process.exit(3)
  if (way === 'throw') throw new Error('nobody catches this')
  process.kill(process.pid, way)
}, 10)
