/** Start of the window that holds `time`; windows of `widthMs` are aligned to the Unix epoch, `[start, start + widthMs)`. */
export function windowStart(time: number, widthMs: number): number {
  return Math.floor(time / widthMs) * widthMs
}
