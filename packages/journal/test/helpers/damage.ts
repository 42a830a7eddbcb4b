import { frameBytes, frameHeaderBytes, readFrameHeader, startsLikeFrame } from '../../src/format/frame.ts'
import { segmentHeaderBytes } from '../../src/format/segment-header.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { directory, segmentFiles } from './journals.ts'
import type { Life } from './programs.ts'
import type { Promises } from './promises.ts'

/** Zeroes bytes of a segment; what was in them nobody owes any more. */
export async function destroy(
  fileSystem: MemoryFileSystem,
  { segment, at, length }: Life['damage'][number],
  promises: Promises,
): Promise<void> {
  if (fileSystem.operations === 0 && !(await hasFolder(fileSystem))) return
  const paths = await segmentFiles(fileSystem)
  const path = paths[Math.floor((segment * paths.length) / 1000)]
  if (path === undefined) return
  const bytes = fileSystem.contents(path)
  const start = Math.floor((at * bytes.length) / 1000)
  for (const frame of framesOf(bytes)) {
    if (frame.start < start + length && frame.end > start) promises.excuse(frame.baseSeq, frame.count)
  }
  // Durably, or the next power cut would heal it.
  const file = await fileSystem.open(path, 'durable')
  await file.write(new Uint8Array(Math.min(length, bytes.length - start)), start)
  await file.close()
}

const hasFolder = async (fileSystem: MemoryFileSystem): Promise<boolean> =>
  (await fileSystem.list('')).includes(directory)

/** Every place that bears a sound header, whether the frame counts or not. */
function framesOf(
  bytes: Uint8Array,
): readonly { baseSeq: number; count: number; start: number; end: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames = []
  for (let start = segmentHeaderBytes; start + frameHeaderBytes <= bytes.length; start += 8) {
    if (!startsLikeFrame(view, start)) continue
    const header = readFrameHeader(bytes.subarray(start), view.getUint32(start + 12, true))
    if (header === undefined) continue
    frames.push({ ...header, start, end: start + frameBytes(header.bodyBytes) })
  }
  return frames
}

/** Leaves so much room on the disk. */
export async function fill(fileSystem: MemoryFileSystem, freeBytes: number): Promise<void> {
  const plenty = 2 ** 40
  fileSystem.setCapacity(plenty)
  fileSystem.setCapacity(plenty - (await fileSystem.freeBytes(directory)) + freeBytes)
}
