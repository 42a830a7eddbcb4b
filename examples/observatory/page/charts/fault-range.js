// How much time the chart of a fault shows. Pure.

const minute = 60_000
/** The shortest of these in which the fault's opening can be seen with what was before it. */
const ranges = [60, 360, 1440, 10_080, 43_200].map((minutes) => minutes * minute)

/** In ms; of a lost observatory as it was by `knownUntil`, since nobody can be asked for the past of a longer one. */
export function faultRange(openedAt, now, knownUntil = now) {
  return ranges.find((range) => range >= (knownUntil - openedAt) * 1.25) ?? ranges.at(-1)
}
