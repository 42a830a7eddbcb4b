/** Round trips of the probes that were answered, s, at most `count`. */
export type PingOutputReader = (output: string, count: number) => readonly number[]

/** Reads what `fping -C <count> -q` prints: `192.0.2.1 : 0.41 - 0.39`, ms, and a dash for no answer. */
export const readFping: PingOutputReader = (output, count) => {
  for (const line of output.split('\n')) {
    const words = line.trim().split(/\s+/)
    const times = words.slice(2)
    if (words[1] === ':' && times.length > 0 && times.every((time) => time === '-' || isTime(time)))
      return times
        .filter(isTime)
        .slice(0, count)
        .map((time) => Number(time) / 1000)
  }
  return []
}

/** Reads the lines of `ping` for each answer, of iputils, busybox and BSD: `… icmp_seq=1 ttl=64 time=0.094 ms`. */
export const readPing: PingOutputReader = (output, count) => {
  const times = new Map<string, number>()
  for (const line of output.split('\n')) {
    const words = line.split(' ')
    const after = (pattern: RegExp): string | undefined =>
      words.map((word) => pattern.exec(word)?.[1]).find((found) => found !== undefined)
    const sequence = after(/^(?:icmp_)?seq=(\d+)$/)
    const time = after(/^time[=<]([\d.]+)(?:ms)?$/)
    // A second answer to the same probe is none.
    if (sequence === undefined || time === undefined || !isTime(time) || times.has(sequence)) continue
    if (times.size < count) times.set(sequence, Number(time) / 1000)
  }
  return [...times.values()]
}

const isTime = (word: string): boolean => /^\d+(\.\d+)?$/.test(word)
