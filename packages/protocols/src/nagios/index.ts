/**
 * What plugins of Nagios and its kin print: states, texts and performance data, and lines of passive results.
 *
 * @module
 */
export { alignakLabel } from './alignak-label.ts'
export { parseCheckResult } from './check-result.ts'
export { defaultPerfdataOptions, parsePerfdata } from './perfdata.ts'
export { perfdataSamples } from './perfdata-samples.ts'
export { parsePluginOutput } from './plugin-output.ts'
export { pluginState } from './plugin-state.ts'

export type { PassiveResult } from './check-result.ts'
export type { Perfdata, PerfdataOptions } from './perfdata.ts'
export type { PerfdataItem } from './perfdata-item.ts'
export type { PerfdataRange } from './perfdata-range.ts'
export type { PerfdataSamples, PerfdataSamplesOptions } from './perfdata-samples.ts'
export type { PluginOutput } from './plugin-output.ts'
export type { PluginState } from './plugin-state.ts'
