/** The `code` of whatever was thrown, as node gives it; `undefined` where it has none. */
export const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  // What Deno was not permitted to do, an error of its own.
  return error.name === 'NotCapable' ? 'EACCES' : undefined
}
