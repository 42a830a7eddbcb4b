/** Variables that a program is told of this process: where programs and files are, and nothing that may be a secret. */
const passed = ['PATH', 'HOME', 'TMPDIR', 'TZ'] as const

/** The environment of a program: few variables of this process, by which programs are found, its language, and what is given. */
export function passedEnvironment(
  given: Readonly<Record<string, string>> = {},
  names: readonly string[] = passed,
): Record<string, string> {
  const env: Record<string, string> = {}
  for (const name of names) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return { ...env, LC_ALL: 'C', ...given }
}
