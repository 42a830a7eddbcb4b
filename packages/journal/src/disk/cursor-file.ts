import { crc32 } from 'node:zlib'
import type { FileSystem, OpenFile } from '@tocsin/core'

import { readU64, writeU64 } from '../engine/u64.ts'
import { formatVersion, refuseNewerFormat } from './segment-header.ts'

// The bytes are drawn in FORMAT.md.
const magic = 0x31434a54 // "TJC1"
const slotBytes = 64
/** Slots lie in different disk sectors and pages, so that a torn write hurts one of them. */
const slotDistance = 4096
const suffix = '.cursor'

/** Longest name of a subscriber in UTF-8: its hexadecimal form has to be a file name. */
export const maxNameBytes = 120

interface Slot {
  readonly generation: number
  readonly ackedSeq: number
}

/** A durable position. */
export interface CursorFile {
  /** Makes a position durable: the older of the two slots is overwritten. Calls must not overlap. */
  save(ackedSeq: number): Promise<void>
  close(): Promise<void>
}

export const cursorName = (name: string): string => Buffer.from(name).toString('hex') + suffix

/** The subscriber of a file name, or `undefined` where it is no cursor. */
export function cursorSubscriber(fileName: string): string | undefined {
  if (!fileName.endsWith(suffix)) return undefined
  const name = Buffer.from(fileName.slice(0, -suffix.length), 'hex').toString()
  return name !== '' && cursorName(name) === fileName ? name : undefined
}

/** Makes the file with its first position, durable together with its name. */
export async function createCursor(
  fileSystem: FileSystem,
  folder: string,
  name: string,
  journalId: string,
  ackedSeq: number,
): Promise<CursorFile> {
  const path = `${folder}/${cursorName(name)}`
  // Left behind where an earlier attempt could not be undone.
  await fileSystem.remove(path)
  const file = await fileSystem.open(path, 'create')
  const cursor = cursorFile(file, journalId, 0)
  try {
    // Both slots take their room now: on a full disk an ack is what makes room.
    await file.write(new Uint8Array(slotDistance + slotBytes), 0)
    await cursor.save(ackedSeq)
    await fileSystem.syncDirectory(folder)
    return cursor
  } catch (error) {
    await cursor.close().catch(() => undefined)
    await fileSystem.remove(path).catch(() => undefined)
    throw error
  }
}

/** Opens an existing cursor; `ackedSeq` is `undefined` where neither slot can be trusted. */
export async function openCursor(
  fileSystem: FileSystem,
  path: string,
  journalId: string,
): Promise<{ cursor: CursorFile; ackedSeq: number | undefined }> {
  const file = await fileSystem.open(path, 'update')
  const bytes = new Uint8Array(slotDistance + slotBytes)
  const read = await file.read(bytes, 0).catch(() => 0)
  try {
    const newest = newestSlot(bytes.subarray(0, read), journalId)
    return { cursor: cursorFile(file, journalId, newest?.generation ?? 0), ackedSeq: newest?.ackedSeq }
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

const newestSlot = (bytes: Uint8Array, journalId: string): Slot | undefined =>
  [0, slotDistance]
    .filter((at) => at + slotBytes <= bytes.length)
    .map((at) => decodeSlot(bytes.subarray(at, at + slotBytes), journalId))
    .filter((slot) => slot !== undefined)
    .sort((a, b) => b.generation - a.generation)[0]

function cursorFile(file: OpenFile, journalId: string, lastGeneration: number): CursorFile {
  let generation = lastGeneration
  return {
    save: async (ackedSeq) => {
      const next = generation + 1
      await file.write(encodeSlot({ generation: next, ackedSeq }, journalId), (next % 2) * slotDistance)
      await file.sync()
      // Only now: after a failure the same slot is written again and the other one stays good.
      generation = next
    },
    close: () => file.close(),
  }
}

const idBytes = (journalId: string): Buffer => Buffer.from(journalId.replaceAll('-', ''), 'hex')

function encodeSlot(slot: Slot, journalId: string): Uint8Array {
  const bytes = new Uint8Array(slotBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint16(4, formatVersion, true)
  writeU64(view, 8, slot.generation)
  writeU64(view, 16, slot.ackedSeq)
  bytes.set(idBytes(journalId), 24)
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true)
  return bytes
}

function decodeSlot(bytes: Uint8Array, journalId: string): Slot | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, slotBytes)
  if (view.getUint32(0, true) !== magic || view.getUint32(60, true) !== crc32(bytes.subarray(0, 60))) {
    return undefined
  }
  refuseNewerFormat(view.getUint16(4, true), 'a cursor')
  if (!idBytes(journalId).equals(bytes.subarray(24, 40))) return undefined
  const slot = { generation: readU64(view, 8), ackedSeq: readU64(view, 16) }
  return Number.isSafeInteger(slot.generation) && Number.isSafeInteger(slot.ackedSeq) ? slot : undefined
}
