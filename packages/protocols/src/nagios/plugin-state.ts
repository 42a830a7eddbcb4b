/** The states of plugins: 0 good, 1 warning, 2 critical, 3 unknown. */
export type PluginState = 0 | 1 | 2 | 3

/**
 * The state that an exit code of a plugin says: all but 0, 1, 2 and 3 is unknown, as is no code at all, of a plugin that was killed or never
 * ran.
 */
export const pluginState = (exitCode: number | undefined | null): PluginState =>
  exitCode === 0 || exitCode === 1 || exitCode === 2 ? exitCode : 3
