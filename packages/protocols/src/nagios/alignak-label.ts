/**
 * The name that Alignak's backend makes of a label: blanks at its ends and a time in its last ten digits are cut, `/` at its start, `+` and
 * spaces become `_`, every other `/` becomes `-`, `%` becomes `_pct`, and what is then no ASCII letter, digit or one of `_ - . $` is left
 * out. So `C:` and `C` are one name; {@link perfdataSamples} takes the first of them and tells of the other. Source: `timeseries.py`.
 */
export const alignakLabel = (label: string): string =>
  label
    .replace(/^(.*)\.\d{10}$/s, '$1')
    .trim()
    .replace(/^\//, '_')
    .replaceAll('+', '_')
    .replaceAll('/', '-')
    .replaceAll(' ', '_')
    .replaceAll('%', '_pct')
    .replaceAll(/[^a-zA-Z0-9_.$-]/g, '')
