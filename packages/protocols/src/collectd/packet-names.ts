import type { Series } from '@tocsin/core'

import { createHeader, readName, readTags } from '../wire/header.ts'
import { createHeaderSeries, type HeaderFault } from '../wire/header-series.ts'
import { part } from './collectd-parts.ts'
import { collectdSeries, maxFieldBytes } from './collectd-series.ts'
import type { TypesDb } from './types-db.ts'

/** Names that hold in a packet until others come, and the series that they make. */
export interface PacketNames {
  /** Forgets all, for a new packet. */
  clear(): void
  /** Takes the text of a part, without the zero at its end. */
  set(field: number, start: number, end: number): void
  /** Takes a text that was refused: what follows has no name. */
  refuse(field: number): void
  /** Whether what must have a name has one. */
  fault(bytes: Uint8Array, isNotification: boolean): HeaderFault | undefined
  /** The series of a value in a list of so many; in a list of none, of the parts of a notification. */
  series(bytes: Uint8Array, index: number, count: number): Series | HeaderFault
}

/** In the order of the key. */
const fields = [part.host, part.plugin, part.pluginInstance, part.type, part.typeInstance]
const suffixBytes = 4
// No byte of UTF-8.
const never = 0xff
const notUtf8: HeaderFault = { reason: 'not-utf8', message: 'names are UTF-8' }
const refused: HeaderFault = {
  reason: 'bad-name',
  message: 'it belongs to a name before it that was refused',
}
const nameless: HeaderFault = {
  reason: 'bad-name',
  message: 'values need a host, a plugin and a type before them',
}
const hostless: HeaderFault = { reason: 'bad-name', message: 'a notification needs a host before it' }
const notification = ['notification.message', 'notification.severity']

/** Looks series up by the bytes of their five names and by which value of how many it is. */
export function createPacketNames(maxNameBytes: number, typesDb: TypesDb): PacketNames {
  const starts = new Int32Array(part.typeInstance + 1)
  const ends = new Int32Array(part.typeInstance + 1)
  const key = new Uint8Array(fields.length * (maxFieldBytes + 1) + suffixBytes)
  const header = createHeader()
  const find = createHeaderSeries<Series>(maxNameBytes, readSeries)
  let keyEnd = 0
  let isWhole = true
  let isRead = false
  let isReady = false

  function readSeries(name: string, suffix: string) {
    const [host = '', plugin = '', pluginInstance = '', type = '', typeInstance = ''] = name.split('\0')
    const index = suffix.charCodeAt(0) | (suffix.charCodeAt(1) << 7)
    const count = suffix.charCodeAt(2) | (suffix.charCodeAt(3) << 7)
    return collectdSeries({ host, plugin, pluginInstance, type, typeInstance }, nameOf(type, index, count))
  }

  function nameOf(type: string, index: number, count: number): string {
    if (count === 0) return notification[index] ?? ''
    if (count === 1) return ''
    const names = typesDb.get(type)
    return (names?.length === count ? names[index] : undefined) ?? String(index)
  }

  function readKey(bytes: Uint8Array): void {
    let at = 0
    for (const field of fields) {
      const end = ends[field] ?? 0
      for (let from = starts[field] ?? 0; from < end; from += 1) {
        key[at] = bytes[from] ?? 0
        at += 1
      }
      key[at] = 0
      at += 1
    }
    keyEnd = at
    isWhole = readName(header, key, 0, at, never, never) === at
    isRead = true
  }

  const has = (field: number): boolean => (ends[field] ?? 0) > (starts[field] ?? 0)
  const isRefused = (field: number): boolean => (ends[field] ?? 0) < (starts[field] ?? 0)

  return {
    clear() {
      starts.fill(0)
      ends.fill(0)
      isRead = isReady = false
    },
    set(field, start, end) {
      starts[field] = start
      ends[field] = end
      isRead = isReady = false
    },
    refuse(field) {
      starts[field] = 1
      ends[field] = 0
      isRead = isReady = false
    },
    fault(bytes, isNotification) {
      // As long as no name came, the answer for the list before holds.
      if (isReady) return undefined
      for (const field of fields) if (isRefused(field)) return refused
      if (!has(part.host)) return isNotification ? hostless : nameless
      if (!isNotification && !(has(part.plugin) && has(part.type))) return nameless
      if (!isRead) readKey(bytes)
      if (!isWhole) return notUtf8
      isReady = !isNotification
      return undefined
    },
    series(bytes, index, count) {
      if (!isRead) readKey(bytes)
      // Seven bits each, so that none of them is the byte that is never there.
      key[keyEnd] = index & 0x7f
      key[keyEnd + 1] = index >> 7
      key[keyEnd + 2] = count & 0x7f
      key[keyEnd + 3] = count >> 7
      readTags(header, key, keyEnd, keyEnd + suffixBytes, never)
      return find(key, header)
    },
  }
}
