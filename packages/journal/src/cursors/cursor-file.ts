import { crc32 } from 'node:zlib'
import type { FileSystem, OpenFile } from '@tocsin/core'

import { readU64, uuidFromBytes, uuidToBytes, writeU64 } from '../format/bytes.ts'
import { formatVersion, refuseNewerFormat } from '../format/segment-header.ts'
import { readSectors } from '../segments/frame-reader.ts'
import { withFile } from '../segments/segment-scan.ts'
import type { CursorHandle } from './cursor-files.ts'
import { CursorFiles } from './cursor-files.ts'

// The bytes are drawn in FORMAT.md.
const magic = 0x31434a54 // "TJC1"

const slotBytes = 64

/** Slots lie in different disk sectors and pages, so that a torn write hurts one of them. */
const slotDistance = 4096

const fileBytes = slotDistance + slotBytes

const suffix = '.cursor'

/** Longest name of a subscriber in UTF-8: its hexadecimal form has to be a file name. */
export const maxNameBytes = 120

interface Slot {
  readonly generation: number
  readonly ackedSeq: number
  /** What the other slot said, durably, when this one was written, if that was less. */
  readonly floorSeq: number
}

/** What a cursor says. */
export interface CursorPosition {
  /** Acknowledged. */
  readonly ackedSeq: number
  /** No power cut puts the cursor before this, neither now nor in a later life: what lies below may be removed. */
  readonly durableSeq: number
}

/**
 * The file of a position. A write goes to the slot that is *not* known to be durable, again and again, and the slots change
 * roles only after a sync that succeeded: whatever a power cut leaves of the one, the other is whole. What the file says may
 * be in the cache of the system only, and the next life cannot know. Therefore a slot also says which position the other one
 * had durably: once such a slot is durable itself, no slot on the disk says less. Two syncs make a position durable for good.
 * Calls must not overlap. After one that failed the file is opened anew and the slot written again, since a system may drop
 * what it could not sync and call the next sync a success.
 */
export interface CursorFile extends CursorPosition {
  /** The position is written and durable for good, and whoever reads the file finds that it is. */
  isSettled(ackedSeq: number): boolean
  /** The operating system has it when this resolves. */
  write(ackedSeq: number): Promise<void>
  /** Writes the position unless that is done, and makes it durable. */
  sync(ackedSeq: number): Promise<void>
  /** One step towards being settled, with at most one sync; three are enough, and then the file is closed. */
  step(ackedSeq: number): Promise<void>
  /** Runs `work` when few others are at work. */
  inTurn<R>(work: () => Promise<R>): Promise<R>
  close(): Promise<void>
}

export const cursorName = (name: string): string => Buffer.from(name).toString('hex') + suffix

/** The subscriber of a file name, or `undefined` where it is no cursor. */
export function cursorSubscriber(fileName: string): string | undefined {
  if (!fileName.endsWith(suffix)) return undefined
  const name = Buffer.from(fileName.slice(0, -suffix.length), 'hex').toString()
  return name !== '' && cursorName(name) === fileName ? name : undefined
}

/** Makes the file with its first position, durable together with its name; nobody sees it half made. */
export async function createCursor(
  fileSystem: FileSystem,
  folder: string,
  name: string,
  journalId: string,
  ackedSeq: number,
  files: CursorFiles = new CursorFiles(fileSystem),
): Promise<CursorFile> {
  const path = `${folder}/${cursorName(name)}`
  const unfinished = `${path}.new`
  await fileSystem.remove(unfinished)
  const slots = [1, 2].map((generation) => ({ generation, ackedSeq, floorSeq: ackedSeq }))
  try {
    const file = await fileSystem.open(unfinished, 'create')
    try {
      // Both slots take their room now: on a full disk an ack is what makes room.
      const bytes = new Uint8Array(fileBytes)
      slots.forEach((slot, index) => bytes.set(encodeSlot(slot, journalId), index * slotDistance))
      await file.write(bytes, 0)
      await file.sync()
    } finally {
      await file.close().catch(() => undefined)
    }
    await fileSystem.rename(unfinished, path)
    await files.syncFolder(folder)
    return cursorFile(slots, journalId, files, path)
  } catch (error) {
    for (const left of [unfinished, path]) await fileSystem.remove(left).catch(() => undefined)
    throw error
  }
}

/** Opens an existing cursor; `ackedSeq` is `undefined` where neither slot can be trusted. */
export async function openCursor(
  fileSystem: FileSystem,
  path: string,
  journalId: string,
  files: CursorFiles = new CursorFiles(fileSystem),
): Promise<{ cursor: CursorFile; ackedSeq: number | undefined }> {
  const slots = await withFile(fileSystem, path, (file) => readSlots(file, journalId))
  return { cursor: cursorFile(slots, journalId, files, path), ackedSeq: positionOf(slots)?.ackedSeq }
}

