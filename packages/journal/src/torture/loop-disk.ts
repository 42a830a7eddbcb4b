import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Why a power cut cannot be made here, and what helps. */
export class PowerCutUnavailable extends Error {
  /** `'PowerCutUnavailable'`. */
  override readonly name = 'PowerCutUnavailable'
}

/** A file system in a file, whose power can be cut. Everything is synchronous, so that it can be undone when the process ends. */
export interface LoopDisk {
  /** Where it is mounted. */
  readonly path: string
  mount(): void
  /** What was not synced is gone, and nothing can be written any more. Gives the moment before that, ms, monotonic. */
  cut(): number
  unmount(): void
  /** Unmounts it and removes the file. */
  remove(): void
}

// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, https://man7.org/linux/man-pages/man2/ioctl.2.html: include/uapi/linux/ext4.h
const cutters: readonly (readonly [program: string, flag: string, script: string])[] = [
  [
    'perl',
    '-e',
    'use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC); my $f = pack("L", 2); open(my $d, "<", $ARGV[0]) or die "$!"; my $t = clock_gettime(CLOCK_MONOTONIC); ioctl($d, 0x8004587D, $f) or die "$!"; printf("%.9f", $t)',
  ],
  [
    'python3',
    '-c',
    'import fcntl,os,struct,sys,time; d = os.open(sys.argv[1], os.O_RDONLY); t = time.clock_gettime(time.CLOCK_MONOTONIC); fcntl.ioctl(d, 0x8004587D, struct.pack("I", 2)); print(t)',
  ],
]

/** Makes an ext4 file system in `<folder>/disk.img` and mounts it. Throws {@link PowerCutUnavailable}. */
export function createLoopDisk(folder: string, bytes: number): LoopDisk {
  checkMachine()
  const image = resolve(folder, 'disk.img')
  const path = resolve(folder, 'mount')
  let mounted = false
  const mount = (): void => {
    run(
      'mount',
      ['-o', 'loop', '-t', 'ext4', image, path],
      'a loop device is needed, which containers rarely have',
    )
    mounted = true
  }
  const unmount = (): void => {
    if (!mounted) return
    // A process that is still ending keeps it busy for a moment.
    if (spawnSync('umount', [path]).status !== 0) run('umount', ['-l', path], 'unmount it by hand')
    mounted = false
  }
  const onExit = (): void => {
    spawnSync('umount', ['-l', path])
  }
  const remove = (): void => {
    unmount()
    process.off('exit', onExit)
    rmSync(image, { force: true })
    rmSync(path, { recursive: true, force: true })
  }
  mkdirSync(path, { recursive: true })
  process.on('exit', onExit)
  try {
    writeFileSync(image, '', { flag: 'wx' })
    truncateSync(image, bytes)
    run('mkfs.ext4', ['-q', '-F', image], 'install e2fsprogs')
    mount()
  } catch (error) {
    remove()
    throw error
  }
  return { path, mount, cut: () => cutPower(path), unmount, remove }
}

function cutPower(path: string): number {
  const [cutter] = cutters.filter(([program]) => isInstalled(program))
  if (cutter === undefined)
    throw new PowerCutUnavailable('neither perl nor python3 is here; install one of them')
  const [program, flag, script] = cutter
  return 1000 * Number(run(program, [flag, script, path], 'ext4 knows this since Linux 4.12'))
}

function checkMachine(): void {
  if (process.platform !== 'linux') {
    throw new PowerCutUnavailable(
      `power cuts need Linux, this is ${process.platform}; run it there, or without --power-cut`,
    )
  }
  if (process.getuid?.() !== 0) {
    throw new PowerCutUnavailable(
      'power cuts need root to mount a file system; run it with sudo, or without --power-cut',
    )
  }
  for (const [program, where] of [
    ['mkfs.ext4', 'e2fsprogs'],
    ['mount', 'util-linux'],
  ] as const) {
    if (!isInstalled(program)) throw new PowerCutUnavailable(`${program} is not here; install ${where}`)
  }
  if (!cutters.some(([program]) => isInstalled(program))) {
    throw new PowerCutUnavailable('neither perl nor python3 is here; install one of them')
  }
}

/** System programs are not in everybody's PATH. */
const searchPath = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`

const isInstalled = (program: string): boolean =>
  searchPath.split(':').some((folder) => folder !== '' && existsSync(`${folder}/${program}`))

function run(program: string, words: readonly string[], advice: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    env: { ...process.env, PATH: searchPath },
    encoding: 'utf8',
  })
  if (status === 0) return stdout
  const why = (error === undefined ? stderr : error.message).trim()
  throw new PowerCutUnavailable(`${program} failed: ${why}; ${advice}`)
}
