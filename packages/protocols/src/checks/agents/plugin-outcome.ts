import { parsePluginOutput } from '../../nagios/plugin-output.ts'
import { perfdataSamples } from '../../nagios/perfdata-samples.ts'
import { type PluginState, pluginState } from '../../nagios/plugin-state.ts'
import type { CheckContext, CheckOutcome, CheckState } from '../check.ts'

const states: Readonly<Record<PluginState, CheckState>> = { 0: 'good', 1: 'warning', 2: 'bad', 3: 'unknown' }

/**
 * Measures what a plugin of Nagios printed: its first line as text `message`, and its performance data as {@link perfdataSamples} names
 * them; items that cannot be read are counted as gauge `perfdata_problems`. Its exit code is the state.
 */
export function pluginOutcome(
  { found, now }: CheckContext,
  exitCode: number,
  output: Uint8Array,
): CheckOutcome {
  const { text, items, problems } = parsePluginOutput(output)
  const perfdata = perfdataSamples(items, { time: now() })
  const problemCount = problems.length + perfdata.problems.length
  if (text !== '') found.text('message', text)
  found.add(perfdata.samples)
  if (problemCount > 0) found.gauge('perfdata_problems', problemCount)
  const state = states[pluginState(exitCode)]
  const status = text === '' ? `the plugin said nothing and ended with ${exitCode}` : text
  return { state, available: 'yes', status }
}
