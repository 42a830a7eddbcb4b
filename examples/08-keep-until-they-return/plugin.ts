import type { Sample } from '@tocsin/protocols'
import { alignakLabel, parseCheckResult, perfdataSamples } from '@tocsin/protocols/nagios'

/** What a plugin says of a till's disk, as it stands in Nagios' command file. */
export const resultLine = (time: number, percent: number): string =>
  `[${time / 1000}] PROCESS_SERVICE_CHECK_RESULT;till;disk;0;DISK OK - ${percent}% used | /var=${percent}%;80;90`

/** The samples of such a line: its value and its thresholds, each of the name that Alignak's backend gives it. */
export function samplesOf(line: string): readonly Sample[] {
  const read = parseCheckResult(line)
  if (!read.ok) throw new Error(`${read.message}: ${line}`)
  const { time, host, service, output } = read.value
  const tags = { realm: 'All.Shop', host, ...(service !== undefined && { service }) }
  return perfdataSamples(output.items, { time, tags, label: alignakLabel }).samples
}
