// What stands where the series closest to a limit are not known. Pure.

/** `undefined` where the status tells them, where nothing is watched, and before there is a status. */
export function closestInstead(status, isPast) {
  if (status === undefined || status.closest !== undefined || status.watched === 0) return undefined
  return isPast
    ? 'Not known: the last hour had not been read by then.'
    : 'Not known yet: the last hour is being read…'
}
