import { readFileSync } from 'node:fs'

const headerBytes = 16
const archiveBytes = 12
const pointBytes = 12

/** The points of the first archive of a file of whisper, by their second; none where there is no file yet. */
export function readWhisper(path: string): ReadonlyMap<number, number> {
  const points = new Map<number, number>()
  let file: Buffer
  try {
    file = readFileSync(path)
  } catch {
    return points
  }
  if (file.length < headerBytes + archiveBytes) return points
  // Where the archive starts, seconds from point to point, and how many points.
  const start = file.readUInt32BE(headerBytes)
  const count = file.readUInt32BE(headerBytes + 8)
  for (let point = 0; point < count; point += 1) {
    const at = start + point * pointBytes
    if (at + pointBytes > file.length) break
    const second = file.readUInt32BE(at)
    if (second !== 0) points.set(second, file.readDoubleBE(at + 4))
  }
  return points
}
