import { readFile, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'

import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'

/** How often the table of the system is read, ms. */
const periodMs = 10_000

/** An address as the table writes it: hexadecimal, in words of four bytes, each as this machine's processor keeps it. */
function inTable(address: string): string {
  const groups = address.includes(':') ? groupsOf(address) : []
  const bytes =
    groups.length > 0 ? groups.flatMap((group) => [group >> 8, group & 0xff]) : address.split('.').map(Number)
  const words = new DataView(Uint8Array.from(bytes).buffer)
  let text = ''
  for (let at = 0; at < bytes.length; at += 4)
    text += words.getUint32(at, isLittleEndian).toString(16).padStart(8, '0')
  return text.toUpperCase()
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

function groupsOf(address: string): readonly number[] {
  const [plain = ''] = address.split('%', 1)
  // The last two groups may be written as an address of IPv4.
  const hexadecimal = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [before = '', after = ''] = hexadecimal.split('::', 2)
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [first, last] = [read(before), read(after)]
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
}

/** How many datagrams to a socket the system has dropped since that was made, from its table (`/proc/net/udp`). */
export function dropsOf(table: string, { address, port }: Pick<AddressInfo, 'address' | 'port'>): number {
  const wanted = `${inTable(address)}:${port.toString(16).toUpperCase().padStart(4, '0')}`
  let drops = 0
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/)
    if (columns[1] === wanted) drops += Number(columns.at(-1)) || 0
  }
  return drops
}

/**
 * Counts what the system drops of a UDP socket before it is read (`stats.lost`), and tells of it. Only Linux says so; elsewhere
 * nothing is counted. The function given back looks a last time and ends it; the socket must still be open.
 */
export function watchKernelDrops(bound: AddressInfo, base: SourceBase<ProblemReason>): () => void {
  const path = bound.family === 'IPv6' ? '/proc/net/udp6' : '/proc/net/udp'
  let known = 0
  let isOver = false
  const count = (table: string): void => {
    const lost = dropsOf(table, bound) - known
    if (lost <= 0) return
    known += lost
    base.stats.lost += lost
    const message = `the system dropped ${lost} ${lost === 1 ? 'datagram' : 'datagrams'} before they were read; make recvBufferSize larger, or let clients pack`
    base.report('lost', message, { count: lost })
  }
  const timer = setInterval(() => {
    readFile(path, 'latin1', (error, table) => {
      if (isOver) return
      if (error === null) count(table)
      else clearInterval(timer)
    })
  }, periodMs)
  timer.unref()
  return () => {
    isOver = true
    clearInterval(timer)
    try {
      count(readFileSync(path, 'latin1'))
    } catch {
      // Another system, which does not say.
    }
  }
}
