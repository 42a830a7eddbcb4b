/** What `--help` prints. */
export const usage = `usage: npx @tocsin/journal <command> <folder> [options]

Commands
  inspect <folder>   prints what the journal holds: segments, subscribers, who has it open
  verify <folder>    reads every frame and lists damage, and whom it concerns
  salvage <folder>   copies every record that can be read
  torture <folder>   tests this machine's disk in a new folder, with kill -9 or power cuts

Options
  --json             prints JSON
  --progress         prints progress on stderr also where nobody watches
  --help             prints this

salvage
  --out <folder>     makes a new journal here; records get new numbers, a table says which
  --json-lines       prints the records instead, one JSON object per line
  --codec <name>     the codec, where journal.json is lost

torture
  --cycles <n>       kills or cuts (default 100, with --power-cut 10)
  --seconds <n>      ends earlier, after this time
  --seed <n>         repeats what the writer did
  --power-cut        cuts the power of a file system in a file: Linux, root
  --unsafe           with --power-cut: acknowledges what is not durable, and must find losses

inspect, verify and salvage never write into <folder> and may run while it is open.
Exit code: 0 fine, 1 damage or a broken promise found, 2 wrong use or cannot run.`
