// The disk alone: what one small write costs that is on the disk when it returns.
import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  open,
  openSync,
  statfsSync,
  write,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { createLatencies } from './measure.mjs'

const openFile = promisify(open)
const closeFile = promisify(close)
const sync = promisify(fdatasync)
const put = (fd, bytes, position) =>
  new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, written) => {
      if (error) reject(error)
      else if (written < bytes.length) reject(new Error(`only ${written} bytes were written`))
      else resolve()
    })
  })

async function timed(ms, length, writeOnce) {
  const latencies = createLatencies()
  const bytes = Buffer.alloc(length, 'x')
  const end = performance.now() + ms
  let at = 0
  for (let before = performance.now(); before < end; at += length) {
    await writeOnce(bytes, at)
    const now = performance.now()
    latencies.add(now - before)
    before = now
  }
  return { figure: latencies.quantile(0.5), p99: latencies.quantile(0.99) }
}

/** One after the other into a file of zeros, with O_DSYNC. Windows has no such flag; there a sync follows each. */
export async function synchronousWrites(folder, ms, length) {
  const path = join(folder, 'zeroed')
  const zeros = Buffer.alloc(1024 * 1024)
  const room = 32
  const made = openSync(path, 'w')
  for (let index = 0; index < room; index++) writeSync(made, zeros, 0, zeros.length, index * zeros.length)
  fsyncSync(made)
  closeSync(made)
  const flag = constants.O_DSYNC ?? 0
  const fd = await openFile(path, constants.O_RDWR | flag)
  const slots = Math.floor((room * zeros.length) / length)
  const result = await timed(ms, length, async (bytes, at) => {
    await put(fd, bytes, at % (slots * length))
    if (flag === 0) await sync(fd)
  })
  await closeFile(fd)
  return result
}

/** One after the other at the end of a file that grows, each followed by fdatasync. */
export async function syncedAppends(folder, ms, length) {
  const fd = await openFile(join(folder, 'growing'), 'w')
  const result = await timed(ms, length, async (bytes, at) => {
    await put(fd, bytes, at)
    await sync(fd)
  })
  await closeFile(fd)
  return result
}

const memoryFileSystems = new Set([0x01021994, 0x858458f6])

/** Whether the folder is on no disk at all. */
export const isMemory = (folder) => memoryFileSystems.has(statfsSync(folder).type)
