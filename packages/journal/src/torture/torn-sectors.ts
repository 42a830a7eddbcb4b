import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const sectorBytes = 512

const patterns = [/\.segment$/, /\.cursor$/]

/** What programs saw in the files of a journal when the power went, by path. */
export type SeenFiles = ReadonlyMap<string, Uint8Array>

/** Reads them; nothing may be writing. */
export function seenFiles(directory: string): SeenFiles {
  const seen = new Map<string, Uint8Array>()
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (patterns.some((pattern) => pattern.test(name)))
      seen.set(`${directory}/${name}`, readFileSync(`${directory}/${name}`))
  }
  return seen
}

/**
 * A file system whose power is cut loses what was not synced by whole pages. A disk that has a part of it in its cache may have
 * written any sectors and not the others: puts some of those that are missing back. Gives how many.
 */
export function tearSectors(seen: SeenFiles, random: () => number): number {
  let torn = 0
  // All are there, or hardly any, or half of them.
  const share = random()
  for (const [path, bytes] of seen) {
    const stored = existing(path)
    if (stored === undefined) continue
    const after = new Uint8Array(Math.max(stored.length, bytes.length))
    after.set(stored)
    let length = stored.length
    for (let at = 0; at < bytes.length; at += sectorBytes) {
      const sector = bytes.subarray(at, at + sectorBytes)
      if (Buffer.compare(sector, after.subarray(at, at + sector.length)) === 0 || random() >= share) continue
      after.set(sector, at)
      length = Math.max(length, at + sector.length)
      torn += 1
    }
    // It is what the disk holds: the next cut must not undo it.
    writeFileSync(path, after.subarray(0, length), { flag: 'r+', flush: true })
  }
  return torn
}

/** `undefined` where the name was not on the disk yet. */
function existing(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