/** What a cursor says, without holding it; `undefined` where neither slot can be trusted. */
export async function readCursor(
  fileSystem: FileSystem,
  path: string,
  journalId: string,
): Promise<CursorPosition | undefined> {
  return withFile(fileSystem, path, async (file) => positionOf(await readSlots(file, journalId)))
}

type Slots = readonly (Slot | undefined)[]

async function readSlots(file: OpenFile, journalId: string): Promise<Slots> {
  const bytes = new Uint8Array(fileBytes)
  const read = await readSectors(file, bytes, 0)
  return [0, slotDistance].map((at) =>
    at + slotBytes <= read ? decodeSlot(bytes.subarray(at, at + slotBytes), journalId) : undefined,
  )
}

/** The newest slot counts. It may not be durable, so that what both slots say is the most to rely on. */
function positionOf(slots: Slots): CursorPosition | undefined {
  const sound = slots.filter((slot) => slot !== undefined)
  const newest = sound.reduce<Slot | undefined>(
    (best, slot) => (slot.generation > (best?.generation ?? 0) ? slot : best),
    undefined,
  )
  if (newest === undefined) return undefined
  return { ackedSeq: newest.ackedSeq, durableSeq: Math.min(...sound.map(({ floorSeq }) => floorSeq)) }
}

/** The slot to keep: of two the older, for the newer was begun only when that was durable. */
function keptSlot([first, second]: Slots): number {
  if (first === undefined) return 1
  return second === undefined || first.generation < second.generation ? 0 : 1
}

function cursorFile(slots: Slots, journalId: string, files: CursorFiles, path: string): CursorFile {
  const handle: CursorHandle = files.handle(path)
  let keptAt = keptSlot(slots)
  let kept = slots[keptAt]
  /** What a reader finds in the other slot. */
  let other = slots[1 - keptAt]
  /** In which opening of the file that was written and waits for its sync; 0: in none. */
  let unsynced = 0
  let { ackedSeq, durableSeq } = positionOf(slots) ?? { ackedSeq: 0, durableSeq: 0 }

  const writeTo = async (file: OpenFile, seq: number): Promise<void> => {
    const floorSeq = Math.min(seq, kept?.ackedSeq ?? 0)
    const slot = { generation: (kept?.generation ?? 0) + 1, ackedSeq: seq, floorSeq }
    // A position may move back: less is relied on, from before it is written.
    durableSeq = Math.min(durableSeq, floorSeq)
    other = undefined
    unsynced = 0
    await file.write(encodeSlot(slot, journalId), (1 - keptAt) * slotDistance)
    other = slot
    unsynced = handle.openings
    ackedSeq = seq
  }
  const write = (seq: number): Promise<void> => handle.use((file) => writeTo(file, seq))
  const sync = async (seq: number): Promise<void> => {
    await handle.use(async (file) => {
      if (unsynced !== handle.openings || other?.ackedSeq !== seq) await writeTo(file, seq)
      // A sync that failed says nothing about the next one: the slot is written again.
      unsynced = 0
      await file.sync()
    })
    const synced = other
    other = kept
    kept = synced
    keptAt = 1 - keptAt
    durableSeq = kept?.floorSeq ?? 0
  }
  return {
    get ackedSeq() {
      return ackedSeq
    },
    get durableSeq() {
      return durableSeq
    },
    isSettled: (seq) => saysTwice(kept, seq) && saysTwice(other, seq),
    write,
    sync,
    // The last write is for readers: it tells that the one before it is durable.
    step: async (seq) => {
      if (!saysTwice(kept, seq)) return sync(seq)
      await write(seq)
      await handle.close()
    },
    inTurn: (work) => files.inTurn(work),
    close: () => handle.close(),
  }
}

const saysTwice = (slot: Slot | undefined, seq: number): boolean =>
  slot?.ackedSeq === seq && slot.floorSeq === seq

function encodeSlot(slot: Slot, journalId: string): Uint8Array {
  const bytes = new Uint8Array(slotBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint16(4, formatVersion, true)
  writeU64(view, 8, slot.generation)
  writeU64(view, 16, slot.ackedSeq)
  bytes.set(uuidToBytes(journalId), 24)
  writeU64(view, 40, slot.floorSeq)
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true)
  return bytes
}

function decodeSlot(bytes: Uint8Array, journalId: string): Slot | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, slotBytes)
  if (view.getUint32(0, true) !== magic || view.getUint32(60, true) !== crc32(bytes.subarray(0, 60))) {
    return undefined
  }
  refuseNewerFormat(view.getUint16(4, true), 'a cursor')
  if (uuidFromBytes(bytes.subarray(24, 40)) !== journalId) return undefined
  const slot = { generation: readU64(view, 8), ackedSeq: readU64(view, 16), floorSeq: readU64(view, 40) }
  return Object.values(slot).every(Number.isSafeInteger) ? slot : undefined
}
