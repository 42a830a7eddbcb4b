import type { Level } from '../levels.ts'

/** All series that have a window of one level and start. */
interface WindowGroup<Member> {
  /** Index of the level. */
  readonly level: number
  readonly start: number
  readonly end: number
  readonly members: Member[]
}

/** Which windows are open, and which are closed but can still be corrected. */
export interface WindowTable<Member> {
  /** Adds a member's new window; it is open unless the watermark has passed its end. */
  add(level: number, start: number, member: Member, watermark: number): void
  /** The watermark at which {@link WindowTable.close} or {@link WindowTable.expire} has something to do. */
  next(): number
  /** The end of the open window that closes first; `Infinity` while none is open. */
  nextClose(): number
  /** Windows that end by the watermark, by end, the shorter level first; they are closed from now on. */
  close(watermark: number): readonly WindowGroup<Member>[]
  /** Closed windows that no sample may change any more, in the same order; they are forgotten. */
  expire(watermark: number): readonly WindowGroup<Member>[]
}

/** Windows are few compared with series: one entry per level and start. */
export function createWindowTable<Member>(levels: readonly Level[], maxLateMs: number): WindowTable<Member> {
  const open = levels.map(() => new Map<number, WindowGroup<Member>>())
  const closed = levels.map(() => new Map<number, WindowGroup<Member>>())
  let nextClose = Infinity
  let nextExpiry = Infinity

  const take = (
    groups: readonly Map<number, WindowGroup<Member>>[],
    limit: number,
  ): WindowGroup<Member>[] => {
    const taken: WindowGroup<Member>[] = []
    for (const group of groups.flatMap((byStart) => [...byStart.values()])) {
      if (group.end > limit) continue
      taken.push(group)
      groups[group.level]?.delete(group.start)
    }
    return taken.sort((a, b) => a.end - b.end || a.level - b.level)
  }
  const earliest = (groups: readonly Map<number, WindowGroup<Member>>[]): number =>
    groups.reduce(
      (soonest, byStart) => [...byStart.values()].reduce((least, { end }) => Math.min(least, end), soonest),
      Infinity,
    )
  const put = (groups: readonly Map<number, WindowGroup<Member>>[], group: WindowGroup<Member>): void => {
    const known = groups[group.level]?.get(group.start)
    if (known === undefined) groups[group.level]?.set(group.start, group)
    // One by one: spreading a large group into push() overflows the stack.
    else for (const member of group.members) known.members.push(member)
  }

  return {
    next: () => Math.min(nextClose, nextExpiry),
    nextClose: () => nextClose,
    add: (level, start, member, watermark) => {
      const end = start + (levels[level]?.periodMs ?? 0)
      const isOpen = end > watermark
      put(isOpen ? open : closed, { level, start, end, members: [member] })
      if (isOpen) nextClose = Math.min(nextClose, end)
      else nextExpiry = Math.min(nextExpiry, end + maxLateMs)
    },
    close: (watermark) => {
      const taken = take(open, watermark)
      for (const group of taken) put(closed, group)
      nextClose = earliest(open)
      nextExpiry = earliest(closed) + maxLateMs
      return taken
    },
    expire: (watermark) => {
      const taken = take(closed, watermark - maxLateMs)
      nextExpiry = earliest(closed) + maxLateMs
      return taken
    },
  }
}
