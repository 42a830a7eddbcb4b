import cluster from 'node:cluster'

import { lockDirectory } from '@tocsin/core/lock'
import { jsonCodec, openJournal } from '../../src/index.ts'

// Appends until it is killed and prints what was acknowledged; with "hold" it only keeps the folder open, with "cluster" two
// workers try to. With "lock" it only takes the lock, goes to another folder, and prints at each SIGUSR2 whether it has it still.
const [directory, mode] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: child.ts <directory> [hold | cluster | lock]')
if (mode === 'cluster' && cluster.isPrimary) {
  cluster.fork()
  cluster.fork()
} else if (mode === 'lock') await lock(directory)
else await run(directory)

async function lock(folder: string): Promise<void> {
  try {
    const taken = await lockDirectory(folder)
    process.chdir('/')
    process.on('SIGUSR2', () => process.stdout.write(`held ${taken.held()}\n`))
    process.stdout.write('open\n')
    setInterval(() => undefined, 60_000)
  } catch (error) {
    process.stdout.write(`${String(error)}\n`)
  }
}

async function run(folder: string): Promise<void> {
  try {
    const journal = await openJournal(folder, { codec: jsonCodec<string>(), segmentBytes: 65_536 })
    process.stdout.write('open\n')
    if (mode !== undefined) setInterval(() => undefined, 60_000)
    else {
      for (let serial = 0; ; serial += 1) {
        const values = Array.from({ length: 5 }, (_, index) => `${process.pid}:${serial}:${index}`)
        const { firstSeq } = await journal.appendBatch(values)
        process.stdout.write(`${firstSeq} ${values.join(' ')}\n`)
      }
    }
  } catch (error) {
    process.stdout.write(`${String(error)}\n`)
  }
}
