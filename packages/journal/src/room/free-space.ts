import type { FileSystem } from '@tocsin/core'

import type { Segments } from '../segments/segments.ts'

/** How much the files grow before the free space is looked at again, at most. */
const lookAfterBytes = 4 * 1024 * 1024

/** How often a disk is tried that says it has room and yet refuses: quotas and files at their longest do not show, ms. */
const tryAgainMs = 1000

/** What the file system has left, looked at only now and then, and whether it refused a write. */
export interface FreeSpace {
  /** As last seen; `undefined` where the file system does not tell. */
  readonly bytes: number | undefined
  /** Why the disk takes nothing, as far as is known. */
  readonly refusal: { readonly error: unknown } | undefined
  /** Looks where it is time to: when a segment was begun, or the files may have grown by some MiB or down to `floor`. */
  before(length: number, floor: number): Promise<void>
  look(): Promise<void>
  /** A write failed for want of room. */
  refuse(error: unknown): Promise<void>
  /** Whether what refused a write can take so many bytes now. With `now` also whether it may be tried though nothing changed. */
  canTake(length: number, now: number | undefined): boolean
  /** A write went through. */
  accept(): void
}

interface Refusal {
  readonly error: unknown
  readonly freeBytes: number | undefined
  readonly time: number
}

export function createFreeSpace(
  input: { readonly fileSystem: FileSystem; readonly directory: string; readonly segments: Segments },
  now: () => number,
): FreeSpace {
  const { segments } = input
  let bytes: number | undefined
  let refusal: Refusal | undefined
  let segment: number | undefined
  let looked = false
  let grown = 0

  const look = async (): Promise<void> => {
    looked = true
    segment = segments.newest?.segment
    grown = 0
    bytes = await input.fileSystem.freeBytes(input.directory).catch(() => undefined)
  }
  return {
    get bytes() {
      return bytes
    },
    get refusal() {
      return refusal
    },
    look,
    before: async (length, floor) => {
      const limit = Math.min(lookAfterBytes, Math.max(0, (bytes ?? Infinity) - floor))
      if (!looked || grown + length > limit || segments.newest?.segment !== segment) await look()
      grown += length
    },
    refuse: async (error) => {
      await look()
      refusal = { error, freeBytes: bytes, time: now() }
    },
    canTake: (length, time) => {
      if (refusal === undefined) return true
      const { freeBytes } = refusal
      if (bytes !== undefined && freeBytes !== undefined) {
        if (bytes < length) return false
        // What was enough when it refused says nothing.
        if (freeBytes < length || bytes >= freeBytes + length) return true
      }
      // A clock that was set back must not put it off for ever.
      return time !== undefined && (time - refusal.time >= tryAgainMs || time < refusal.time)
    },
    accept: () => {
      refusal = undefined
    },
  }
}
