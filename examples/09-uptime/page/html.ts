/** Text as it is shown, whatever is in it. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0) ?? 0};`)

/** A share as a percentage that is never rounded up: only what is whole is 100 %. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return 'unknown'
  if (share === 1) return '100 %'
  return `${(Math.floor(share * 100_000) / 1000).toFixed(3)} %`
}
