/** What one network interface has moved since it came up. */
export interface InterfaceCounters {
  readonly name: string
  readonly receivedBytes: bigint
  readonly sentBytes: bigint
}

/** The interfaces in `/proc/net/dev` (proc(5)): a name, a colon, eight received columns, eight sent ones; bytes come first. */
export function readProcNetDev(text: string): readonly InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    const [, name, columns] = /^\s*([^\s:]+):\s*(\d[\d\s]*)$/.exec(line) ?? []
    const [received, , , , , , , , sent] = columns?.trim().split(/\s+/) ?? []
    if (name === undefined || received === undefined || sent === undefined) return []
    return [{ name, receivedBytes: BigInt(received), sentBytes: BigInt(sent) }]
  })
}

/** `MemTotal` and `MemAvailable` of `/proc/meminfo` (proc(5)) in bytes; `undefined` where one is missing. */
export function readProcMeminfo(text: string): { totalBytes: number; availableBytes: number } | undefined {
  const kibibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
  const totalBytes = kibibytes('MemTotal') * 1024
  const availableBytes = kibibytes('MemAvailable') * 1024
  return Number.isNaN(totalBytes + availableBytes) ? undefined : { totalBytes, availableBytes }
}

/** How many files a process may have open, by `/proc/self/limits` (proc(5)): the soft limit; `undefined` where it does not say. */
export function readOpenFilesLimit(text: string): number | undefined {
  const limit = /^Max open files +(\d+|unlimited) /m.exec(text)?.[1]
  if (limit === undefined) return undefined
  return limit === 'unlimited' ? Infinity : Number(limit)
}
