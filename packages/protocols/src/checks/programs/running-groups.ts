/** Process groups that run; none outlives this process where it ends by itself. */
const running = new Set<number>()

const killAll = (): void => {
  for (const group of running) killGroup(group, 'SIGKILL')
}

/** Kills a group where this process ends before {@link forgetGroup}; that takes a listener while any group runs. */
export function rememberGroup(group: number): void {
  if (running.size === 0) process.on('exit', killAll)
  running.add(group)
}

/** The group has ended. */
export function forgetGroup(group: number): void {
  if (running.delete(group) && running.size === 0) process.off('exit', killAll)
}

export function killGroup(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name)
  } catch {
    // None of them is there any more, or they belong to somebody else now.
  }
}
