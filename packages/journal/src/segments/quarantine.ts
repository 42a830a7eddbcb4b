import type { FileSystem } from '@tocsin/core'

import { codeOf, messageOf } from '../errors.ts'
import type { Report } from '../status-types.ts'
import { readSectors } from './frame-reader.ts'
import type { Damage } from './segment-scan.ts'
import { withFile, withOpenFile } from './segment-scan.ts'

/** Most bytes of all copies; beyond it damage is only reported. */
const maxQuarantineBytes = 64 * 1024 * 1024

const chunkBytes = 1024 * 1024

/** Copies of damaged bytes, so that what is removed with its segment can still be looked at. */
export interface Quarantine {
  /** Copies a range, once; what fails is reported and costs nothing else. */
  keep(segment: { readonly segment: number; readonly path: string }, damage: Damage): Promise<void>
  /** Bytes of all copies. */
  readonly bytes: number
}

export async function openQuarantine(
  fileSystem: FileSystem,
  directory: string,
  report: Report,
): Promise<Quarantine> {
  const folder = `${directory}/quarantine`
  const names = new Set(await listed(fileSystem, folder))
  let bytes = [...names].reduce((sum, name) => sum + lengthIn(name), 0)

  const copy = async (path: string, { start, end, fromSeq, toSeq }: Damage, name: string): Promise<void> => {
    await fileSystem.makeDirectory(folder)
    const target = `${folder}/${name}`
    await fileSystem.remove(`${target}.new`)
    await withOpenFile(fileSystem, `${target}.new`, 'create', async (to) => {
      await withFile(fileSystem, path, async (file) => {
        for (let at = start; at < end; at += chunkBytes) {
          const part = new Uint8Array(Math.min(chunkBytes, end - at))
          const read = await readSectors(file, part, at)
          await to.write(part.subarray(0, read), at - start)
          if (read < part.length) break
        }
      })
      await to.sync()
    })
    await fileSystem.rename(`${target}.new`, target)
    report({
      reason: 'quarantined',
      file: target,
      fromSeq,
      toSeq,
      message: `the damaged bytes of records ${fromSeq} to ${toSeq} are kept in ${target}`,
    })
  }

  return {
    get bytes() {
      return bytes
    },
    keep: async ({ segment, path }, damage) => {
      const length = damage.end - damage.start
      const name = `${segment.toString(16).padStart(16, '0')}-${damage.start}-${length}.bin`
      if (length <= 0 || names.has(name)) return
      names.add(name)
      if (bytes + length > maxQuarantineBytes) {
        report({
          reason: 'quarantine-full',
          file: path,
          message: `${length} damaged bytes of ${path} are not copied: ${folder} holds ${bytes} bytes already; look at them and remove them`,
        })
        return
      }
      bytes += length
      try {
        await copy(path, damage, name)
      } catch (error) {
        bytes -= length
        await fileSystem.remove(`${folder}/${name}.new`).catch(() => undefined)
        report({
          reason: 'io',
          file: path,
          message: `damaged bytes could not be copied: ${messageOf(error)}`,
        })
      }
    },
  }
}

async function listed(fileSystem: FileSystem, folder: string): Promise<readonly string[]> {
  try {
    return await fileSystem.list(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []
    throw error
  }
}

const lengthIn = (name: string): number =>
  Number(/^[0-9a-f]{16}-\d{1,15}-(\d{1,15})\.bin$/.exec(name)?.[1] ?? 0)
