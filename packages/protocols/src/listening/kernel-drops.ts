import { readFile } from 'node:fs'
import type { AddressInfo } from 'node:net'

import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'

/** How often the table of the system is read, ms. */
const periodMs = 10_000

/** How many datagrams to a port the system has dropped since the socket was made, from its table (`/proc/net/udp`). */
export function dropsOf(table: string, port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  let drops = 0
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/)
    if (columns[1]?.split(':')[1] === wanted) drops += Number(columns.at(-1)) || 0
  }
  return drops
}

/**
 * Counts what the system drops of a UDP socket before it is read (`stats.lost`), and tells of it. Only Linux says so; elsewhere
 * nothing is counted. The function given back ends it.
 */
export function watchKernelDrops({ family, port }: AddressInfo, base: SourceBase<ProblemReason>): () => void {
  const path = family === 'IPv6' ? '/proc/net/udp6' : '/proc/net/udp'
  let known = 0
  let isOver = false
  const timer = setInterval(() => {
    readFile(path, 'latin1', (error, table) => {
      if (isOver) return
      if (error !== null) {
        clearInterval(timer)
        return
      }
      const count = dropsOf(table, port) - known
      if (count <= 0) return
      known += count
      base.stats.lost += count
      const message = `the system dropped ${count} datagrams before they were read; make recvBufferSize larger, or let clients pack`
      base.report('lost', message, { count })
    })
  }, periodMs)
  timer.unref()
  return () => {
    isOver = true
    clearInterval(timer)
  }
}
