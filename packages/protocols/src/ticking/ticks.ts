/** The last tick at or before a time; ticks are at `phaseMs + k * periodMs` since the Unix epoch. */
export function tickAtOrBefore(time: number, periodMs: number, phaseMs: number): number {
  return Math.floor((time - phaseMs) / periodMs) * periodMs + phaseMs
}

/** The first tick after a time. */
export function tickAfter(time: number, periodMs: number, phaseMs: number): number {
  return tickAtOrBefore(time, periodMs, phaseMs) + periodMs
}

/** A phase from 0 below the period that depends on the name alone, so that a restart keeps it (FNV-1a, 32 bits). */
export function stablePhase(name: string, periodMs: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  // FNV leaves the last character in the low bits, which the remainder would show; mix them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) >>> 0) % periodMs
}
